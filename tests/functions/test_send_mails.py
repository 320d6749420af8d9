"""Who gets which mail, and how often."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from errand import opaque
from errand.identity.recovery.requests import PasswordRecovery
from errand.ids import new_id
from errand.mails.outbox import MailRequest
from errand.records import kept
from errand.storage.kinds import WEBHOOK, attributes
from errand.webhooks.mails import WebhookDisabled
from errand.webhooks.model import Webhook, Why
from errand_testkit.fakes import ManualClock
from errand_testkit.mails import (
    ADA,
    EMAIL,
    FORGOTTEN,
    UNPROVEN,
    FakeSes,
    Tables,
    message,
    sender,
)


@pytest.mark.parametrize(
    ("request_", "subject", "purpose"),
    [
        (FORGOTTEN, "Set a new password", "password_recovery"),
        (UNPROVEN, "Confirm your e-mail address", "email_verification"),
    ],
)
def test_a_mail_goes_to_the_address_of_the_account_with_a_token_that_is_kept(
    tables: Tables, request_: MailRequest, subject: str, purpose: str
) -> None:
    tables.account()
    ses, clock = FakeSes(), ManualClock()
    assert sender(tables, ses, clock=clock).work([message(request_)]) == []
    [mail] = ses.sent
    assert mail["FromEmailAddress"] == "Errand <errand@example.com>"
    assert mail["Destination"] == {"ToAddresses": [EMAIL]}
    assert mail["Content"]["Simple"]["Subject"] == {"Data": subject, "Charset": "UTF-8"}
    [token] = ses.tokens
    assert token in mail["Content"]["Simple"]["Body"]["Html"]["Data"]
    secret = opaque.parse(token).secret
    assert tables.kept() == [
        {
            "pk": {"S": f"USER#{ADA}"},
            "sk": {"S": f"MAILED#{purpose}#{sha256(secret).hexdigest()}"},
            "em": {"S": EMAIL},
            "ca": {"N": str(clock.now)},
            "expires_at": {"N": str(clock.now // 1000 + 3600)},
        }
    ]


def test_a_mail_leads_to_the_web_client_where_there_is_one(tables: Tables) -> None:
    tables.account()
    ses = FakeSes()
    sender(tables, ses, app_url="https://app.example.com").work([message(FORGOTTEN)])
    body = ses.sent[0]["Content"]["Simple"]["Body"]
    for part in (body["Text"], body["Html"]):
        assert f"https://app.example.com/reset-password#token={ses.tokens[0]}" in part["Data"]


HOSTILE = "YOU WON $500! Claim: http://evil.example/"


@pytest.mark.parametrize("request_", [FORGOTTEN, UNPROVEN], ids=["recovery", "verification"])
def test_an_address_that_is_not_proved_gets_nothing_that_a_stranger_chose(
    tables: Tables, request_: MailRequest
) -> None:
    """Whatever the account says, the mails are the same but for their tokens."""
    mails = []
    for name in ("ada", HOSTILE):
        tables.account(un=name, fn=name)
        ses = FakeSes()
        sender(tables, ses).work([message(request_, name)])
        mails.append(str(ses.sent).replace(ses.tokens[0], "TOKEN"))
    assert mails[0] == mails[1]


def test_an_address_that_is_proved_is_told_the_name(tables: Tables) -> None:
    tables.account(ev=True, un="ada")
    ses = FakeSes()
    sender(tables, ses).work([message(FORGOTTEN)])
    assert "Hello ada," in str(ses.sent)


def test_the_name_of_a_domain_is_sent_in_ascii(tables: Tables) -> None:
    tables.account(email="ada@straße.example")
    ses = FakeSes()
    sender(tables, ses).work([message(UNPROVEN)])
    assert ses.recipients == ["ada@xn--strae-oqa.example"]


@pytest.mark.parametrize(
    ("request_", "account"),
    [
        (FORGOTTEN, None),
        (UNPROVEN, None),
        (FORGOTTEN, {"email": "another@example.com"}),
        (UNPROVEN, {"email": None}),
        (FORGOTTEN, {"ds": True}),
        (UNPROVEN, {"ds": True}),
        (UNPROVEN, {"ev": True}),
        (PasswordRecovery(email="a" * 2100 + "@example.com", request_id="1"), {}),
    ],
    ids=[
        "nobody",
        "nobody to verify",
        "unknown address",
        "no address",
        "disabled",
        "disabled, to verify",
        "verified",
        "longer than a key",
    ],
)
def test_nobody_gets_a_mail_who_should_not(
    tables: Tables, request_: MailRequest, account: dict[str, Any] | None
) -> None:
    if account is not None:
        tables.account(**account)
    ses = FakeSes()
    assert sender(tables, ses).work([message(request_)]) == []
    assert (ses.sent, tables.kept()) == ([], [])


@pytest.mark.parametrize("request_", [FORGOTTEN, UNPROVEN], ids=["recovery", "verification"])
def test_an_address_whose_mail_bounced_can_be_proved_anew(
    tables: Tables, request_: MailRequest
) -> None:
    tables.account(ev=True, ns=1795336200000, nr="bounce")
    ses = FakeSes()
    assert sender(tables, ses).work([message(request_)]) == []
    assert ses.recipients == [EMAIL]


def test_ses_is_told_whose_mail_it_is_and_where_to_tell_of_bounces(tables: Tables) -> None:
    tables.account()
    ses = FakeSes()
    sender(tables, ses).work([message(FORGOTTEN)])
    assert ses.sent[0]["ConfigurationSetName"] == "MailConfigurationSet"
    assert ses.sent[0]["EmailTags"] == [
        {"Name": "account", "Value": ADA},
        {"Name": "address", "Value": sha256(EMAIL.encode()).hexdigest()},
    ]


def test_a_verified_address_recovers_a_password(tables: Tables) -> None:
    tables.account(ev=True)
    ses = FakeSes()
    sender(tables, ses).work([message(FORGOTTEN)])
    assert ses.recipients == [EMAIL]


def test_a_message_that_comes_again_sends_nothing_again(tables: Tables) -> None:
    tables.account()
    ses = FakeSes()
    for _ in range(3):
        assert sender(tables, ses).work([message(FORGOTTEN)]) == []
    assert len(ses.sent) == len(tables.kept()) == 1
    sender(tables, ses).work([message(FORGOTTEN, "message-2")])
    assert len(ses.sent) == 2


def test_what_was_sent_is_remembered_for_a_day(tables: Tables) -> None:
    tables.account()
    clock = ManualClock()
    sender(tables, FakeSes(), clock=clock).work([message(FORGOTTEN)])
    key = {"pk": {"S": "MAIL#message-1"}, "sk": {"S": "MAIL"}}
    marker = tables.client.get_item(TableName="EphemeralTable", Key=key)["Item"]
    assert marker == key | {"expires_at": {"N": str(clock.now // 1000 + 24 * 3600)}}


def test_owner_of_a_webhook_that_was_disabled_gets_one_mail(tables: Tables) -> None:
    tables.account(ev=True)
    webhook = replace(
        Webhook.new(new_id(), ADA, {"url": "https://hooks.example.com/"}, now=1),
        enabled=False,
        disabled_reason=Why.GONE,
    )
    key = WEBHOOK.key(ADA, webhook.id)
    tables.client.put_item(TableName="DataTable", Item={**attributes(key), **kept(webhook)})
    ses = FakeSes()
    asked = message(WebhookDisabled(user_id=ADA, webhook_id=webhook.id))
    for _ in range(3):
        assert sender(tables, ses).work([asked]) == []
    assert ses.recipients == [EMAIL]
    assert ses.sent[0]["Content"]["Simple"]["Subject"]["Data"] == "A webhook has been disabled"
    assert tables.kept() == []
