"""The export knows every kind of item that an account can have."""

from importlib import import_module
from pkgutil import walk_packages

import pytest
from pynamodb.models import Model

import errand
from errand.accounts.repository import AccountItem, IdentityItem
from errand.audit.repository import PREFIX as AUDIT
from errand.audit.repository import AuditItem
from errand.export.service import _SECTIONS
from errand.mfa.repository import FactorItem, PendingItem
from errand.personal_tokens.repository import PREFIX as PAT
from errand.personal_tokens.repository import TokenItem
from errand.recovery.model import Purpose, sort_key
from errand.recovery.repository import MailedItem
from errand.sessions.repository import PREFIX as SESSION
from errand.sessions.repository import SessionItem
from errand.storage.receipts import ReceiptItem
from errand.storage.tables import DataItem, EphemeralItem
from errand.tasks.repository import TaskItem
from errand.throttling.repository import CounterItem

# As test_collection shows, these are the sort keys under which they are found.
OF_AN_ACCOUNT: dict[type[Model], str] = {
    AccountItem: "ACCOUNT",
    FactorItem: "MFA",
    TaskItem: "TASK#",
    SessionItem: SESSION,
    TokenItem: PAT,
    AuditItem: AUDIT,
    ReceiptItem: "IDEMPOTENCY#",
    MailedItem: sort_key(Purpose.PASSWORD_RECOVERY, "digest"),
    PendingItem: "TOTP",
}
# A name that leads to an account, which has it too; and counters, which tell nobody's name.
OF_NO_ACCOUNT: set[type[Model]] = {IdentityItem, CounterItem}


@pytest.fixture(scope="module")
def kinds() -> set[type[Model]]:
    """Every kind of item that the layer can write, wherever it is defined."""
    for module in walk_packages(errand.__path__, "errand."):
        import_module(module.name)
    waiting: list[type[Model]] = [DataItem, EphemeralItem]
    found: set[type[Model]] = set()
    while waiting:
        subclasses = waiting.pop().__subclasses__()
        waiting += subclasses
        found |= {kind for kind in subclasses if kind.__module__.startswith("errand.")}
    return found


def test_every_kind_of_item_is_somebodys_or_nobodys(kinds: set[type[Model]]) -> None:
    assert kinds == set(OF_AN_ACCOUNT) | OF_NO_ACCOUNT


def test_every_kind_of_an_account_has_its_section() -> None:
    heads = {key.partition("#")[0] for key in OF_AN_ACCOUNT.values()}
    assert heads == set(_SECTIONS)
    assert len(heads) == len(OF_AN_ACCOUNT)
