"""Who asks for what is being done: each item of a logged kind keeps who changed it last.

Known to the task that answers a request and the threads it hands work to, as its deadline is.
"""

from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, Self

# The attribute that keeps it, of every logged kind.
ATTRIBUTE = "wb"


class Means(StrEnum):
    """What somebody does something with."""

    SESSION = "session"
    TOKEN = "personal_access_token"  # noqa: S105 - a name


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """A user, with one of their sessions or personal access tokens."""

    user_id: str
    session_id: str | None = None
    token_id: str | None = None

    @classmethod
    def of(cls, text: str) -> Self:
        """What `str` makes. Raises ValueError."""
        user_id, mark, rest = text.partition("/")
        if not mark or rest[:1] not in {"s", "t"}:
            raise ValueError("not an actor")
        name = "session_id" if rest[0] == "s" else "token_id"
        return cls(user_id=user_id, **{name: rest[1:]})

    def __str__(self) -> str:
        mark = f"t{self.token_id}" if self.session_id is None else f"s{self.session_id}"
        return f"{self.user_id}/{mark}"

    def shown(self) -> dict[str, Any]:
        means = Means.TOKEN if self.session_id is None else Means.SESSION
        return {
            "user_id": self.user_id,
            "means": means,
            "means_id": self.token_id if self.session_id is None else self.session_id,
        }


class Acting(Protocol):
    @property
    def user_id(self) -> str: ...
    @property
    def session_id(self) -> str | None: ...
    @property
    def token_id(self) -> str | None: ...


_now: ContextVar[Acting | None] = ContextVar("who asks", default=None)


def begin(who: Acting | None) -> None:
    """None: nobody who is known yet."""
    _now.set(who)


def current() -> Actor | None:
    who = _now.get()
    if who is None:
        return None
    return Actor(user_id=who.user_id, session_id=who.session_id, token_id=who.token_id)
