"""What ends `make run` with one line for its user."""


class CannotRun(Exception):
    """The message is the whole line: what is wrong and what to do about it."""
