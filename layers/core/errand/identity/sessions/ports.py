"""What services need of the storage of sessions."""

from typing import Protocol

from errand.identity.accounts.model import Account
from errand.identity.sessions.model import Session
from errand.storage.unit import Unit


class SessionRepository(Protocol):
    def open(self, unit: Unit, session: Session) -> None: ...

    def read(self, *, user_id: str, session_id: str) -> tuple[Account | None, Session | None]: ...

    def rotate(
        self, unit: Unit, session: Session, *, digest: str, by: str, now: int
    ) -> Session: ...

    def use_grace(self, unit: Unit, session: Session) -> None: ...

    def end(self, unit: Unit, session: Session) -> None: ...

    def newest(self, *, user_id: str, limit: int) -> list[Session]: ...
