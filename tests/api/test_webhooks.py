"""Webhooks as their owner sees them: made, shown without the secret, tested, sent once more."""

import re
from typing import Any

import httpx2
import pytest

from errand.webhooks.delivery import Status
from errand.webhooks.model import WEBHOOKS_MAX, Webhook, Why
from errand.webhooks.resending import BY_HAND
from errand.webhooks.signing import told
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import PASSWORD
from errand_testkit.stored import store_delivery, store_webhook
from errand_testkit.visitors import account_named, bearer, make_token
from errand_testkit.webhooks import NAMES, KeptHints

PATH = "/webhooks"
URL = "https://hooks.example.com/errand"


def make(client: httpx2.Client, **fields: Any) -> httpx2.Response:
    return client.post(PATH, json={"url": URL, **fields})


@pytest.fixture
def webhook(john: httpx2.Client, clock: ManualClock) -> Webhook:
    """John's."""
    assert john
    return store_webhook(account_named("johndoe"), now=clock())


def test_new_webhook_is_shown_with_its_secret(john: httpx2.Client) -> None:
    answer = make(john, name=" Chat ", events=["task.deleted", "task.created", "task.created"])
    assert answer.status_code == 201
    assert answer.headers["Cache-Control"] == "no-store"
    shown = answer.json()
    assert answer.headers["Location"] == f"/webhooks/{shown['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert re.fullmatch("whsec_[A-Za-z0-9+/]{43}=", shown.pop("secret"))
    assert re.fullmatch("[0-9a-v]{26}", shown.pop("id"))
    assert shown == {
        "name": "Chat",
        "url": URL,
        "events": ["task.created", "task.deleted"],
        "project_id": None,
        "in_order": False,
        "enabled": True,
        "disabled_reason": None,
        "failing_since": None,
        "previous_secret_until": None,
        "created_at": "2026-11-22T08:30:00.000Z",
        "updated_at": "2026-11-22T08:30:00.000Z",
        "version": 1,
    }


def test_secret_is_told_once(john: httpx2.Client) -> None:
    made = john.post(PATH, json={"url": URL}, headers={"Idempotency-Key": "1"}).json()
    again = john.post(PATH, json={"url": URL}, headers={"Idempotency-Key": "1"}).json()
    assert again == made | {"secret": None}
    without = {name: value for name, value in made.items() if name != "secret"}
    assert john.get(f"{PATH}/{made['id']}").json() == without
    assert john.get(PATH).json() == [without]
    exported = john.get("/users/me/export")
    assert exported.json()["webhooks"] == [without]
    for answer in (exported, john.get("/sync"), john.get("/activity")):
        assert made["secret"].removeprefix("whsec_") not in answer.text


def test_secret_is_rotated_with_an_overlap(
    john: httpx2.Client, webhook: Webhook, clock: ManualClock
) -> None:
    path = f"{PATH}/{webhook.id}/secret"
    answer = john.post(path, json={"overlap_hours": 2})
    assert answer.status_code == 200
    shown = answer.json()
    assert shown["secret"] != told(webhook.secret)
    assert shown["previous_secret_until"] == "2026-11-22T10:30:00.000Z"
    leaked = john.post(path, json={"overlap_hours": 0}).json()
    assert leaked["previous_secret_until"] is None
    assert john.post(path, json={}).json()["previous_secret_until"][:10] == "2026-11-23"
    del clock


def test_an_account_has_so_many(john: httpx2.Client) -> None:
    for _ in range(WEBHOOKS_MAX):
        assert make(john).status_code == 201
    answer = make(john)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    page = john.get(f"{PATH}?limit=15")
    assert len(page.json()) == 15
    assert 'rel="next"' in page.headers["Link"]
    john.delete(f"{PATH}/{page.json()[0]['id']}")
    assert make(john).status_code == 201


def test_receivers_are_reached_by_https_alone(john: httpx2.Client, webhook: Webhook) -> None:
    for answer in (
        make(john, url="http://hooks.example.com/"),
        john.patch(f"{PATH}/{webhook.id}", json={"url": "http://127.0.0.1:9000/"}),
    ):
        assert answer.status_code == 422
        assert "https://" in answer.json()["detail"]


def test_where_receivers_may_be_on_this_machine_http_is_taken(
    john: httpx2.Client, app: Any
) -> None:
    app.state.services.loopback_webhooks = True
    assert make(john, url="http://127.0.0.1:9000/").status_code == 201


def test_a_stolen_token_of_a_script_makes_no_webhook(john: httpx2.Client) -> None:
    script = bearer(make_token(john, "account:write", "tasks:read"))
    answer = john.post(PATH, json={"url": URL}, headers=script)
    assert (answer.status_code, answer.json()["code"]) == (403, "session_required")
    assert PASSWORD not in answer.text


def test_change_needs_the_version_that_it_is_of(john: httpx2.Client, webhook: Webhook) -> None:
    path = f"{PATH}/{webhook.id}"
    changed = john.patch(path, json={"project_id": "inbox"}, headers={"If-Match": '"1"'})
    assert changed.json()["project_id"] == "inbox"
    assert changed.headers["ETag"] == '"2"'
    stale = {"If-Match": '"1"'}
    assert john.patch(path, json={"in_order": True}, headers=stale).status_code == 412
    assert john.delete(path, headers=stale).status_code == 412
    assert john.get(path, headers={"If-None-Match": '"2"'}).status_code == 304
    cleared = john.patch(path, json={"project_id": None, "events": None, "name": None}).json()
    assert (cleared["project_id"], cleared["events"]) == (None, [])
    assert john.delete(path).status_code == 204
    assert john.get(path).status_code == 404


def test_webhook_of_another_is_not_there(
    jane: httpx2.Client, webhook: Webhook, hints: KeptHints
) -> None:
    path = f"{PATH}/{webhook.id}"
    answers = [
        jane.get(path),
        jane.patch(path, json={"enabled": False}),
        jane.delete(path),
        jane.post(f"{path}/secret", json={}),
        jane.post(f"{path}/test"),
        jane.get(f"{path}/deliveries"),
        jane.post(f"{path}/deliveries/{webhook.id}/redeliver"),
        jane.get(f"{PATH}/nothing"),
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert hints.hints == []


def test_enabling_one_that_was_disabled_begins_anew(
    john: httpx2.Client, clock: ManualClock
) -> None:
    lost = store_webhook(
        account_named("johndoe"),
        now=clock(),
        enabled=False,
        disabled_reason=Why.FAILING,
        failing_since=clock(),
    )
    path = f"{PATH}/{lost.id}"
    assert john.get(path).json()["disabled_reason"] == "failing"
    assert john.get(path).json()["failing_since"] == "2026-11-22T08:30:00.000Z"
    shown = john.patch(path, json={"enabled": True}).json()
    assert (shown["disabled_reason"], shown["failing_since"]) == (None, None)


# ---------------------------------------------------------------------------------- tests and again


def test_test_is_on_its_way(john: httpx2.Client, webhook: Webhook, hints: KeptHints) -> None:
    answer = john.post(f"{PATH}/{webhook.id}/test")
    assert answer.status_code == 202
    delivery = answer.json()
    assert (delivery["status"], delivery["event_type"]) == ("pending", "webhook.test")
    assert delivery["request"].startswith('{"type":"webhook.test","timestamp":"2026-11-22T08:30')
    [hint] = hints.hints
    assert (hint.delivery_id, hint.webhook_id) == (delivery["id"], webhook.id)
    assert john.get(f"{PATH}/{webhook.id}/deliveries").json() == [delivery]


def test_delivery_is_sent_once_more_as_it_was(
    john: httpx2.Client, webhook: Webhook, hints: KeptHints, clock: ManualClock
) -> None:
    delivered = store_delivery(webhook, now=clock())
    clock.advance(60)
    path = f"{PATH}/{webhook.id}/deliveries/{delivered.id}/redeliver"
    answer = john.post(path)
    assert answer.status_code == 202
    assert (answer.json()["id"], answer.json()["status"]) == (delivered.id, "pending")
    [hint] = hints.hints
    assert (hint.delivery_id, hint.attempts) == (delivered.id, delivered.attempts)
    assert hint.ends_at == clock() + 24 * 3600 * 1000


def test_what_was_sent_is_listed_newest_first_and_exported(
    john: httpx2.Client, webhook: Webhook, clock: ManualClock
) -> None:
    made = [store_delivery(webhook, now=clock() + number).id for number in range(3)]
    page = john.get(f"{PATH}/{webhook.id}/deliveries?limit=2")
    assert [one["id"] for one in page.json()] == made[:0:-1]
    assert 'rel="next"' in page.headers["Link"]
    shown = page.json()[0]
    assert (shown["status"], shown["request"]) == (Status.DELIVERED, '{"type":"task.created"}')
    exported = john.get("/users/me/export").json()["webhook_deliveries"]
    assert [one["id"] for one in exported] == made


def test_disabled_webhook_is_sent_nothing(
    john: httpx2.Client, webhook: Webhook, hints: KeptHints, clock: ManualClock
) -> None:
    delivered = store_delivery(webhook, now=clock())
    path = f"{PATH}/{webhook.id}"
    john.patch(path, json={"enabled": False})
    for again in (f"{path}/test", f"{path}/deliveries/{delivered.id}/redeliver"):
        answer = john.post(again)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert hints.hints == []


def test_delivery_that_is_none_is_not_found(john: httpx2.Client, webhook: Webhook) -> None:
    for delivery in ("nothing", webhook.id):
        answer = john.post(f"{PATH}/{webhook.id}/deliveries/{delivery}/redeliver")
        assert answer.status_code == 404


def test_tests_by_hand_are_bounded(john: httpx2.Client, webhook: Webhook) -> None:
    path = f"{PATH}/{webhook.id}/test"
    for _ in range(BY_HAND.free + 1):
        assert john.post(path).status_code == 202
    answer = john.post(path)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"]


def test_what_was_sent_goes_with_the_account(
    john: httpx2.Client, webhook: Webhook, clock: ManualClock, dynamodb: FakeDynamo
) -> None:
    store_delivery(webhook, now=clock())
    owner = f"USER#{webhook.user_id}"
    kept = [pk for table in NAMES.values() for pk, _ in dynamodb.items[table] if pk == owner]
    assert len(kept) >= 3
    assert john.request("DELETE", "/users/me", json={"password": PASSWORD}).status_code == 204
