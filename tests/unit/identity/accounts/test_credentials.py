"""A new password or e-mail address: the present password is asked for, and sessions end."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from errand.errors import (
    AlreadyTaken,
    IncorrectPassword,
    SessionRequired,
    TooManyAttempts,
    WeakPassword,
)
from errand.identity.accounts import service as module
from errand.identity.accounts.model import Account, Undeliverable
from errand.identity.accounts.schemas import AccountUpdate
from errand.identity.accounts.service import AccountService
from errand.identity.audit.model import Act
from errand.identity.caller import Caller
from errand.identity.throttling.model import PASSWORD_CHECK
from errand.ids import new_id
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ORIGIN, PASSWORD
from errand_testkit.stored import acts, change_account, new_session, records, store_personal_token

pytestmark = pytest.mark.usefixtures("_plain_passwords")

type Update = Callable[..., Account]
type Stored = Callable[[], Account]
type Interfere = Callable[..., None]
NEW_PASSWORD: dict[str, Any] = {"password": "battery staple"}
SENSITIVE = pytest.mark.parametrize(
    "changes",
    [
        NEW_PASSWORD,
        {"email": "ada@example.org"},
        {"email": "ADA@example.com"},
        {"email": None},
        {"username": "countess"},
        {"username": "ADA"},
        NEW_PASSWORD | {"full_name": "Ada King"},
    ],
    ids=str,
)


@pytest.fixture
def update(account_service: AccountService, ada: Caller) -> Update:
    def call(caller: Caller = ada, **fields: Any) -> Account:
        update = AccountUpdate.model_validate(fields)
        return account_service.update(caller=caller, update=update, origin=ORIGIN)

    return call


@SENSITIVE
@pytest.mark.parametrize("given", [{}, {"current_password": "wrong horse"}], ids=str)
def test_present_password_is_asked_for(
    update: Update, stored: Stored, changes: Any, given: dict[str, Any]
) -> None:
    before = stored()
    with pytest.raises(IncorrectPassword):
        update(**changes, **given)
    assert stored() == before


@SENSITIVE
def test_present_password_cannot_be_guessed_for_ever(
    update: Update, clock: ManualClock, changes: Any
) -> None:
    for _ in range(PASSWORD_CHECK.free + 1):
        with pytest.raises(IncorrectPassword):
            update(**changes, current_password="wrong horse")
    with pytest.raises(TooManyAttempts) as caught:
        update(**changes, current_password=PASSWORD)
    clock.advance(seconds=caught.value.retry_after)
    assert update(**changes, current_password=PASSWORD)


def test_right_password_is_forgiven_the_guesses(update: Update, fake: FakeDynamo) -> None:
    with pytest.raises(IncorrectPassword):
        update(**NEW_PASSWORD)
    update(**NEW_PASSWORD, current_password=PASSWORD)
    assert fake.all("EphemeralTable") == []


@pytest.mark.parametrize(
    "changes", [{"full_name": None}, {"username": "Ada"}, {"email": "ada@example.com"}, {}]
)
def test_nothing_else_asks_for_it(
    update: Update, fake: FakeDynamo, changes: dict[str, Any]
) -> None:
    assert update(**changes, current_password="wrong horse")
    assert fake.all("EphemeralTable") == []


def test_new_password_replaces_the_old_one(update: Update, stored: Stored) -> None:
    update(**NEW_PASSWORD, current_password=PASSWORD)
    assert stored().password_hash == "hash of battery staple"
    with pytest.raises(IncorrectPassword):
        update(password="another horse", current_password=PASSWORD)


def test_new_password_ends_all_sessions_but_the_one_it_came_from(
    update: Update, stored: Stored, ada: Caller, clock: ManualClock
) -> None:
    other, _ = new_session(stored(), now=clock())
    token, _ = store_personal_token(stored(), now=clock())
    clock.advance(seconds=60)
    update(**NEW_PASSWORD, current_password=PASSWORD)
    assert (stored().sessions_from, stored().kept_session) == (clock(), ada.session_id)
    assert other.has_ended(stored(), now=clock())
    assert token.has_ended(stored())
    assert stored().mails_from == clock()


def test_personal_tokens_are_kept_if_their_owner_asks_for_it(
    update: Update, stored: Stored, clock: ManualClock
) -> None:
    other, _ = new_session(stored(), now=clock())
    token, _ = store_personal_token(stored(), now=clock())
    update(**NEW_PASSWORD, current_password=PASSWORD, keep_tokens=True)
    assert not token.has_ended(stored())
    assert other.has_ended(stored(), now=clock())


def test_every_new_name_is_put_on_record(update: Update, ada: Caller) -> None:
    update(username="countess", email="ada@example.org", current_password=PASSWORD)
    assert sorted(acts(ada.user_id)) == [Act.EMAIL_CHANGED, Act.USERNAME_CHANGED]
    update(username="countess", email="ada@example.org", full_name="Ada King")
    assert len(acts(ada.user_id)) == 2


@pytest.mark.parametrize("password", [PASSWORD, "wrong horse"])
@SENSITIVE
def test_script_changes_no_credentials(
    update: Update, stored: Stored, ada: Caller, changes: Any, password: str
) -> None:
    before = stored()
    script = replace(ada, session_id=None, token_id=new_id())
    with pytest.raises(SessionRequired):
        update(script, **changes, current_password=password)
    assert stored() == before
    assert update(script, full_name="Ada King").full_name == "Ada King"


def test_new_password_and_its_record_are_one_write(
    update: Update, fake: FakeDynamo, ada: Caller, clock: ManualClock
) -> None:
    fake.operations.clear()
    update(**NEW_PASSWORD, current_password=PASSWORD)
    counting = ["UpdateItem", "DeleteItem"]
    assert fake.operations == ["GetItem", *counting, "TransactWriteItems"]
    (record,) = records(ada.user_id)
    assert (record.act, record.user_id) == (Act.PASSWORD_CHANGED, ada.user_id)
    assert (record.actor, record.at) == (ada.user_id, clock())
    assert (record.address, record.agent) == (ORIGIN.address, ORIGIN.agent)
    assert record.request_id == ORIGIN.request_id


def test_refused_change_leaves_no_record(
    update: Update, register: Callable[..., Account], ada: Caller
) -> None:
    register("bob")
    with pytest.raises(AlreadyTaken):
        update(**NEW_PASSWORD, username="bob", current_password=PASSWORD)
    assert acts(ada.user_id) == []


def test_change_in_between_makes_one_record(
    update: Update, interfere: Interfere, stored: Stored, ada: Caller
) -> None:
    interfere(times=2)
    update(**NEW_PASSWORD, current_password=PASSWORD)
    assert stored().password_hash == "hash of battery staple"
    assert acts(ada.user_id) == [Act.PASSWORD_CHANGED]


def test_password_is_hashed_once_however_often_it_is_written(
    update: Update, interfere: Interfere, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []

    def hash_password(password: str) -> str:
        hashed.append(password)
        return "hash"

    monkeypatch.setattr(module, "hash_password", hash_password)
    interfere(times=2)
    update(**NEW_PASSWORD, current_password=PASSWORD)
    assert hashed == ["battery staple"]


@pytest.mark.parametrize(
    "changes",
    [
        {"password": "password123"},
        {"password": "ada@example.com"},
        {"password": "countess", "username": "Countess"},
        {"password": "ada@example.org", "email": "ada@example.org"},
    ],
    ids=str,
)
def test_weak_password_is_refused_under_the_names_as_they_will_be(
    update: Update, stored: Stored, changes: dict[str, Any]
) -> None:
    before = stored()
    with pytest.raises(WeakPassword):
        update(**changes, current_password=PASSWORD)
    assert stored() == before


@pytest.mark.parametrize("email", ["ada@example.org", "ADA@example.com", None])
def test_new_address_is_yet_to_be_proved(update: Update, stored: Stored, email: str | None) -> None:
    change_account(stored(), now=0, email_verified=True)
    account = update(email=email, current_password=PASSWORD)
    assert (account.email, account.email_verified) == (email, False)


def test_new_address_has_not_bounced(update: Update, stored: Stored) -> None:
    bounced = {"undeliverable_since": 1, "undeliverable_reason": Undeliverable.BOUNCE}
    change_account(stored(), now=0, **bounced)
    assert update(full_name="Ada King").undeliverable_since == 1
    account = update(email="ada@example.org", current_password=PASSWORD)
    assert (account.undeliverable_since, account.undeliverable_reason) == (None, None)


def test_address_sent_as_it_is_stays_proved(update: Update, stored: Stored) -> None:
    change_account(stored(), now=0, email_verified=True)
    assert update(email="ada@example.com").email_verified
