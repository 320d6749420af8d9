"""A client that works without a network, on GET /sync and POST /sync alone: docs/sync.md."""
