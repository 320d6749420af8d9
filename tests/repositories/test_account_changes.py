"""Changes and removal of accounts: names follow, and nobody's change is lost."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from errand.accounts.model import Account
from errand.accounts.repository import DynamoAccounts
from errand.audit.model import Act, record_of
from errand.audit.repository import DynamoAuditLog
from errand.errors import AlreadyTaken, PreconditionFailed
from errand.ids import new_id
from errand_testkit.people import ADA, BOB, LATER
from errand_testkit.sessions import ORIGIN

pytestmark = pytest.mark.usefixtures("tables")

RECORD = record_of(Act.PASSWORD_CHANGED, user_id=ADA.id, actor=ADA.id, origin=ORIGIN, now=LATER)

accounts = DynamoAccounts()


def _add(account: Account) -> str | None:
    return accounts.add(account, receipt=None, answer="")


def _rename(account: Account) -> Account:
    return accounts.change(account, {"username": "Countess"}, now=LATER)


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
        {"email_verified": True, "admin": True, "mfa": True},
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
    _add(ADA)
    changed = accounts.change(ADA, changes, now=LATER)
    assert changed == replace(ADA, **changes, updated_at=LATER, version=2)
    assert accounts.read(ADA.id) == changed
    assert accounts.find(changed.username) == changed


def test_new_name_is_claimed_and_the_old_one_released(
    stored: Callable[[], dict[str, Any]],
) -> None:
    _add(ADA)
    accounts.change(ADA, {"username": "Countess", "email": "countess@example.com"}, now=LATER)
    assert set(stored()) == {
        f"USER#{ADA.id} ACCOUNT",
        "IDENTITY#username#countess IDENTITY",
        "IDENTITY#email#countess@example.com IDENTITY",
    }
    assert _add(replace(BOB, username="ada", email="ada@example.com")) is None


def test_address_can_be_added_later() -> None:
    _add(BOB)
    accounts.change(BOB, {"email": "bob@example.com"}, now=LATER)
    with pytest.raises(AlreadyTaken, match="Email"):
        _add(replace(ADA, email="bob@example.com"))


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
    _add(ADA)
    _add(BOB)
    before = stored()
    with pytest.raises(AlreadyTaken, match=f"{label} already registered"):
        accounts.change(BOB, changes, now=LATER)
    assert stored() == before


@pytest.mark.parametrize("changes", [{"full_name": "Ada"}, {"username": "Countess"}], ids=str)
def test_change_of_a_stale_account_is_refused(
    stored: Callable[[], dict[str, Any]], changes: dict[str, Any]
) -> None:
    _add(ADA)
    accounts.change(ADA, {"full_name": "Ada King"}, now=LATER)
    before = stored()
    with pytest.raises(PreconditionFailed):
        accounts.change(ADA, changes, now=LATER)
    with pytest.raises(PreconditionFailed):
        accounts.remove(ADA)
    assert stored() == before


@pytest.mark.parametrize("changes", [{"full_name": "Ada"}, {"username": "Countess"}], ids=str)
def test_change_of_a_removed_account_is_refused(
    stored: Callable[[], dict[str, Any]], changes: dict[str, Any]
) -> None:
    _add(ADA)
    accounts.remove(ADA)
    with pytest.raises(PreconditionFailed):
        accounts.change(ADA, changes, now=LATER)
    with pytest.raises(PreconditionFailed):
        accounts.remove(ADA)
    assert stored() == {}


@pytest.mark.parametrize("write", [_rename, accounts.remove], ids=["rename", "remove"])
def test_claim_of_somebody_else_is_never_released(
    client: Any, stored: Callable[[], dict[str, Any]], write: Callable[[Account], object]
) -> None:
    _add(ADA)
    claim = {"pk": {"S": "IDENTITY#username#ada"}, "sk": {"S": "IDENTITY"}, "uid": {"S": BOB.id}}
    client.put_item(TableName="DataTable", Item=claim)
    before = stored()
    with pytest.raises(PreconditionFailed):
        write(ADA)
    assert stored() == before


@pytest.mark.parametrize("account", [ADA, BOB], ids=["full", "bare"])
def test_removed_account_frees_its_names(
    stored: Callable[[], dict[str, Any]], account: Account
) -> None:
    _add(account)
    accounts.remove(account)
    assert stored() == {}
    assert _add(replace(account, id=new_id())) is None


def test_change_whose_answer_was_lost_is_not_repeated(
    lose_answer: Callable[[], None], sent: list[str]
) -> None:
    _add(ADA)
    lose_answer()
    changed = accounts.change(ADA, {"full_name": "Ada King"}, now=LATER)
    assert sent == ["TransactWriteItems", "UpdateItem", "UpdateItem"]
    assert accounts.read(ADA.id) == changed


def test_change_of_a_stale_account_is_refused_however_often_it_is_sent(
    lose_answer: Callable[[], None],
) -> None:
    _add(ADA)
    changed = accounts.change(ADA, {"full_name": "Ada King"}, now=LATER)
    lose_answer()
    with pytest.raises(PreconditionFailed):
        accounts.change(ADA, {"full_name": "Countess"}, now=LATER)
    assert accounts.read(ADA.id) == changed


def test_same_change_made_by_somebody_else_is_not_ours() -> None:
    _add(ADA)
    accounts.change(ADA, {"full_name": "Ada King"}, now=LATER)
    with pytest.raises(PreconditionFailed):
        accounts.change(ADA, {"full_name": "Ada King"}, now=LATER)


def _log() -> list[str]:
    records, _ = DynamoAuditLog().page(user_id=ADA.id, after=None, limit=10)
    return [record.id for record in records]


def test_change_and_its_record_are_one_transaction(sent: list[str]) -> None:
    _add(ADA)
    sent.clear()
    changed = accounts.change(ADA, {"password_hash": "$new$"}, now=LATER, records=[RECORD])
    assert sent == ["TransactWriteItems"]
    assert accounts.read(ADA.id) == changed
    assert _log() == [RECORD.id]


def test_refused_change_leaves_no_record() -> None:
    _add(ADA)
    _add(BOB)
    with pytest.raises(AlreadyTaken):
        accounts.change(ADA, {"username": "BOB"}, now=LATER, records=[RECORD])
    stale = replace(ADA, version=7)
    with pytest.raises(PreconditionFailed):
        accounts.change(stale, {"password_hash": "$new$"}, now=LATER, records=[RECORD])
    assert _log() == []


def test_flags_that_are_off_take_no_room(stored: Callable[[], dict[str, Any]]) -> None:
    _add(ADA)
    before = set(stored()[f"USER#{ADA.id} ACCOUNT"])
    on = {"disabled": True, "admin": True, "mfa": True, "email_verified": True}
    changed = accounts.change(ADA, on, now=LATER)
    accounts.change(changed, dict.fromkeys(on, False), now=LATER)
    assert set(stored()[f"USER#{ADA.id} ACCOUNT"]) == before


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_are_everybody_oldest_first(limit: int) -> None:
    people = [ADA, *(replace(BOB, id=new_id(), username=f"bob {number}") for number in range(3))]
    for account in people:
        _add(account)
    read: list[Account] = []
    more = True
    while more:
        page, more = accounts.page(after=read[-1].id if read else None, limit=limit)
        assert len(page) <= limit
        read += page
    assert read == people


def test_page_goes_on_after_somebody_who_is_gone() -> None:
    _add(ADA)
    later = replace(BOB, id=new_id())
    _add(later)
    accounts.remove(ADA)
    assert accounts.page(after=ADA.id, limit=1) == ([later], False)
