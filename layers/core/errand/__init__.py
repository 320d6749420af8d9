"""Errand: tasks of many users, on Lambda and DynamoDB."""

from os import environ

__version__ = "0.1.0"

# Zones are those of the tzdata that is pinned, wherever this runs. Before zoneinfo asks where the
# system has its own: 5 million instructions of a cold start.
environ.setdefault("PYTHONTZPATH", "")
