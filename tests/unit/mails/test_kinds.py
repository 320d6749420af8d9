"""Who gets which kind of mail."""

from typing import Any

import pytest

from errand.fields import By, Shown, table_of
from errand.identity.accounts.model import Account, MailTopic, Undeliverable
from errand.mails.kinds import MailKind
from errand_testkit.mails import account
from errand_testkit.notes import NOTE, NOTICE
from send_mails import KINDS

PROVED = {"email_verified": True}
BOUNCED = {"undeliverable_since": 1, "undeliverable_reason": Undeliverable.BOUNCE}


@pytest.mark.parametrize("kind", [*KINDS, NOTE, NOTICE], ids=lambda kind: kind.request.kind)
@pytest.mark.parametrize(
    "changes", [{"disabled": True}, {"email": None}, {"disabled": True, **PROVED}], ids=str
)
def test_nobody_without_an_address_or_an_account_in_use(
    kind: MailKind[Any], changes: dict[str, Any]
) -> None:
    assert not kind.may_go_to(account(**changes))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.request.kind)
@pytest.mark.parametrize("changes", [{}, PROVED, PROVED | BOUNCED, BOUNCED], ids=str)
def test_what_proves_an_address_goes_to_any(kind: MailKind[Any], changes: dict[str, Any]) -> None:
    if kind.is_proof:
        assert kind.may_go_to(account(**changes, reminder_mails=False))


@pytest.mark.parametrize(
    ("changes", "gets_it"),
    [
        (PROVED, True),
        ({}, False),
        (PROVED | BOUNCED, False),
    ],
    ids=str,
)
def test_all_else_goes_to_proved_addresses_that_take_mail(
    changes: dict[str, Any], *, gets_it: bool
) -> None:
    assert NOTE.may_go_to(account(**changes)) is gets_it
    assert NOTICE.may_go_to(account(**changes)) is gets_it


def test_nobody_who_has_unsubscribed() -> None:
    stopped = account(**PROVED, reminder_mails=False)
    assert not NOTE.may_go_to(stopped)
    assert NOTICE.may_go_to(stopped)


def test_kinds_have_names_of_their_own() -> None:
    names = [kind.request.kind for kind in KINDS]
    assert len(names) == len({*names})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.request.kind)
def test_what_proves_an_address_is_not_to_be_unsubscribed_from(kind: MailKind[Any]) -> None:
    assert not (kind.is_proof and kind.topic)


@pytest.mark.parametrize("topic", MailTopic)
def test_topic_is_a_field_that_its_owner_sets(topic: MailTopic) -> None:
    """One of the account's: it is shown, and can be set back, as every other."""
    column = table_of(Account)[topic]
    assert column.by is By.CLIENT
    assert column.shown & Shown.API
