"""What an offline client needs of a network, whichever library brings it."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

type Command = dict[str, Any]
type Result = Mapping[str, Any]
type Page = Mapping[str, Any]


class Unanswered(Exception):
    """Nobody knows whether the request has arrived."""


class CursorExpired(Exception):
    """410: everything is to be read anew."""


class Transport(Protocol):
    """One request each. Raises Unanswered, also where there was an answer of 429 or 5xx."""

    def changes(self, cursor: str | None) -> Page:
        """GET /sync. Raises CursorExpired."""
        ...

    def send(self, commands: Sequence[Command]) -> Sequence[Result]:
        """POST /sync."""
        ...
