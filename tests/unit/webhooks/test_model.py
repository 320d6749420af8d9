"""What a webhook wants, who signs for it, and what it forgets."""

from dataclasses import replace
from itertools import pairwise

import pytest

from errand.events.schema import EventType
from errand.ids import is_id, new_id
from errand.webhooks.delivery import Delivery, delivery_id, place_of
from errand.webhooks.model import OVERLAP_MAX, PATIENCE, Subscribed, Webhook, Why

NOW = 1_795_336_200_000
HOUR = 60 * 60 * 1000
WEBHOOK = Webhook.new(new_id(), new_id(), {"url": "https://hooks.example.com/"}, now=NOW)


def test_secret_is_random_and_in_no_repr() -> None:
    other = Webhook.new(new_id(), new_id(), {"url": WEBHOOK.url}, now=NOW)
    assert len(WEBHOOK.secret) == 32
    assert WEBHOOK.secret != other.secret
    assert str(WEBHOOK.secret) not in repr(WEBHOOK)


def test_rotated_secret_signs_first_and_the_old_one_for_as_long_as_was_asked() -> None:
    rotated = WEBHOOK.rotated(overlap=2, now=NOW)
    assert rotated.secrets(NOW + 2 * HOUR - 1) == (rotated.secret, WEBHOOK.secret)
    assert rotated.secrets(NOW + 2 * HOUR) == (rotated.secret,)
    assert (rotated.version, rotated.updated_at) == (2, NOW + 1)


def test_secret_that_has_leaked_signs_no_more() -> None:
    rotated = WEBHOOK.rotated(overlap=OVERLAP_MAX, now=NOW).rotated(overlap=0, now=NOW)
    assert rotated.secrets(NOW) == (rotated.secret,)
    assert (rotated.previous_secret, rotated.previous_secret_until) == (None, None)


def test_enabling_forgets_what_went_wrong() -> None:
    lost = replace(
        WEBHOOK,
        enabled=False,
        disabled_reason=Why.FAILING,
        failing_since=NOW,
        failures=9,
        quiet_until=NOW + HOUR,
        slow_until=NOW + HOUR,
        owes_mail=True,
    )
    enabled = lost.changed({"enabled": True}, now=NOW + HOUR)
    fresh = replace(WEBHOOK, confirmed_at=NOW + HOUR, updated_at=NOW + HOUR, version=2)
    assert enabled == fresh
    renamed = lost.changed({"name": "Chat"}, now=NOW + HOUR)
    assert (renamed.failing_since, renamed.confirmed_at) == (NOW, NOW)


def test_failing_receiver_is_left_alone_for_longer_each_time() -> None:
    waits = [
        replace(WEBHOOK, failures=failures).quiet_after_failure(now=0) for failures in range(300)
    ]
    assert (waits[0], waits[1], waits[-1]) == (2000, 4000, 300_000)
    assert all(sooner <= later for sooner, later in pairwise(waits))
    assert WEBHOOK.quiet_after_failure(now=0, asked=HOUR) == HOUR


def test_receiver_is_lost_after_five_days() -> None:
    failing = replace(WEBHOOK, failing_since=NOW)
    assert not failing.is_lost(NOW + PATIENCE - 1)
    assert failing.is_lost(NOW + PATIENCE)
    assert not WEBHOOK.is_lost(NOW + PATIENCE)


@pytest.mark.parametrize(
    ("events", "project_id", "is_wanted"),
    [
        ((), None, True),
        (("task.created",), None, True),
        (("task.deleted",), None, False),
        ((), "inbox", True),
        ((), "other", False),
    ],
)
def test_what_it_wants(events: tuple[str, ...], project_id: str | None, *, is_wanted: bool) -> None:
    webhook = replace(WEBHOOK, events=events, project_id=project_id)
    is_told = webhook.names("task.created") and webhook.is_of(frozenset({"inbox"}))
    assert is_told is is_wanted


def test_id_of_a_delivery_is_that_of_its_event_and_webhook() -> None:
    first = delivery_id("event", WEBHOOK.id, at=NOW)
    assert is_id(first)
    assert first == delivery_id("event", WEBHOOK.id, at=NOW)
    others = {
        delivery_id("another", WEBHOOK.id, at=NOW),
        delivery_id("event", new_id(), at=NOW),
        delivery_id("event", WEBHOOK.id, at=NOW + 1),
    }
    assert len(others | {first}) == 4
    assert first < delivery_id("event", WEBHOOK.id, at=NOW + 1)


def test_places_sort_as_numbers_do() -> None:
    places = [place_of(number) for number in (1, 9, 10, 10**9)]
    assert places == sorted(places)


def test_beginning_of_the_request_is_shown_even_if_a_character_is_cut() -> None:
    body = ("x" * 2047 + "ü" + "y").encode()
    delivery = Delivery.new(
        user_id=new_id(),
        webhook_id=WEBHOOK.id,
        event_id="1",
        event_type="task.created",
        at=NOW,
        body=body,
        now=NOW,
    )
    assert delivery.request == "x" * 2047 + "\ufffd"


def test_every_event_that_is_not_about_an_account_can_be_asked_for() -> None:
    assert {*map(str, Subscribed)} == {str(one) for one in EventType if not one.startswith("user.")}
