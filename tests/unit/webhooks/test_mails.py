"""Who is told that a webhook was disabled, and in which words."""

import json
from dataclasses import replace
from typing import Any

import pytest

from errand.errors import MalformedRecord
from errand.mails.kinds import Desk, decode
from errand.mails.outbox import encode
from errand.mails.rendering import Mail, render
from errand.storage.kinds import ACCOUNT, WEBHOOK
from errand.webhooks.mails import WEBHOOK_DISABLED, WebhookDisabled
from errand.webhooks.model import Webhook, Why
from errand_testkit.people import ADA
from errand_testkit.webhooks import World

URL = "https://hooks.example.com/secret-path?key=secret-key"
PROVED = replace(ADA, email="ada@example.com", email_verified=True)


@pytest.fixture
def world() -> World:
    world = World()
    world.account(PROVED)
    return world


def disabled(world: World, **fields: Any) -> Webhook:
    told = {"enabled": False, "disabled_reason": Why.FAILING, **fields}
    return world.webhook(URL, **told)


def mail_of(world: World, webhook: Webhook, *, app_url: str = "") -> tuple[str, Mail] | None:
    request = WebhookDisabled(user_id=ADA.id, webhook_id=webhook.id)
    desk = Desk(tables=world.tables, now=0, app_url=app_url, public_url="")
    account = WEBHOOK_DISABLED.recipient(desk, request)
    if account is None or not WEBHOOK_DISABLED.may_go_to(account):
        return None
    data = WEBHOOK_DISABLED.data(desk, request, account)
    if data is None:
        return None
    told = {**data, "public_url": "", "unsubscribe_url": None}
    return account.email or "", render(WEBHOOK_DISABLED.template, told)


@pytest.mark.parametrize(("why", "words"), [(Why.GONE, "410 Gone"), (Why.FAILING, "five days")])
def test_owner_is_told_which_and_why(world: World, why: Why, words: str) -> None:
    webhook = disabled(world, disabled_reason=why, name="Chat")
    found = mail_of(world, webhook, app_url="https://app.example.com")
    assert found
    address, mail = found
    assert (address, mail.subject) == ("ada@example.com", "A webhook has been disabled")
    for part in (mail.text, mail.html):
        assert words in part
        assert f"Chat {webhook.id} at hooks.example.com" in part
        assert f"https://app.example.com/webhooks/{webhook.id}" in part
        # What an address has behind its host lets in whoever knows it.
        assert "secret" not in part


def test_name_is_text_whatever_it_looks_like(world: World) -> None:
    found = mail_of(world, disabled(world, name="<script>alert(1)</script>"))
    assert found
    assert "<script>" not in found[1].html


@pytest.mark.parametrize(
    "changes",
    [{"email": None}, {"email_verified": False}, {"disabled": True}],
    ids=["no address", "not proved", "locked"],
)
def test_nobody_else_is_told(world: World, changes: dict[str, Any]) -> None:
    webhook = disabled(world)
    world.account(replace(PROVED, **changes))
    assert mail_of(world, webhook) is None


@pytest.mark.parametrize(
    "fields",
    [{"enabled": True}, {"disabled_reason": None}, {"disabled_reason": Why.CREDENTIALS_ENDED}],
    ids=str,
)
def test_nothing_is_told_that_is_not_so_any_more(world: World, fields: dict[str, Any]) -> None:
    assert mail_of(world, disabled(world, **fields)) is None


def test_nothing_is_told_of_what_is_gone(world: World) -> None:
    webhook = disabled(world)
    world.tables.remove(WEBHOOK, WEBHOOK.key(ADA.id, webhook.id))
    assert mail_of(world, webhook) is None
    world.tables.remove(ACCOUNT, ACCOUNT.key(ADA.id))
    assert mail_of(world, webhook) is None


def test_request_comes_back_as_it_was_sent_and_nothing_doubtful_is_taken() -> None:
    request = WebhookDisabled(user_id=ADA.id, webhook_id=ADA.id)
    assert decode([WEBHOOK_DISABLED], encode(request)) == (WEBHOOK_DISABLED, request)
    content = json.loads(encode(request))
    for changes in ({"version": "2"}, {"user_id": "me"}, {"more": 1}, {"request_id": None}):
        with pytest.raises(MalformedRecord):
            decode([WEBHOOK_DISABLED], json.dumps(content | changes))
