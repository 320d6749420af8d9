"""Webhooks and deliveries in DynamoDB: by the API with PynamoDB, by the functions without it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from errand.aws import client
from errand.errors import NotFound, Overtaken
from errand.ids import new_id
from errand.storage.attempts import ConditionFailed
from errand.storage.guarded import GuardedTables
from errand.storage.kinds import WEBHOOK
from errand.webhooks.book import PROBE, SLOW, Book
from errand.webhooks.delivery import Delivery, Status, delivery_id
from errand.webhooks.hints import Hint
from errand.webhooks.ledger import HELD, SENDS_MAX, Held, Ledger
from errand.webhooks.model import Webhook, Why
from errand.webhooks.repository import DynamoDeliveries, DynamoWebhooks
from errand_testkit.people import ADA, BOB, NOW
from errand_testkit.stored import commit, store_delivery, store_webhook
from errand_testkit.webhooks import NAMES

pytestmark = pytest.mark.usefixtures("tables")

webhooks = DynamoWebhooks()
deliveries = DynamoDeliveries()


@pytest.fixture
def guarded() -> GuardedTables:
    """As functions/webhooks has them, on the same moto."""
    return GuardedTables(dynamodb=client("dynamodb", read_timeout=1), names=NAMES)


@pytest.fixture
def book(guarded: GuardedTables) -> Book:
    return Book(guarded)


@pytest.fixture
def ledger(guarded: GuardedTables) -> Ledger:
    return Ledger(guarded)


def _pending(webhook: Webhook, *, event_id: str = "1", place: str | None = None) -> Delivery:
    return Delivery.new(
        user_id=webhook.user_id,
        webhook_id=webhook.id,
        event_id=event_id,
        event_type="task.created",
        at=NOW,
        body=b"{}" * 500,
        now=NOW,
        place=place,
    )


def _read(webhook: Webhook) -> Webhook | None:
    return webhooks.read(user_id=webhook.user_id, webhook_id=webhook.id)


# --------------------------------------------------------------------------------------- by the API


def test_what_is_usual_is_not_stored(stored: Callable[[], dict[str, Any]]) -> None:
    webhook = store_webhook(ADA, now=NOW)
    item = stored()[f"USER#{ADA.id} WEBHOOK#{webhook.id}"]
    assert item.keys() == {"u", "ca", "ua", "v", "se", "cf"}


def test_webhook_is_in_the_collection_of_its_owner() -> None:
    webhook, other = store_webhook(ADA, now=NOW), store_webhook(BOB, now=NOW)
    assert _read(webhook) == webhook
    assert webhooks.read(user_id=BOB.id, webhook_id=webhook.id) is None
    found = webhooks.slice(user_id=BOB.id, after=None, limit=10)
    assert ([*found.items], found.reached) == ([other], None)


def test_id_is_used_once() -> None:
    webhook = store_webhook(ADA, now=NOW)
    with pytest.raises(ConditionFailed):
        commit(lambda unit: webhooks.add(unit, replace(webhook, name="Another")))


def test_change_of_another_version_is_refused() -> None:
    webhook = store_webhook(ADA, now=NOW)
    changed = webhook.changed({"in_order": True}, now=NOW)
    commit(lambda unit: webhooks.rewrite(unit, webhook, changed))
    assert _read(webhook) == changed
    with pytest.raises(Overtaken):
        commit(lambda unit: webhooks.rewrite(unit, webhook, changed))
    with pytest.raises(Overtaken):
        commit(lambda unit: webhooks.remove(unit, webhook))
    commit(lambda unit: webhooks.remove(unit, changed))
    assert _read(webhook) is None


def test_deliveries_are_listed_newest_first_each_webhooks_own() -> None:
    webhook, other = store_webhook(ADA, now=NOW), store_webhook(ADA, now=NOW)
    made = [store_delivery(webhook, now=NOW + number) for number in range(3)]
    store_delivery(other, now=NOW)
    first = deliveries.newest(user_id=ADA.id, webhook_id=webhook.id, after=None, limit=2)
    assert [*first.items] == made[:0:-1]
    rest = deliveries.newest(user_id=ADA.id, webhook_id=webhook.id, after=first.reached, limit=2)
    assert ([*rest.items], rest.reached) == (made[:1], None)


def test_delivery_that_is_being_sent_is_not_overwritten(ledger: Ledger) -> None:
    delivery = _pending(store_webhook(ADA, now=NOW))
    ledger.add(delivery)
    ledger.tell(delivery, {"status": Status.DELIVERED})
    commit(lambda unit: deliveries.add(unit, delivery))
    found = deliveries.read(user_id=ADA.id, webhook_id=delivery.webhook_id, delivery_id=delivery.id)
    assert found == replace(delivery, status=Status.DELIVERED)


def test_what_was_forgotten_does_not_begin_anew() -> None:
    delivery = _pending(store_webhook(ADA, now=NOW))
    with pytest.raises(NotFound):
        commit(lambda unit: deliveries.begin_anew(unit, delivery, replace(delivery, attempts=1)))


# --------------------------------------------------------------------------------- by the functions


def test_both_ways_read_the_same(book: Book) -> None:
    webhook = store_webhook(ADA, now=NOW, events=("task.created",), in_order=True)
    assert book.of(ADA.id) == [webhook] == [book.read(ADA.id, webhook.id)]
    assert book.of(BOB.id) == []


def test_failing_begins_once_and_ends_with_a_success(book: Book) -> None:
    webhook = store_webhook(ADA, now=NOW)
    for _ in range(2):
        assert not book.failed(webhook, now=NOW)
    failing = _read(webhook)
    assert failing == replace(
        webhook, failing_since=NOW, failures=1, quiet_until=NOW + 2000, version=2
    )
    assert failing
    assert not book.failed(failing, now=NOW + 5000)
    worse = _read(webhook)
    assert worse == replace(failing, failures=2, quiet_until=NOW + 5000 + 4000)
    for _ in range(2):
        book.succeeded(webhook)
    assert _read(webhook) == replace(webhook, version=3)


def test_one_at_a_time_finds_out(book: Book) -> None:
    webhook = store_webhook(ADA, now=NOW, quiet_until=NOW)
    assert book.may_probe(webhook, now=NOW)
    assert not book.may_probe(webhook, now=NOW + PROBE - 1)
    assert book.may_probe(webhook, now=NOW + PROBE)


def test_webhook_is_disabled_once(book: Book) -> None:
    webhook = store_webhook(ADA, now=NOW)
    assert book.disable(webhook, Why.GONE)
    assert not book.disable(webhook, Why.FAILING)
    assert _read(webhook) == replace(
        webhook, enabled=False, disabled_reason=Why.GONE, owes_mail=True, version=2
    )
    book.mailed(webhook)
    found = _read(webhook)
    assert found
    assert not found.owes_mail


def test_slowness_is_noted_now_and_then(book: Book) -> None:
    webhook = store_webhook(ADA, now=NOW)
    book.is_slow(webhook, now=NOW)
    slow = _read(webhook)
    assert slow == replace(webhook, slow_until=NOW + SLOW)
    assert slow
    book.is_slow(slow, now=NOW + 1)
    assert _read(webhook) == slow


def test_nothing_brings_a_deleted_webhook_back(book: Book) -> None:
    webhook = replace(store_webhook(ADA, now=NOW), id=new_id())
    book.failed(webhook, now=NOW)
    book.succeeded(webhook)
    book.is_slow(webhook, now=NOW)
    book.mailed(webhook)
    assert not book.may_probe(webhook, now=NOW)
    assert not book.disable(webhook, Why.GONE)
    assert _read(webhook) is None


def test_delivery_is_held_by_one_at_a_time(ledger: Ledger) -> None:
    delivery = _pending(store_webhook(ADA, now=NOW))
    assert ledger.add(delivery)
    hint = Hint.of(delivery)
    assert ledger.begin(hint, now=NOW) == replace(delivery, held_until=NOW + HELD)
    with pytest.raises(Held) as held:
        ledger.begin(hint, now=NOW + HELD - 1)
    assert held.value.until == NOW + HELD
    assert ledger.begin(hint, now=NOW + HELD)


def test_delivery_waits_for_its_next_attempt(ledger: Ledger) -> None:
    delivery = _pending(store_webhook(ADA, now=NOW))
    ledger.add(delivery)
    ledger.tell(delivery, {"attempts": 1, "next_attempt_at": NOW + 5000})
    # Of the attempt before: its successor is on its way.
    assert ledger.begin(Hint.of(delivery), now=NOW) is None
    again = Hint.of(delivery).at(NOW + 5000, attempts=1)
    with pytest.raises(Held) as held:
        ledger.begin(again, now=NOW)
    assert held.value.until == NOW + 5000
    begun = ledger.begin(again, now=NOW + 5000)
    assert begun
    assert begun.attempts == 1


def test_delivery_that_has_arrived_is_not_begun_nor_made_again(ledger: Ledger) -> None:
    delivery = _pending(store_webhook(ADA, now=NOW))
    ledger.add(delivery)
    assert ledger.add(delivery)
    ledger.tell(delivery, {"status": Status.DELIVERED})
    assert not ledger.add(delivery)
    assert ledger.begin(Hint.of(delivery), now=NOW) is None
    ledger.give_up(Hint.of(delivery), "too late")
    found = ledger.read(Hint.of(delivery))
    assert found
    assert found.status is Status.DELIVERED


def test_nothing_brings_a_forgotten_delivery_back(
    ledger: Ledger, stored: Callable[[], dict[str, Any]]
) -> None:
    delivery = _pending(store_webhook(ADA, now=NOW))
    before = stored()
    assert ledger.begin(Hint.of(delivery), now=NOW) is None
    ledger.tell(delivery, {"status": Status.DELIVERED})
    ledger.give_up(Hint.of(delivery), "too late")
    assert stored() == before


def test_line_is_in_order_and_each_leaves_it_once(ledger: Ledger) -> None:
    webhook = store_webhook(ADA, now=NOW, in_order=True)
    second, first = (
        _pending(webhook, event_id=str(number), place=f"{number:020d}") for number in (2, 1)
    )
    for delivery in (second, first):
        ledger.add(delivery)
    head = ledger.head(webhook.id)
    assert head
    assert head.sk.endswith(first.id)
    ledger.give_up(Hint.of(first), "too late")
    ledger.leave_line(first)
    head = ledger.head(webhook.id)
    assert head
    ledger.clear(head)
    assert ledger.head(webhook.id) is None


def test_an_account_is_sent_so_much_in_a_minute(ledger: Ledger) -> None:
    assert ledger.too_many(ADA.id, wanted=SENDS_MAX - 1, now=NOW) == 0
    assert ledger.too_many(ADA.id, wanted=5, now=NOW) == 4
    assert ledger.too_many(ADA.id, wanted=3, now=NOW) == 3
    assert ledger.too_many(BOB.id, wanted=3, now=NOW) == 0
    assert ledger.too_many(ADA.id, wanted=3, now=NOW + 60_000) == 0


def test_secret_is_kept_in_the_webhook_alone(
    stored: Callable[[], dict[str, Any]], ledger: Ledger
) -> None:
    webhook = store_webhook(ADA, now=NOW)
    ledger.add(_pending(webhook))
    place = f"USER#{ADA.id} WEBHOOK#{webhook.id}"
    kept = {name for name, item in stored().items() if item.get("se")}
    assert kept == {place}
    assert not WEBHOOK.logged_as


def test_webhook_id_of_before_stays_what_it_was() -> None:
    """Receivers know what comes again by it: it must never be made in another way."""
    known = delivery_id("9e58d01912745ce7965960e1114ff7b6", "06h08q0rf9qcv4e83s3ndg2tl8", at=NOW)
    assert known == "06h04o2v81uah8deh0mb1f5lhc"
