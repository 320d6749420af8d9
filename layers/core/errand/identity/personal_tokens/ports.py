"""What services need of the storage of personal access tokens."""

from datetime import date
from typing import Protocol

from errand.identity.accounts.model import Account
from errand.identity.personal_tokens.model import PersonalToken
from errand.storage.unit import Unit


class TokenRepository(Protocol):
    def add(self, unit: Unit, token: PersonalToken) -> None: ...

    def read(
        self, *, user_id: str, token_id: str
    ) -> tuple[Account | None, PersonalToken | None]: ...

    def used(self, unit: Unit, token: PersonalToken, *, day: date) -> None: ...

    def newest(self, *, user_id: str, limit: int) -> list[PersonalToken]: ...

    def remove(self, unit: Unit, *, user_id: str, token_id: str) -> None: ...
