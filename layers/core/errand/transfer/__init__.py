"""Tasks of other programs, and files for them: each format is a module with `read` or `write`."""
