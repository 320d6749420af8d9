"""Accounts in DynamoDB, and the claims that make names unique."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, Lock
from typing import Any

import pytest

from errand.accounts.model import Account
from errand.accounts.repository import DynamoAccounts
from errand.errors import AlreadyTaken, IdempotencyKeyReused, PreconditionFailed
from errand.ids import new_id
from errand.storage.operations import TransactionFailed
from errand.storage.receipts import Receipt
from errand_testkit.fakes import ManualClock

pytestmark = pytest.mark.usefixtures("tables")

NOW = ManualClock().now
LATER = NOW + 1000
ADA = Account(
    id=new_id(),
    username="Ada",
    password_hash="$argon2id$",
    email="Ada@example.com",
    full_name="Ada Lovelace",
    created_at=NOW,
    updated_at=NOW,
)
BOB = replace(ADA, id=new_id(), username="bob", email=None, full_name=None)
RECEIPT = Receipt(pk="ANONYMOUS#1", sk="IDEMPOTENCY#/register#1", fingerprint="ada")

accounts = DynamoAccounts()


def _add(account: Account, receipt: Receipt | None = None) -> str | None:
    return accounts.add(account, receipt=receipt, answer=account.id)


def _rename(account: Account) -> Account:
    return accounts.change(account, {"username": "Countess"}, now=LATER)


@pytest.fixture
def stored(client: Any) -> Callable[[], dict[str, Any]]:
    """Every item of DataTable, by its keys."""

    def scan() -> dict[str, Any]:
        items = client.scan(TableName="DataTable")["Items"]
        return {f"{item.pop('pk')['S']} {item.pop('sk')['S']}": item for item in items}

    return scan


def test_account_and_its_names_are_stored(stored: Callable[[], dict[str, Any]]) -> None:
    assert _add(ADA) is None
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
        },
        "IDENTITY#username#ada IDENTITY": {"uid": {"S": ADA.id}},
        "IDENTITY#email#ada@example.com IDENTITY": {"uid": {"S": ADA.id}},
    }


def test_nothing_is_stored_for_what_an_account_has_not(
    stored: Callable[[], dict[str, Any]],
) -> None:
    _add(BOB)
    assert set(stored()) == {f"USER#{BOB.id} ACCOUNT", "IDENTITY#username#bob IDENTITY"}
    assert set(stored()[f"USER#{BOB.id} ACCOUNT"]) == {"un", "ph", "ca", "ua", "v"}


@pytest.mark.parametrize(
    "account",
    [
        ADA,
        BOB,
        replace(ADA, disabled=True, version=7, updated_at=LATER),
        replace(BOB, full_name=""),
    ],
    ids=["full", "bare", "changed", "blank"],
)
def test_account_comes_back_as_it_was_stored(account: Account) -> None:
    _add(account)
    assert accounts.read(account.id) == accounts.read(account.id, consistent=False) == account
    assert accounts.find(account.username) == account


def test_nobody_is_found() -> None:
    assert accounts.read(ADA.id) is None
    assert accounts.find("ada") is None


@pytest.mark.parametrize("username", ["ada", "ADA", "\uff21\uff44\uff41"], ids=ascii)
def test_name_leads_to_its_account_however_it_is_written(username: str) -> None:
    _add(ADA)
    assert accounts.find(username) == ADA


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
    assert _add(BOB) is None


def test_id_is_used_once() -> None:
    _add(ADA)
    with pytest.raises(TransactionFailed):
        _add(replace(BOB, id=ADA.id))


@pytest.fixture
def _one_at_a_time(client: Any) -> Iterator[None]:
    """As DynamoDB does, but not moto: no transaction sees another one half done."""
    turn = Lock()  # held while moto, which handles the same event, does its work

    def begin(**_: Any) -> None:
        turn.acquire()

    def end(**_: Any) -> None:
        turn.release()

    events = client.meta.events
    events.register_first("before-send", begin)
    events.register_last("before-send", end)
    yield
    events.unregister("before-send", begin)
    events.unregister("before-send", end)


@pytest.mark.parametrize(
    "rival", [{"email": None}, {"username": "Countess"}, {}], ids=["username", "email", "both"]
)
@pytest.mark.usefixtures("_one_at_a_time")
def test_of_simultaneous_registrations_one_succeeds(rival: dict[str, Any]) -> None:
    people = [ADA, *(replace(ADA, id=new_id(), **rival) for _ in range(1))]
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


def test_same_receipt_registers_once() -> None:
    assert _add(ADA, RECEIPT) is None
    assert _add(replace(ADA, id=new_id()), RECEIPT) == ADA.id


def test_receipt_of_another_request_registers_nobody() -> None:
    _add(ADA, RECEIPT)
    with pytest.raises(IdempotencyKeyReused):
        _add(BOB, replace(RECEIPT, fingerprint="bob"))
    assert accounts.find("bob") is None


def test_taken_name_leaves_no_receipt() -> None:
    _add(ADA)
    with pytest.raises(AlreadyTaken):
        _add(replace(BOB, username="ada"), RECEIPT)
    assert _add(BOB, RECEIPT) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"full_name": "Ada King"},
        {"full_name": None},
        {"full_name": ""},
        {"password_hash": "$argon2id$new"},
        {"disabled": True},
        {"disabled": False},
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


def test_round_trips(sent: list[str]) -> None:
    _add(ADA)
    accounts.read(ADA.id)
    accounts.find("ada")
    changed = accounts.change(ADA, {"full_name": "Ada King"}, now=LATER)
    changed = accounts.change(changed, {"username": "Countess"}, now=LATER)
    accounts.remove(changed)
    assert sent == [
        "TransactWriteItems",
        "GetItem",
        *["GetItem"] * 2,
        "UpdateItem",
        "TransactWriteItems",
        "TransactWriteItems",
    ]
