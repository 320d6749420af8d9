"""Tasks as a calendar (RFC 5545), and the feeds by which calendar programs read it."""
