"""Errand: tasks of many users, on Lambda and DynamoDB."""

__version__ = "0.1.0"
