"""Changes and removal of accounts: names follow, and nobody's change is lost."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from errand.cursors import Position
from errand.errors import AlreadyTaken, Overtaken
from errand.identity.accounts.model import Account, AccountChanges
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.audit.model import Act, record_of
from errand.identity.audit.repository import DynamoAuditLog
from errand.ids import new_id
from errand.pages import Slice
from errand.storage.unit import DynamoStore, Unit
from errand_testkit.people import ADA, BOB, LATER, ORIGIN
from errand_testkit.stored import acts, commit, store_account

pytestmark = pytest.mark.usefixtures("tables")

RECORD = record_of(Act.PASSWORD_CHANGED, user_id=ADA.id, actor=ADA.id, origin=ORIGIN, now=LATER)

accounts = DynamoAccounts()


def _change(account: Account, changes: AccountChanges, *, recorded: bool = False) -> Account:
    unit = Unit()
    changed = accounts.change(unit, account, changes, now=LATER)
    if recorded:
        DynamoAuditLog().append(unit, RECORD)
    DynamoStore().commit(unit)
    return changed


def _remove(account: Account) -> None:
    commit(lambda unit: accounts.remove(unit, account))


def _rename(account: Account) -> Account:
    return _change(account, {"username": "Countess"})


@pytest.mark.parametrize(
    "changes",
    [
        {"full_name": "Ada King"},
        {"full_name": None},
        {"full_name": ""},
        {"password_hash": "$argon2id$new"},
        {"disabled": True},
        {"disabled": False},
        {"disabled": True, "sessions_from": LATER, "kept_session": None},
        {"sessions_from": LATER, "kept_session": "a session"},
        {"email_verified": True, "admin": True, "mfa_enabled": True},
        {"email": None},
        {"email": "ADA@example.com"},
        {"email": "ada@example.org", "full_name": None},
        {"username": "ADA"},
        {"username": "Countess"},
        {"username": "Countess", "email": "countess@example.com"},
        {"username": "Countess", "email": None},
    ],
    ids=str,
)
def test_account_is_changed(changes: dict[str, Any]) -> None:
    store_account(ADA)
    changed = _change(ADA, changes)
    assert changed == replace(ADA, **changes, updated_at=LATER, version=2)
    assert accounts.read(ADA.id) == changed
    assert accounts.find(changed.username) == changed


def test_new_name_is_claimed_and_the_old_one_released(
    stored: Callable[[], dict[str, Any]],
) -> None:
    store_account(ADA)
    _change(ADA, {"username": "Countess", "email": "countess@example.com"})
    assert set(stored()) == {
        f"USER#{ADA.id} ACCOUNT",
        "IDENTITY#username#countess IDENTITY",
        "IDENTITY#email#countess@example.com IDENTITY",
    }
    store_account(replace(BOB, username="ada", email="ada@example.com"))


def test_address_can_be_added_later() -> None:
    store_account(BOB)
    _change(BOB, {"email": "bob@example.com"})
    with pytest.raises(AlreadyTaken, match="Email"):
        store_account(replace(ADA, email="bob@example.com"))


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({"username": "ADA"}, "Username"),
        ({"email": "ada@EXAMPLE.com"}, "Email"),
        ({"username": "ada", "email": "ada@example.com"}, "Username"),
        ({"username": "robert", "email": "ada@example.com"}, "Email"),
    ],
    ids=str,
)
def test_name_of_somebody_else_cannot_be_taken(
    stored: Callable[[], dict[str, Any]], changes: dict[str, Any], label: str
) -> None:
    store_account(ADA)
    store_account(BOB)
    before = stored()
    with pytest.raises(AlreadyTaken, match=f"{label} already registered"):
        _change(BOB, changes)
    assert stored() == before


@pytest.mark.parametrize("changes", [{"full_name": "Ada"}, {"username": "Countess"}], ids=str)
def test_change_of_a_stale_account_is_refused(
    stored: Callable[[], dict[str, Any]], changes: dict[str, Any]
) -> None:
    store_account(ADA)
    _change(ADA, {"full_name": "Ada King"})
    before = stored()
    with pytest.raises(Overtaken):
        _change(ADA, changes)
    with pytest.raises(Overtaken):
        _remove(ADA)
    assert stored() == before


@pytest.mark.parametrize("changes", [{"full_name": "Ada"}, {"username": "Countess"}], ids=str)
def test_change_of_a_removed_account_is_refused(
    stored: Callable[[], dict[str, Any]], changes: dict[str, Any]
) -> None:
    store_account(ADA)
    _remove(ADA)
    with pytest.raises(Overtaken):
        _change(ADA, changes)
    with pytest.raises(Overtaken):
        _remove(ADA)
    assert stored() == {}


@pytest.mark.parametrize("write", [_rename, _remove], ids=["rename", "remove"])
def test_claim_of_somebody_else_is_never_released(
    client: Any, stored: Callable[[], dict[str, Any]], write: Callable[[Account], object]
) -> None:
    store_account(ADA)
    claim = {"pk": {"S": "IDENTITY#username#ada"}, "sk": {"S": "IDENTITY"}, "uid": {"S": BOB.id}}
    client.put_item(TableName="DataTable", Item=claim)
    before = stored()
    with pytest.raises(Overtaken):
        write(ADA)
    assert stored() == before


@pytest.mark.parametrize("account", [ADA, BOB], ids=["full", "bare"])
def test_removed_account_frees_its_names(
    stored: Callable[[], dict[str, Any]], account: Account
) -> None:
    store_account(account)
    _remove(account)
    assert stored() == {}
    store_account(replace(account, id=new_id()))


def test_change_whose_answer_was_lost_is_not_repeated(
    lose_answer: Callable[[], None], sent: list[str]
) -> None:
    store_account(ADA)
    lose_answer()
    changed = _change(ADA, {"full_name": "Ada King"})
    assert sent == ["TransactWriteItems", "UpdateItem", "UpdateItem"]
    assert accounts.read(ADA.id) == changed


def test_change_of_a_stale_account_is_refused_however_often_it_is_sent(
    lose_answer: Callable[[], None],
) -> None:
    store_account(ADA)
    changed = _change(ADA, {"full_name": "Ada King"})
    lose_answer()
    with pytest.raises(Overtaken):
        _change(ADA, {"full_name": "Countess"})
    assert accounts.read(ADA.id) == changed


def test_same_change_made_by_somebody_else_is_not_ours() -> None:
    store_account(ADA)
    _change(ADA, {"full_name": "Ada King"})
    with pytest.raises(Overtaken):
        _change(ADA, {"full_name": "Ada King"})


def test_change_and_its_record_are_one_transaction(sent: list[str]) -> None:
    store_account(ADA)
    sent.clear()
    changed = _change(ADA, {"password_hash": "$new$"}, recorded=True)
    assert sent == ["TransactWriteItems"]
    assert accounts.read(ADA.id) == changed
    assert acts(ADA.id) == [RECORD.act]


def test_refused_change_leaves_no_record() -> None:
    store_account(ADA)
    store_account(BOB)
    with pytest.raises(AlreadyTaken):
        _change(ADA, {"username": "BOB"}, recorded=True)
    stale = replace(ADA, version=7)
    with pytest.raises(Overtaken):
        _change(stale, {"password_hash": "$new$"}, recorded=True)
    assert acts(ADA.id) == []


def test_flags_that_are_off_take_no_room(stored: Callable[[], dict[str, Any]]) -> None:
    store_account(ADA)
    before = {*stored()[f"USER#{ADA.id} ACCOUNT"], "m"}
    on = {"disabled": True, "admin": True, "mfa_enabled": True, "email_verified": True}
    changed = _change(ADA, on)
    _change(changed, dict.fromkeys(on, False))
    assert set(stored()[f"USER#{ADA.id} ACCOUNT"]) == before


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_are_everybody_oldest_first(limit: int) -> None:
    people = [ADA, *(replace(BOB, id=new_id(), username=f"bob {number}") for number in range(3))]
    for account in people:
        store_account(account)
    read: list[Account] = []
    after: Position | None = None
    while after or not read:
        page = accounts.slice(after=after, limit=limit)
        assert len(page.items) <= limit
        read += page.items
        after = page.reached
    assert read == people


def test_page_goes_on_after_somebody_who_is_gone() -> None:
    later = replace(BOB, id=new_id())
    for account in (ADA, later):
        store_account(account)
    reached = accounts.slice(after=None, limit=1).reached
    _remove(ADA)
    assert accounts.slice(after=reached, limit=1) == Slice([later], None)
