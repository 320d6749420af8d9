"""Accounts in DynamoDB, and the claims that make names unique."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest

from errand.errors import AlreadyTaken
from errand.identity.accounts.model import LISTED_AS, Account
from errand.identity.accounts.repository import DynamoAccounts
from errand.ids import new_id
from errand.storage.attempts import ConditionFailed
from errand.storage.receipts import Receipt, commit_once_with
from errand.storage.unit import DynamoStore, Unit
from errand_testkit.people import ADA, BOB, LATER, NOW
from errand_testkit.stored import change_account, commit

pytestmark = pytest.mark.usefixtures("tables")

RECEIPT = Receipt(path="/register", name="1", fingerprint="ada")

accounts = DynamoAccounts()


def _add(account: Account, receipt: Receipt | None = None) -> None:
    unit = Unit()
    accounts.add(unit, account)
    commit_once_with(unit, receipt, owner=account.id, answer=account.id, now=NOW)
    DynamoStore().commit(unit)


def test_account_and_its_names_are_stored(stored: Callable[[], dict[str, Any]]) -> None:
    _add(ADA)
    now = {"N": str(NOW)}
    assert stored() == {
        f"USER#{ADA.id} ACCOUNT": {
            "un": {"S": "Ada"},
            "em": {"S": "Ada@example.com"},
            "fn": {"S": "Ada Lovelace"},
            "ph": {"S": "$argon2id$"},
            "ca": now,
            "ua": now,
            "v": {"N": "1"},
            "ak": {"S": ADA.listed_as},
        },
        "IDENTITY#username#ada IDENTITY": {"uid": {"S": ADA.id}},
        "IDENTITY#email#ada@example.com IDENTITY": {"uid": {"S": ADA.id}},
    }


def test_nothing_is_stored_for_what_an_account_has_not(
    stored: Callable[[], dict[str, Any]],
) -> None:
    _add(BOB)
    assert set(stored()) == {f"USER#{BOB.id} ACCOUNT", "IDENTITY#username#bob IDENTITY"}
    assert set(stored()[f"USER#{BOB.id} ACCOUNT"]) == {"un", "ph", "ca", "ua", "v", "ak"}


@pytest.mark.parametrize(
    "account",
    [
        ADA,
        BOB,
        replace(ADA, disabled=True, version=7, updated_at=LATER),
        replace(BOB, full_name=""),
        replace(ADA, email_verified=True, admin=True, mfa_enabled=True, sessions_from=NOW),
        replace(BOB, sessions_from=NOW, kept_session=new_id()),
    ],
    ids=["full", "bare", "changed", "blank", "trusted", "logged out"],
)
def test_account_comes_back_as_it_was_stored(account: Account) -> None:
    _add(account)
    assert accounts.read(account.id) == account
    assert accounts.find(account.username) == account


def test_nobody_is_found() -> None:
    assert accounts.read(ADA.id) is None
    assert accounts.find("ada") is None


@pytest.mark.parametrize("username", ["ada", "ADA", "\uff21\uff44\uff41"], ids=ascii)
def test_name_leads_to_its_account_however_it_is_written(username: str) -> None:
    _add(ADA)
    assert accounts.find(username) == ADA


def test_address_leads_to_its_account_too() -> None:
    _add(ADA)
    assert accounts.find("ADA@example.com", kind="email") == ADA
    assert accounts.find("ada@example.com") is None
    assert accounts.find("ada", kind="email") is None


@pytest.mark.parametrize("username", ["", "\x00", "ada#", "x" * 2000], ids=len)
def test_no_name_is_a_defect(username: str) -> None:
    assert accounts.find(username) is None


@pytest.mark.parametrize(
    ("taken", "wanted"),
    [("Ada", "aDA"), ("straße", "STRASSE"), ("Zo\u00eb", "zoe\u0308"), ("\uff21da", "ada")],
    ids=ascii,
)
def test_username_is_taken_however_it_is_written(taken: str, wanted: str) -> None:
    _add(replace(ADA, username=taken))
    with pytest.raises(AlreadyTaken, match="Username already registered"):
        _add(replace(BOB, username=wanted))


def test_address_is_taken_however_it_is_written() -> None:
    _add(ADA)
    with pytest.raises(AlreadyTaken, match="Email already registered"):
        _add(replace(BOB, email="aDA@EXAMPLE.com"))


def test_username_is_told_first() -> None:
    _add(ADA)
    with pytest.raises(AlreadyTaken, match="Username"):
        _add(replace(ADA, id=new_id()))


def test_refused_account_leaves_nothing_behind(stored: Callable[[], dict[str, Any]]) -> None:
    _add(ADA)
    before = stored()
    with pytest.raises(AlreadyTaken):
        _add(replace(BOB, email=ADA.email))
    assert stored() == before
    _add(BOB)


def test_id_is_used_once() -> None:
    _add(ADA)
    with pytest.raises(ConditionFailed):
        _add(replace(BOB, id=ADA.id))


@pytest.mark.parametrize(
    "rival", [{"email": None}, {"username": "Countess"}, {}], ids=["username", "email", "both"]
)
@pytest.mark.usefixtures("fake")
def test_of_simultaneous_registrations_one_succeeds(rival: dict[str, Any]) -> None:
    people = [ADA, replace(ADA, id=new_id(), **rival)]
    start = Barrier(len(people))

    def register(account: Account) -> bool:
        start.wait()
        try:
            _add(account)
        except AlreadyTaken:
            return False
        return True

    with ThreadPoolExecutor(len(people)) as pool:
        outcomes = list(pool.map(register, people))
    assert sorted(outcomes) == [False, True]
    assert [accounts.read(person.id) is not None for person in people] == outcomes


def test_whose_a_taken_name_is_can_be_told() -> None:
    _add(ADA)
    for taken in (replace(BOB, username="ADA"), replace(BOB, email=ADA.email)):
        with pytest.raises(AlreadyTaken) as caught:
            _add(taken)
        assert caught.value.by == ADA.id


def test_taken_name_leaves_no_receipt() -> None:
    _add(ADA)
    with pytest.raises(AlreadyTaken):
        _add(replace(BOB, username="ada"), RECEIPT)
    _add(BOB, RECEIPT)


def _everybody(limit: int) -> list[list[str]]:
    """Names, by pages."""
    pages, after = [], None
    while True:
        page = accounts.slice(after=after, limit=limit)
        pages.append([one.username for one in page.items])
        after = page.reached
        if after is None:
            return pages


def test_everybody_is_listed_by_age_over_all_parts_of_the_index() -> None:
    people = [replace(BOB, id=new_id(), username=f"user{number}") for number in range(20)]
    assert len({one.listed_as for one in people}) > 1
    for one in people:
        _add(one)
    names = [f"user{number}" for number in range(20)]
    for limit in (3, 100):
        pages = _everybody(limit)
        assert [name for page in pages for name in page] == names
        assert {len(page) for page in pages[:-1]} <= {limit}


def test_who_was_registered_before_the_index_had_parts_is_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, new = (replace(BOB, id=new_id(), username=name) for name in ("old", "new"))
    with monkeypatch.context() as before:
        before.setattr(Account, "listed_as", property(lambda _: "ACCOUNT"))
        _add(old)
    _add(new)
    changed = change_account(old, now=LATER, full_name="Old Bob")
    assert [*accounts.slice(after=None, limit=10).items] == [changed, new]


@pytest.mark.deep
def test_accounts_are_spread_evenly_over_the_index() -> None:
    times = Counter(replace(BOB, id=new_id()).listed_as for _ in range(8_000))
    assert set(times) == {*LISTED_AS} - {"ACCOUNT"}
    # Each has 500, with a deviation of 22.
    assert max(times.values()) < 700


def test_round_trips(sent: list[str]) -> None:
    _add(ADA)
    accounts.read(ADA.id)
    accounts.find("ada")
    accounts.find("nobody")
    accounts.slice(after=None, limit=10)
    changed = change_account(ADA, now=LATER, full_name="Ada King")
    changed = change_account(changed, now=LATER, username="Countess")
    commit(lambda unit: accounts.remove(unit, changed))
    assert sent == [
        "TransactWriteItems",
        "GetItem",
        *["GetItem"] * 2,
        *["GetItem"] * 2,
        *["Query"] * 17,
        "UpdateItem",
        "TransactWriteItems",
        "TransactWriteItems",
    ]
