"""Which webhooks are told of what, once for each event, however often it comes."""

import json
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from errand.errors import StorageUnavailable
from errand.ids import new_id
from errand.storage.kinds import TASK, TRASHED, Kind
from errand.tasks.model import Task, Trashed
from errand.webhooks.delivery import Status, delivery_id
from errand.webhooks.model import Webhook, Why
from errand_testkit.people import ADA, NOW
from errand_testkit.webhooks import World, event


@pytest.fixture
def world() -> World:
    return World()


def test_each_webhook_gets_a_delivery_and_a_hint_of_its_own(world: World) -> None:
    webhooks = [world.webhook(), world.webhook()]
    assert world.fan_out(event()) == []
    deliveries = world.deliveries()
    assert {one.webhook_id for one in deliveries} == {one.id for one in webhooks}
    assert {hint.delivery_id for hint, _ in world.queues.hints} == {one.id for one in deliveries}
    for one in deliveries:
        assert (one.status, one.attempts, one.event_type) == (Status.PENDING, 0, "task.created")


def test_body_is_what_standard_webhooks_asks_for(world: World) -> None:
    world.webhook()
    world.fan_out(event(sequence=7))
    assert json.loads(world.deliveries()[0].body) == {
        "type": "task.created",
        "timestamp": "2026-11-22T08:30:00.000Z",
        "id": "9e58d01912745ce7965960e1114ff7b6",
        "subject": f"users/{ADA.id}/tasks/06h04oaa3dpa700lnaafu6cr44",
        "data": json.loads(event())["detail"]["data"],
        "sequence": 7,
    }


@pytest.mark.parametrize(
    ("fields", "is_told"),
    [
        ({}, True),
        ({"events": ("task.created", "task.deleted")}, True),
        ({"events": ("task.deleted",)}, False),
        ({"project_id": "inbox"}, True),
        ({"project_id": "06h04oaa3dpa700lnaafu6cr44"}, False),
        ({"enabled": False}, False),
    ],
    ids=str,
)
def test_webhook_is_told_what_it_asks_for(
    world: World, fields: dict[str, Any], *, is_told: bool
) -> None:
    world.webhook(**fields)
    world.fan_out(event())
    assert bool(world.deliveries()) == bool(world.queues.hints) == is_told


def test_task_that_leaves_a_project_is_told_to_whom_the_project_is_for(world: World) -> None:
    world.webhook(project_id="06h04oaa3dpa700lnaafu6cr44")
    old, new = {"project_id": "06h04oaa3dpa700lnaafu6cr44"}, {"project_id": "inbox"}
    world.fan_out(event("task.updated", data={"old": old, "new": new}))
    assert len(world.deliveries()) == 1


def test_project_itself_is_told_to_whom_it_is_for(world: World) -> None:
    project = "06h04oaa3dpa700lnaafu6cr44"
    world.webhook(project_id=project)
    below = f"users/{ADA.id}/projects/{project}"
    data = {"old": {"name": "Home"}, "new": {"id": project, "name": "House"}}
    world.fan_out(event("project.updated", event_id="1", subject=below, data=data))
    assert [one.event_type for one in world.deliveries()] == ["project.updated"]


HOME, WORK = "06h04oaa3dpa700lnaafu6cr44", "06h04oirhdpa7019g623cic4ds"


def commented(task_id: str, user_id: str = ADA.id) -> str:
    """The event of a comment on a task, which tells the task alone."""
    data = {"old": None, "new": {"id": HOME, "task_id": task_id, "text": "None left"}, "by": None}
    subject = f"users/{user_id}/tasks/{task_id}/comments/{HOME}"
    return event("comment.created", subject=subject, data=data)


@pytest.mark.parametrize("place", [TASK, TRASHED], ids=["open", "in the trash"])
def test_comment_is_told_to_whom_the_project_of_its_task_is_for(world: World, place: Kind) -> None:
    task = Task.new(new_id(), {"title": "Buy milk", "project_id": HOME}, now=NOW)
    record = task if place is TASK else Trashed.of(task, now=NOW)
    world.tables.put(place, place.key(ADA.id, task.id), record)
    home, everything, _ = (world.webhook(project_id=project) for project in (HOME, None, WORK))
    assert world.fan_out(commented(task.id)) == []
    assert {one.webhook_id for one in world.deliveries()} == {home.id, everything.id}


def test_comment_on_what_is_gone_for_good_is_told_to_whom_all_is_for(world: World) -> None:
    _, everything = world.webhook(project_id=HOME), world.webhook()
    assert world.fan_out(commented(new_id())) == []
    assert [one.webhook_id for one in world.deliveries()] == [everything.id]


def test_task_of_a_comment_is_looked_up_only_if_a_project_is_asked_for(world: World) -> None:
    world.webhook()
    world.webhook(project_id=HOME, events=("task.created",))
    world.dynamodb.operations.clear()
    world.fan_out(commented(new_id()))
    # The webhooks, the account, and the delivery.
    assert world.dynamodb.operations == ["Query", "GetItem", "PutItem"]


def test_comment_whose_task_cannot_be_looked_up_comes_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "No"}}, "GetItem")

    world.webhook(project_id=HOME)
    monkeypatch.setattr(world.tables, "get", fail)
    assert world.fan_out(commented(new_id())) == ["0"]
    assert world.deliveries() == []


def test_reminder_has_no_number_and_stands_in_no_line(world: World) -> None:
    world.webhook(in_order=True)
    world.fan_out(event("reminder.due", sequence=None))
    [delivery] = world.deliveries()
    assert (delivery.place, world.places()) == (None, 0)
    assert "sequence" not in json.loads(delivery.body)
    assert world.queues.hints[0][0].not_before == 0


def test_repeated_event_makes_the_same_delivery_again(world: World) -> None:
    webhook = world.webhook()
    for _ in range(3):
        assert world.fan_out(event(), event()) == []
    [delivery] = world.deliveries()
    at = 1_795_336_200_000
    assert delivery.id == delivery_id("9e58d01912745ce7965960e1114ff7b6", webhook.id, at=at)
    # Each looks after the same one: the first that is taken sends it.
    assert {hint.delivery_id for hint, _ in world.queues.hints} == {delivery.id}


def test_what_was_delivered_is_not_sent_again(world: World) -> None:
    world.webhook()
    world.fan_out(event())
    world.queues.take()
    world.ledger.tell(world.deliveries()[0], {"status": Status.DELIVERED})
    assert world.fan_out(event()) == []
    assert world.queues.hints == []


def test_hints_that_were_lost_come_with_the_repetition(world: World) -> None:
    world.webhook()
    world.queues.errors = [StorageUnavailable()]
    assert world.fan_out(event()) == ["0"]
    assert world.queues.hints == []
    assert world.fan_out(event()) == []
    assert len(world.queues.hints) == len(world.deliveries()) == 1


def test_receivers_that_are_slow_or_fail_are_left_to_the_patient(world: World) -> None:
    now = world.clock()
    patient = {
        world.webhook(failing_since=now).id,
        world.webhook(slow_until=now + 1).id,
    }
    world.webhook(slow_until=now)
    world.fan_out(event())
    assert {hint.webhook_id for hint, is_patient in world.queues.hints if is_patient} == patient
    assert len(world.queues.hints) == 3


@pytest.mark.parametrize("changes", [{"disabled": True}, {"tokens_from": 1_795_336_200_000}])
def test_account_that_is_locked_or_was_recovered_is_told_nothing(
    world: World, changes: dict[str, Any]
) -> None:
    webhook = world.webhook()
    world.account(replace(ADA, **changes))
    assert world.fan_out(event()) == []
    assert (world.deliveries(), world.queues.hints) == ([], [])
    assert world.present(webhook).enabled is ("disabled" in changes)


def test_webhook_of_before_all_credentials_ended_is_disabled_until_somebody_confirms_it(
    world: World,
) -> None:
    webhook = world.webhook()
    world.account(replace(ADA, tokens_from=world.clock()))
    world.fan_out(event())
    found = world.present(webhook)
    assert (found.disabled_reason, found.owes_mail) == (Why.CREDENTIALS_ENDED, False)
    confirmed = found.changed({"enabled": True}, now=world.clock() + 1)
    assert (confirmed.disabled_reason, confirmed.has_ended(ADA)) == (None, False)


def test_account_that_is_gone_is_told_nothing(world: World) -> None:
    world.webhook()
    assert world.fan_out(event(user_id="06h04o2vndpa700bqsem70d6f4")) == []
    assert world.deliveries() == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "[" * 100_000,
        json.dumps({"source": "somebody", "detail": {}}),
        event(version="1"),
        event(specversion="0.3"),
        event(subject="tasks/1"),
        event(subject="users/nobody"),
        event(id=""),
        event(id="x" * 300),
        event(time="yesterday"),
        event(time="2026-11-22T08:30:00"),
        event(data=[]),
        event(sequence=True),
        event(sequence=-1),
        event(sequence="1"),
        event(data={"new": {"title": "\ud800"}}),
        event().replace('"detail-type": "task.created"', '"detail-type": "task.deleted"'),
    ],
    ids=lambda body: ascii(body)[:30],
)
def test_what_is_no_event_goes_to_the_dead_letters_and_holds_up_nobody(
    world: World, body: str
) -> None:
    world.webhook()
    assert world.fan_out(body, event()) == []
    [(letter, _)] = world.buried
    assert letter == body
    assert len(world.deliveries()) == 1


def test_event_whose_webhooks_cannot_be_read_comes_again_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.webhook()
    other = "06h04o2vndpa700bqsem70d6f4"
    read = world.book.of

    def fail(user_id: str) -> list[Webhook]:
        if user_id == other:
            raise ClientError({"Error": {"Code": "Throttling", "Message": ""}}, "Query")
        return read(user_id)

    monkeypatch.setattr(world.book, "of", fail)
    assert world.fan_out(event(user_id=other), event()) == ["0"]
    assert len(world.queues.hints) == 1
