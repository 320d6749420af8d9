"""What services need of the storage of accounts."""

from typing import Protocol

from errand.cursors import Position
from errand.identity.accounts.model import Account, AccountChanges
from errand.pages import Slice
from errand.storage.unit import Unit


class AccountRepository(Protocol):
    """What writes is added to a unit; a change of what is not as it was handed in is Overtaken."""

    def add(self, unit: Unit, account: Account) -> None: ...

    def find(self, name: str, *, kind: str = "username") -> Account | None: ...

    def read(self, user_id: str) -> Account | None: ...

    def change(
        self, unit: Unit, account: Account, changes: AccountChanges, *, now: int
    ) -> Account: ...

    def remove(self, unit: Unit, account: Account) -> None: ...

    def slice(self, *, after: Position | None, limit: int) -> Slice[Account]: ...
