"""What services need of the storage of tokens that mails link with."""

from typing import Protocol

from errand.storage.unit import Unit


class LinkToken(Protocol):
    """It is kept when it was used."""

    @property
    def user_id(self) -> str: ...

    @property
    def digest(self) -> str: ...

    @property
    def used_at(self) -> int | None: ...

    def is_alive(self, now: int) -> bool: ...


class LinkTokens[Token: LinkToken](Protocol):
    def find(self, text: str, *, now: int) -> Token: ...

    def spend(self, unit: Unit, token: Token, *, now: int) -> None: ...
