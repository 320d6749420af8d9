"""How a delivery is sent, and what becomes of it: tried again, given up, told, never doubled."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from errand.webhooks.delivery import Status
from errand.webhooks.hints import Hint
from errand.webhooks.ledger import HELD, SENDS_MAX
from errand.webhooks.model import PATIENCE, Webhook, Why
from errand.webhooks.retries import ASKED_MAX, LASTS
from errand_testkit.people import ADA
from errand_testkit.webhooks import OK, Behaviour, Receiver, World, event, never, receiving, status

HOUR = 60 * 60 * 1000

type Test = Callable[[World, Receiver, Webhook], Coroutine[Any, Any, None]]


def run(test: Test, *behaviours: Behaviour, **fields: Any) -> World:
    """With a receiver that behaves so, and a webhook that leads to it."""
    world = World()

    async def begin() -> None:
        async with receiving(*behaviours) as receiver:
            await test(world, receiver, world.webhook(receiver.url, **fields))

    asyncio.run(begin())
    return world


async def told(world: World, **of_event: Any) -> Hint:
    """Of an event: the hint that looks after it."""
    world.fan_out(event(**of_event))
    [(hint, _is_patient)] = world.queues.take()
    return hint


def test_event_arrives_once_and_the_delivery_says_how() -> None:
    async def test(world: World, receiver: Receiver, webhook: Webhook) -> None:
        assert await world.deliver(await told(world)) == []
        [received] = receiver.received
        [delivery] = world.deliveries()
        assert received.path == "/hook?key=x"
        assert received.body == delivery.body
        assert received.id == delivery.id
        assert received.headers["content-type"] == "application/json"
        assert received.headers["host"] == f"127.0.0.1:{receiver.port}"
        assert (delivery.status, delivery.attempts) == (Status.DELIVERED, 1)
        assert (delivery.response_status, delivery.response) == (200, "thank you")
        assert (delivery.error, delivery.next_attempt_at, delivery.held_until) == (None, None, 0)
        assert delivery.latency_ms is not None
        assert world.queues.hints == []
        assert world.present(webhook) == webhook

    run(test, status(200, body=b"thank you"))


def test_delivery_comes_again_and_again_and_is_sent_once() -> None:
    async def test(world: World, receiver: Receiver, _: Webhook) -> None:
        hint = await told(world)
        for _number in range(3):
            assert await world.deliver(hint, hint) == []
        assert len(receiver.received) == 1

    run(test)


def test_what_was_not_accepted_is_tried_again_with_the_same_id() -> None:
    async def test(world: World, receiver: Receiver, webhook: Webhook) -> None:
        await world.deliver(await told(world))
        [(again, is_patient)] = world.queues.hints
        now = world.clock()
        assert (is_patient, again.attempts, again.not_before) == (True, 1, now + 5000)
        [delivery] = world.deliveries()
        assert (delivery.status, delivery.next_attempt_at) == (Status.PENDING, now + 5000)
        assert (delivery.error, delivery.response_status) == ("answered 500", 500)
        assert world.present(webhook).failing_since == now
        await world.go_on()
        [delivery] = world.deliveries()
        assert (delivery.status, delivery.attempts) == (Status.DELIVERED, 3)
        assert len(receiver.received) == 3
        assert {*receiver.ids} == {delivery.id}
        healed = world.present(webhook)
        assert (healed.failing_since, healed.failures, healed.quiet_until) == (None, 0, 0)
        # What its owner can see has changed twice.
        assert healed.version == webhook.version + 2

    run(test, status(500), status(503), OK)


def test_each_attempt_has_a_time_of_its_own() -> None:
    async def test(world: World, receiver: Receiver, _: Webhook) -> None:
        await world.deliver(await told(world))
        await world.go_on()
        first, second = (int(one.headers["webhook-timestamp"]) for one in receiver.received)
        assert second == first + 5

    run(test, status(500), OK)


def test_it_is_tried_for_a_day_less_and_less_often() -> None:
    async def test(world: World, receiver: Receiver, webhook: Webhook) -> None:
        begun = world.clock()
        await world.deliver(await told(world))
        await world.go_on()
        [delivery] = world.deliveries()
        assert (delivery.status, delivery.next_attempt_at) == (Status.FAILED, None)
        assert delivery.attempts == len(receiver.received) < 25
        assert delivery.last_attempt_at == begun + LASTS
        assert world.present(webhook).enabled

    run(test, status(500))


@pytest.mark.parametrize(
    ("asked", "wait"),
    [("120", 120_000), ("999999999", ASKED_MAX), ("-5", 5000), ("soon", 5000), ("1", 5000)],
)
def test_retry_after_is_honoured_as_far_as_it_makes_sense(asked: str, wait: int) -> None:
    async def test(world: World, _: Receiver, webhook: Webhook) -> None:
        await world.deliver(await told(world))
        [(again, _is_patient)] = world.queues.hints
        assert again.not_before == world.clock() + wait
        # What else there is for it waits as long.
        if wait > 5000:
            assert world.present(webhook).quiet_until == world.clock() + wait

    run(test, status(503, f"Retry-After: {asked}"))


def test_410_disables_with_one_mail() -> None:
    async def test(world: World, receiver: Receiver, webhook: Webhook) -> None:
        first, second = await told(world, event_id="1"), await told(world, event_id="2")
        await world.deliver(first)
        found = world.present(webhook)
        assert (found.enabled, found.disabled_reason) == (False, Why.GONE)
        assert [mail.webhook_id for mail in world.mails] == [webhook.id]
        await world.deliver(second)
        assert len(receiver.received) == len(world.mails) == 1
        assert [one.status for one in world.deliveries()] == [Status.FAILED] * 2
        assert world.queues.hints == []

    run(test, status(410))


def test_five_days_of_failure_disable_with_one_mail() -> None:
    async def test(world: World, _: Receiver, webhook: Webhook) -> None:
        await world.deliver(await told(world, event_id="1"))
        world.queues.take()
        world.clock.now += PATIENCE - 1000
        await world.deliver(await told(world, event_id="2"), is_patient=True)
        assert world.present(webhook).enabled
        world.queues.take()
        world.clock.now += 10 * 60 * 1000
        await world.deliver(await told(world, event_id="3"), is_patient=True)
        found = world.present(webhook)
        assert (found.enabled, found.disabled_reason) == (False, Why.FAILING)
        assert len(world.mails) == 1
        assert world.queues.hints == []

    run(test, status(500))


def test_mail_that_a_worker_did_not_get_to_is_sent_by_the_next() -> None:
    async def test(world: World, _: Receiver, webhook: Webhook) -> None:
        hint = await told(world)
        world.book.disable(webhook, Why.GONE)
        for _time in range(2):
            await world.deliver(hint)
        assert len(world.mails) == 1

    run(test)


def test_failing_receiver_gets_one_attempt_at_a_time() -> None:
    async def test(world: World, receiver: Receiver, webhook: Webhook) -> None:
        hints = [await told(world, event_id=str(number)) for number in range(5)]
        await world.deliver(hints[0])
        world.queues.take()
        world.clock.now = world.present(webhook).quiet_until
        assert await world.deliver(*hints[1:], is_patient=True) == []
        assert len(receiver.received) == 2
        # The others wait, and nothing is lost of them.
        waiting = [hint for hint, _ in world.queues.take() if not hint.attempts]
        assert len(waiting) == 3
        assert all(hint.not_before > world.clock() for hint in waiting)

    run(test, status(500))


def test_what_has_waited_for_a_day_is_given_up_without_an_attempt() -> None:
    async def test(world: World, receiver: Receiver, webhook: Webhook) -> None:
        hint = await told(world)
        world.book.failed(webhook, now=world.clock())
        failing = world.present(webhook)
        world.clock.now += LASTS
        assert world.book.may_probe(failing, now=world.clock())
        await world.deliver(hint, is_patient=True)
        assert receiver.received == []
        [delivery] = world.deliveries()
        assert (delivery.status, delivery.error) == (
            Status.FAILED,
            "the receiver failed for 24 hours",
        )

    run(test)


def test_hint_that_comes_too_early_goes_back() -> None:
    async def test(world: World, receiver: Receiver, _: Webhook) -> None:
        hint = (await told(world)).at(world.clock() + HOUR)
        await world.deliver(hint)
        assert receiver.received == []
        assert world.queues.hints == [(hint, False)]

    run(test)


def test_prompt_worker_leaves_a_troubled_receiver_to_the_patient() -> None:
    async def test(world: World, receiver: Receiver, webhook: Webhook) -> None:
        hint = await told(world)
        world.book.is_slow(webhook, now=world.clock())
        await world.deliver(hint)
        assert receiver.received == []
        assert world.queues.take() == [(hint, True)]
        await world.deliver(hint, is_patient=True)
        assert len(receiver.received) == 1

    run(test)


def test_receiver_that_is_slow_is_marked_while_it_is_waited_for() -> None:
    async def test(world: World, _: Receiver, webhook: Webhook) -> None:
        await world.deliver(await told(world), seconds=0.2, slow_after=0.01)
        found = world.present(webhook)
        assert found.slow_until > world.clock()
        [delivery] = world.deliveries()
        assert delivery.error == "timed out"

    run(test, never)


def test_one_that_hangs_holds_up_no_other_of_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(world: World, receiver: Receiver, _: Webhook) -> None:
        async with receiving(never) as hanging:
            world.webhook(hanging.url)
            world.fan_out(event())
            hints = [hint for hint, _ in world.queues.take()]
            arrived = asyncio.Event()
            # Called when the other's delivery is told of.
            monkeypatch.setattr(world.ledger, "leave_line", lambda _: arrived.set())
            working = asyncio.ensure_future(world.deliver(*hints, seconds=30))
            await arrived.wait()
            assert not working.done()
            working.cancel()
        assert len(receiver.received) == 1

    run(test)


def test_worker_that_ends_amid_an_attempt_loses_nothing() -> None:
    async def test(world: World, receiver: Receiver, _: Webhook) -> None:
        hint = await told(world)
        working = asyncio.ensure_future(world.deliver(hint, seconds=30))
        await receiver.heard.wait()
        working.cancel()
        # Its message comes again; until the attempt must be over nobody makes another.
        await world.deliver(hint)
        [(waiting, _is_patient)] = world.queues.hints
        assert waiting.not_before == world.clock() + HELD
        await world.go_on()
        assert world.deliveries()[0].status is Status.DELIVERED
        assert len({*receiver.ids}) == 1

    run(test, never, OK)


def test_worker_that_ends_before_it_tells_tries_again_with_the_same_id(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def test(world: World, receiver: Receiver, _: Webhook) -> None:
        hint = await told(world)
        tell = world.ledger.tell

        def fail(*_: object) -> None:
            raise ClientError({"Error": {"Code": "Throttling", "Message": ""}}, "UpdateItem")

        monkeypatch.setattr(world.ledger, "tell", fail)
        assert await world.deliver(hint) == ["0"]
        monkeypatch.setattr(world.ledger, "tell", tell)
        await world.deliver(hint)
        await world.go_on()
        assert world.deliveries()[0].status is Status.DELIVERED
        assert len(receiver.received) == 2
        assert len({*receiver.ids}) == 1

    run(test)


def test_hint_of_long_ago_does_nothing() -> None:
    async def test(world: World, receiver: Receiver, _: Webhook) -> None:
        hint = await told(world)
        await world.deliver(hint)
        assert len(world.queues.hints) == 1
        await world.deliver(hint, is_patient=True)
        # It waits for what its successor waits for, or ends: there are never more of them.
        await world.go_on()
        assert len(receiver.received) == 2

    run(test, status(500), OK)


def test_webhook_that_was_deleted_or_disabled_gets_nothing_more() -> None:
    async def test(world: World, receiver: Receiver, webhook: Webhook) -> None:
        hint = await told(world)
        world.webhook(receiver.url, id=webhook.id, enabled=False)
        await world.deliver(hint)
        assert world.deliveries()[0].error == "the webhook is disabled"
        world.dynamodb.items["DataTable"].clear()
        assert await world.deliver(hint) == []
        assert receiver.received == []

    run(test)


def test_beyond_its_rate_an_account_waits_for_the_next_minute() -> None:
    async def test(world: World, receiver: Receiver, _: Webhook) -> None:
        hints = [await told(world, event_id=str(number)) for number in range(3)]
        world.ledger.too_many(ADA.id, wanted=SENDS_MAX - 2, now=world.clock())
        await world.deliver(*hints)
        assert len(receiver.received) == 2
        [(late, _is_patient)] = world.queues.hints
        assert late.not_before > world.clock()
        assert late.not_before % 60_000 == 30_000
        await world.go_on()
        assert len(receiver.received) == 3

    run(test)


@pytest.mark.parametrize(
    "body", ["", "{}", '{"version": "1"}', '{"version": "1", "user_id": "me"}']
)
def test_what_is_no_hint_goes_to_the_dead_letters(body: str) -> None:
    async def test(world: World, receiver: Receiver, _: Webhook) -> None:
        hint = await told(world)
        assert await world.deliver(hint, raw=[body]) == []
        assert world.buried[0][0] == body
        assert len(receiver.received) == 1

    run(test)


# ------------------------------------------------------------------------------------ one by one


async def _line(world: World, *sequences: int) -> list[Hint]:
    """Hints of events with these numbers, in the order in which they came."""
    return [await told(world, event_id=f"event {number}", sequence=number) for number in sequences]


def _sequences(receiver: Receiver) -> list[int]:
    return [json.loads(one.body)["sequence"] for one in receiver.received]


def test_in_order_means_by_the_accounts_numbers() -> None:
    async def test(world: World, receiver: Receiver, _: Webhook) -> None:
        hints = await _line(world, 12, 9, 100, 10)
        world.clock.now = max(hint.not_before for hint in hints)
        for hint in hints:
            await world.deliver(hint)
        assert _sequences(receiver) == [9, 10, 12, 100]
        assert {one.status for one in world.deliveries()} == {Status.DELIVERED}
        assert (world.places(), world.queues.hints) == (0, [])

    run(test, in_order=True)


def test_what_comes_later_waits_for_what_has_not_arrived() -> None:
    async def test(world: World, receiver: Receiver, _: Webhook) -> None:
        hints = await _line(world, 1, 2, 3)
        world.clock.now = hints[0].not_before
        await world.deliver(*hints)
        assert _sequences(receiver) == [1]
        await world.go_on()
        assert _sequences(receiver) == [1, 1, 1, 2, 3]
        assert world.places() == 0

    run(test, status(500), status(500), OK, in_order=True)


def test_line_goes_on_behind_what_was_given_up() -> None:
    async def test(world: World, receiver: Receiver, _: Webhook) -> None:
        hints = await _line(world, 1, 2)
        world.clock.now = hints[0].not_before
        receiver.behaviours = [status(500)]
        await world.deliver(*hints)
        await world.go_on(until=hints[0].ends_at - 1)
        assert {*_sequences(receiver)} == {1}
        receiver.behaviours = [status(500), OK]
        await world.go_on()
        statuses = [one.status for one in sorted(world.deliveries(), key=lambda one: one.event_id)]
        assert statuses[0] is Status.FAILED
        assert Status.PENDING not in statuses
        assert world.places() == 0

    run(test, in_order=True)


def test_worker_that_ends_in_the_line_loses_nothing() -> None:
    async def test(world: World, receiver: Receiver, _: Webhook) -> None:
        hints = await _line(world, 1, 2)
        world.clock.now = hints[0].not_before
        working = asyncio.ensure_future(world.deliver(hints[0], seconds=30))
        await receiver.heard.wait()
        working.cancel()
        await world.deliver(*hints)
        await world.go_on()
        assert _sequences(receiver) == [1, 1, 2]
        assert world.places() == 0

    run(test, never, OK, in_order=True)


def test_what_is_sent_once_more_goes_past_the_line() -> None:
    async def test(world: World, receiver: Receiver, _: Webhook) -> None:
        [hint] = await _line(world, 1)
        world.clock.now = hint.not_before
        await world.deliver(hint)
        [delivery] = world.deliveries()
        again: dict[str, Any] = {"status": Status.PENDING, "place": None}
        world.ledger.tell(delivery, again)
        await world.deliver(Hint.of(replace(delivery, **again)))
        assert _sequences(receiver) == [1, 1]

    run(test, in_order=True)
