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
    def of(cls, text: str, *, owner: str) -> Self:
        """What `text_for` has made. Raises ValueError."""
        means, _, user_id = text.partition("/")
        if means[:1] not in {"s", "t"}:
            raise ValueError("not an actor")
        name = "session_id" if means[0] == "s" else "token_id"
        return cls(user_id=user_id or owner, **{name: means[1:]})

    def text_for(self, owner: str) -> str:
        """Without the user on items of their own: every page pays for each byte."""
        means = f"t{self.token_id}" if self.session_id is None else f"s{self.session_id}"
        return means if self.user_id == owner else f"{means}/{self.user_id}"

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
