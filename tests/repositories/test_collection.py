"""All items of an account, in both tables: written as features write them, read for the export."""

from dataclasses import replace
from typing import Any

import pytest

from errand.accounts.repository import DynamoAccounts
from errand.audit.model import Act, record_of
from errand.export import repository
from errand.export.repository import DynamoCollection, Position
from errand.export.service import _SECTIONS, ExportService
from errand.ids import new_id
from errand.keys import KeyRing
from errand.mfa.model import Factor, Pending
from errand.mfa.repository import FactorItem, PendingItem
from errand.personal_tokens.model import PersonalToken
from errand.personal_tokens.repository import DynamoTokens
from errand.recovery.model import MailedToken, Purpose
from errand.recovery.repository import MailedItem
from errand.sessions.repository import DynamoSessions
from errand.storage.operations import RawItem
from errand.storage.receipts import Receipt
from errand.storage.tables import user_key
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ADA, BOB, NOW
from errand_testkit.sessions import ORIGIN, new_session
from errand_testkit.storage import Tasks

pytestmark = pytest.mark.usefixtures("tables")
# The tables come first.
everything = pytest.mark.usefixtures("tables", "_everything")

SECRET = "JBSWY3DPEHPK3PXP"
SOON = NOW // 1000 + 3600
HEADS = sorted(_SECTIONS)

collection = DynamoCollection()


def _record() -> Any:
    return record_of(Act.LOGGED_IN, user_id=ADA.id, actor=ADA.id, origin=ORIGIN, now=NOW)


@pytest.fixture
def _everything(tasks: Tasks) -> None:
    """One of each kind, of Ada's, and an account of Bob's."""
    pk = user_key(ADA.id)
    accounts = DynamoAccounts()
    for account in (replace(ADA, mfa=True), BOB):
        accounts.add(account, receipt=None, answer="")
    receipt = Receipt(pk=pk, sk="IDEMPOTENCY#/tasks#0123", fingerprint=SECRET)
    tasks.create(user_id=ADA.id, receipt=receipt)
    DynamoSessions().open(new_session(ADA, now=NOW)[0], record=_record())
    token = PersonalToken(
        id=new_id(),
        user_id=ADA.id,
        name="Backup",
        scopes=frozenset(),
        digest=SECRET,
        created_at=NOW,
        expires_at=None,
    )
    DynamoTokens().add(token, record=_record())
    factor = Factor(secret=SECRET, recovery_digests=frozenset({SECRET}), last_step=1)
    FactorItem(pk, "MFA", se=factor.secret, rc=set(factor.recovery_digests), ls=1).save()
    pending = Pending(secret=SECRET, expires_at=SOON)
    PendingItem(pk, "TOTP", se=pending.secret, expires_at=pending.expires_at).save()
    mailed = MailedToken(
        user_id=ADA.id,
        purpose=Purpose.PASSWORD_RECOVERY,
        digest=SECRET,
        email="ada@example.com",
        created_at=NOW,
    )
    item = MailedItem(pk, mailed.sort_key, em=mailed.email, ca=NOW, expires_at=mailed.expires_at)
    item.save()


def _head(item: RawItem) -> str:
    return str(item["sk"]["S"].partition("#")[0])


def _walked(user_id: str = ADA.id) -> tuple[list[RawItem], int]:
    """All items, and on how many pages they came."""
    items: list[RawItem] = []
    pages, reached = 0, None
    while True:
        page, reached = collection.page(user_id=user_id, after=reached)
        items += page
        pages += 1
        assert pages < 100
        if reached is None:
            return items, pages


@everything
def test_every_kind_is_read_in_one_page(sent: list[str]) -> None:
    sent.clear()
    items, reached = collection.page(user_id=ADA.id, after=None)
    assert sorted({_head(item) for item in items}) == HEADS
    assert {item["pk"]["S"] for item in items} == {user_key(ADA.id)}
    assert reached is None
    assert sent == ["Query", "Query"]


@everything
def test_every_kind_is_exported_as_it_was_written(ring: KeyRing) -> None:
    service = ExportService(collection=collection, ring=ring, clock=ManualClock())
    document, following = service.page(user_id=ADA.id, cursor=None)
    assert following is None
    assert all(document.model_dump().values())
    assert SECRET not in document.model_dump_json()
    assert len(document.pending) == 2
    assert len(document.security_log) == 2


@everything
def test_items_of_somebody_else_are_theirs() -> None:
    assert [_head(item) for item in _walked(BOB.id)[0]] == ["ACCOUNT"]
    assert collection.page(user_id=new_id(), after=None) == ([], None)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6, 7])
@everything
def test_page_goes_on_where_another_ended(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    whole, _ = _walked()
    monkeypatch.setattr(repository, "_ITEMS", size)
    paged, pages = _walked()
    assert paged == whole
    assert (pages > 1) is (size < 6)


@everything
def test_page_tells_in_which_table_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "_ITEMS", 1)
    positions: list[Position] = []
    reached = None
    while True:
        _, reached = collection.page(user_id=ADA.id, after=reached)
        if reached is None:
            break
        assert reached not in positions
        positions.append(reached)
    tables = [table for table, _ in positions]
    assert tables == sorted(tables)
    assert set(tables) == {"data", "ephemeral"}


def test_page_ends_at_a_megabyte(tasks: Tasks, clock: ManualClock) -> None:
    clock.advance(seconds=1)
    for _ in range(30):
        tasks.create(user_id=ADA.id, description="x" * 40_000)
    items, pages = _walked()
    assert len(items) == 30
    assert pages == 2


def test_what_was_removed_meanwhile_stops_no_page(
    monkeypatch: pytest.MonkeyPatch, client: Any, tasks: Tasks
) -> None:
    for _ in range(3):
        tasks.create(user_id=ADA.id)
    monkeypatch.setattr(repository, "_ITEMS", 1)
    (first,), reached = collection.page(user_id=ADA.id, after=None)
    client.delete_item(TableName="DataTable", Key={name: first[name] for name in ("pk", "sk")})
    remaining: list[RawItem] = []
    while reached:
        page, reached = collection.page(user_id=ADA.id, after=reached)
        remaining += page
    assert len(remaining) == 2
