"""A line of text as a person types it, read as a task."""
