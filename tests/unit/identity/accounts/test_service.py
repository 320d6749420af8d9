"""What a person can do with their account."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from errand.errors import (
    AlreadyTaken,
    IncorrectPassword,
    InvalidToken,
    PreconditionFailed,
    StorageUnavailable,
    TooManyAttempts,
)
from errand.identity.accounts.model import Account
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.accounts.schemas import AccountUpdate
from errand.identity.accounts.service import AccountService
from errand.identity.caller import Caller
from errand.identity.throttling.model import (
    NAMES_TRIED,
    PASSWORD_CHECK,
    REGISTER_ADDRESS,
    Known,
    Place,
)
from errand.ids import new_id
from errand.storage.unit import ATTEMPTS
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ORIGIN, PASSWORD
from errand_testkit.storage import among
from errand_testkit.stored import acts, remember

pytestmark = pytest.mark.usefixtures("_plain_passwords")

type Register = Callable[..., Account]
type Update = Callable[..., Account]
type Stored = Callable[[], Account]
type Interfere = Callable[..., None]


@pytest.fixture
def update(account_service: AccountService) -> Update:
    def call(caller: Caller, versions: set[int] | None = None, **fields: Any) -> Account:
        return account_service.update(
            caller=caller,
            update=AccountUpdate.model_validate(fields),
            origin=ORIGIN,
            expected=among(versions),
        )

    return call


@pytest.mark.parametrize(
    "changes",
    [
        {"full_name": "Ada King"},
        {"full_name": None},
        {"username": "countess"},
        {"username": "ADA"},
        {"email": "ada@example.com"},
    ],
    ids=str,
)
def test_update_changes_what_was_sent(
    account_service: AccountService,
    update: Update,
    clock: ManualClock,
    ada: Caller,
    changes: dict[str, Any],
) -> None:
    before = account_service.read(caller=ada)
    clock.advance(seconds=60)
    after = update(ada, **changes, current_password=PASSWORD)
    assert after == replace(before, **changes, version=2, updated_at=before.updated_at + 60_000)
    assert account_service.read(caller=ada) == after


def test_update_of_nothing_changes_nothing(
    account_service: AccountService, update: Update, ada: Caller
) -> None:
    before = account_service.read(caller=ada)
    assert update(ada) == update(ada, current_password="whatever") == before


def test_other_changes_leave_no_record_and_end_no_session(
    update: Update, stored: Stored, ada: Caller
) -> None:
    update(ada, full_name="Ada King", username="Ada")
    assert stored().sessions_from is None
    assert acts(ada.user_id) == []


def test_new_name_replaces_the_old_one(
    register: Register, update: Update, accounts: DynamoAccounts, ada: Caller
) -> None:
    update(ada, username="countess", current_password=PASSWORD)
    found = accounts.find("countess")
    assert found
    assert found.id == ada.user_id
    assert accounts.find("ada") is None
    register("ada")


def test_name_of_somebody_else_cannot_be_taken(
    register: Register, update: Update, ada: Caller
) -> None:
    register("bob", email="bob@example.com")
    with pytest.raises(AlreadyTaken, match="Username"):
        update(ada, username="BOB", current_password=PASSWORD)
    with pytest.raises(AlreadyTaken, match="Email"):
        update(ada, email="BOB@example.com", current_password=PASSWORD)


def test_deleted_account_is_gone_and_its_names_are_free(
    account_service: AccountService, register: Register, ada: Caller
) -> None:
    account_service.delete(caller=ada, password=PASSWORD, origin=ORIGIN)
    with pytest.raises(InvalidToken):
        account_service.read(caller=ada)
    assert register("ada", email="ada@example.com").id != ada.user_id


def test_deletion_asks_for_the_password(
    account_service: AccountService, accounts: DynamoAccounts, ada: Caller
) -> None:
    for _ in range(PASSWORD_CHECK.free + 1):
        with pytest.raises(IncorrectPassword):
            account_service.delete(caller=ada, password="wrong horse", origin=ORIGIN)
    with pytest.raises(TooManyAttempts):
        account_service.delete(caller=ada, password=PASSWORD, origin=ORIGIN)
    assert accounts.read(ada.user_id)


def test_names_are_tried_as_often_as_registered_and_no_oftener(
    update: Update, register: Register, ada: Caller
) -> None:
    """Whoever asks for a name learns whether somebody has it."""
    register("countess", email="countess@example.com")
    tried = [{"username": "countess"}, {"email": "countess@example.com"}, {"username": "free"}]
    for number in range(NAMES_TRIED.free):
        with suppress(AlreadyTaken):
            update(ada, current_password=PASSWORD, **tried[number % 2])
    for names in tried:
        with pytest.raises(TooManyAttempts):
            update(ada, current_password=PASSWORD, **names)
    # What asks for no name goes on.
    assert update(ada, full_name="Ada").full_name == "Ada"


def test_names_tried_from_an_address_count_as_registrations(
    update: Update, register: Register, ada: Caller
) -> None:
    for number in range(REGISTER_ADDRESS.free):
        register(f"somebody {number}")
    assert update(ada, current_password=PASSWORD, username="countess")
    with pytest.raises(TooManyAttempts):
        register("one more")


def test_what_is_refused_for_its_password_tries_no_name(
    update: Update, ada: Caller, clock: ManualClock
) -> None:
    for _ in range(NAMES_TRIED.free + 1):
        with pytest.raises(IncorrectPassword):
            update(ada, current_password="wrong horse", username="countess")
        clock.advance(seconds=60 * 60)
    assert update(ada, current_password=PASSWORD, username="countess").username == "countess"


def test_name_that_is_overtaken_is_tried_once(
    update: Update, ada: Caller, interfere: Interfere, fake: FakeDynamo
) -> None:
    interfere(times=2)
    update(ada, current_password=PASSWORD, username="countess")
    counters = [
        item for item in fake.items["EphemeralTable"].values() if "names_tried" in str(item)
    ]
    assert [counter["n"] for counter in counters] == [{"N": "1"}]


def _rename(service: AccountService, caller: Caller, versions: set[int] | None) -> None:
    update = AccountUpdate.model_validate({"username": "countess", "current_password": PASSWORD})
    service.update(caller=caller, update=update, origin=ORIGIN, expected=among(versions))


def _delete(service: AccountService, caller: Caller, versions: set[int] | None) -> None:
    service.delete(caller=caller, password=PASSWORD, origin=ORIGIN, expected=among(versions))


type Change = Callable[[AccountService, Caller, set[int] | None], None]
EVERY_CHANGE = pytest.mark.parametrize("change", [_rename, _delete])


@EVERY_CHANGE
def test_change_of_no_account_is_refused(
    account_service: AccountService, ada: Caller, change: Change
) -> None:
    with pytest.raises(InvalidToken):
        change(account_service, replace(ada, user_id=new_id()), None)


@EVERY_CHANGE
def test_change_asks_for_the_version(
    account_service: AccountService, ada: Caller, change: Change
) -> None:
    for versions in ({2, 3}, set[int]()):
        with pytest.raises(PreconditionFailed):
            change(account_service, ada, versions)
    change(account_service, ada, {1, 2})


@EVERY_CHANGE
def test_change_in_between_is_taken_in(
    account_service: AccountService,
    accounts: DynamoAccounts,
    interfere: Interfere,
    ada: Caller,
    change: Change,
) -> None:
    interfere(times=2)
    change(account_service, ada, None)
    assert accounts.find("Ada") is None


@EVERY_CHANGE
def test_change_in_between_is_told_to_who_named_a_version(
    account_service: AccountService, interfere: Interfere, ada: Caller, change: Change
) -> None:
    interfere()
    with pytest.raises(PreconditionFailed):
        change(account_service, ada, {1})


@EVERY_CHANGE
def test_too_many_changes_in_between_ask_to_come_back(
    account_service: AccountService, interfere: Interfere, ada: Caller, change: Change
) -> None:
    interfere(times=ATTEMPTS)
    with pytest.raises(StorageUnavailable):
        change(account_service, ada, None)


@EVERY_CHANGE
def test_owner_who_secures_the_account_meanwhile_is_not_overridden(
    account_service: AccountService,
    accounts: DynamoAccounts,
    interfere: Interfere,
    ada: Caller,
    change: Change,
) -> None:
    interfere(password_hash="hash of another")
    with pytest.raises(IncorrectPassword):
        change(account_service, ada, None)
    assert accounts.find("Ada")


@pytest.mark.parametrize(
    ("present", "meanwhile"),
    [
        ({"email": "ada@example.com"}, {"email": "ada@example.org"}),
        ({"username": "Ada"}, {"username": "countess"}),
    ],
    ids=["email", "username"],
)
def test_name_that_was_present_does_not_come_back_without_a_password(
    update: Update,
    stored: Stored,
    interfere: Interfere,
    ada: Caller,
    present: dict[str, Any],
    meanwhile: dict[str, Any],
) -> None:
    interfere(**meanwhile)
    with pytest.raises(IncorrectPassword):
        update(ada, **present)
    for name, value in meanwhile.items():
        assert getattr(stored(), name) == value


def test_known_addresses_are_of_the_password_they_were_known_with(
    update: Update, stored: Stored, clock: ManualClock, ada: Caller
) -> None:
    place = Place.of(Known(ada.user_id, 0), "192.0.2.1")
    remember(place, now=clock())
    update(ada, username="countess", full_name=None, current_password=PASSWORD)
    assert stored().generation == 0
    update(ada, password="battery staple", current_password=PASSWORD)
    assert stored().generation == 1
