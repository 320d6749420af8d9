"""The queue of reminders: each is on the bus, asked to be mailed and to be shown, once."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from moto import mock_aws

import send_reminders
from errand.aws import client
from errand.clock import system_clock
from errand.ids import new_id
from errand.push.model import Subscription
from errand.push.requests import KeyWanted, Notice, decode
from errand.records import kept
from errand.reminding.requests import TimeToRemind
from errand.storage.kinds import ACCOUNT, SUBSCRIPTION, TASK, attributes
from errand.tasks.model import Task
from errand.tasks.reminders import Reminder
from errand_testkit.people import ADA
from errand_testkit.push import ENDPOINT, REGISTRATION
from errand_testkit.template import table_properties
from send_reminders import handler


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[Any]]]:
    """What is on the queue of mails."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        dynamodb = client("dynamodb", read_timeout=1)
        for name in ("DataTable", "EphemeralTable"):
            dynamodb.create_table(**table_properties(name))
        client("events", read_timeout=1).create_event_bus(Name="errand")
        sqs: Any = client("sqs", read_timeout=1)
        queue = sqs.create_queue(QueueName="mails")["QueueUrl"]
        for name, value in {
            "ERRAND_DATA_TABLE": "DataTable",
            "ERRAND_EPHEMERAL_TABLE": "EphemeralTable",
            "ERRAND_EVENT_BUS": "errand",
            "ERRAND_MAIL_QUEUE_URL": queue,
            "ERRAND_PUSH_QUEUE_URL": sqs.create_queue(QueueName="push")["QueueUrl"],
        }.items():
            monkeypatch.setenv(name, value)
        account = replace(ADA, email_verified=True)
        item = {**kept(account), **attributes(ACCOUNT.key(ADA.id))}
        dynamodb.put_item(TableName="DataTable", Item=item)
        send_reminders.worker.cache_clear()
        yield lambda: [
            json.loads(one["Body"])
            for one in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get(
                "Messages", []
            )
        ]
    send_reminders.worker.cache_clear()


def due() -> TimeToRemind:
    now = system_clock()
    fields = {"title": "Buy milk", "reminders": (Reminder(at=now),)}
    task = Task.new(new_id(), fields, now=now)
    item = {**kept(task), **attributes(TASK.key(ADA.id, task.id))}
    client("dynamodb", read_timeout=1).put_item(TableName="DataTable", Item=item)
    return TimeToRemind(user_id=ADA.id, task_id=task.id, at=now)


def work(*bodies: str) -> list[str]:
    records = [{"messageId": str(place), "body": body} for place, body in enumerate(bodies)]
    answer = handler({"Records": records}, None)
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def test_one_mail_for_each_however_often(mails: Callable[[], list[Any]]) -> None:
    first, second = due(), due()
    assert work(first.encoded(), second.encoded(), first.encoded()) == []
    assert work(second.encoded()) == []
    assert sorted(mail["request_id"] for mail in mails()) == sorted([first.id, second.id])


def pushed() -> list[Notice | KeyWanted]:
    """What is on the queue of browsers."""
    sqs: Any = client("sqs", read_timeout=1)
    url = os.environ["ERRAND_PUSH_QUEUE_URL"]
    taken = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [decode(one["Body"]) for one in taken]


def subscribe(number: int) -> Subscription:
    said = replace(REGISTRATION, endpoint=f"{ENDPOINT}{number}")
    now = system_clock()
    one = Subscription.of(said, user_id=ADA.id, session_id=new_id(), now=now)
    item = {**kept(one), **attributes(SUBSCRIPTION.key(ADA.id, one.id))}
    client("dynamodb", read_timeout=1).put_item(TableName="EphemeralTable", Item=item)
    return one


@pytest.mark.deep
@pytest.mark.usefixtures("mails")
def test_each_browser_is_on_its_queue_once_however_often() -> None:
    ids = {subscribe(number).id for number in range(12)}
    when = due()
    assert work(when.encoded(), when.encoded()) == []
    assert work(when.encoded()) == []
    notices = [*pushed(), *pushed()]
    assert all(isinstance(one, Notice) and one.when == when for one in notices)
    assert {one.subscription_id for one in notices if isinstance(one, Notice)} == ids
    assert len(notices) == len(ids)


@pytest.mark.usefixtures("mails")
def test_nothing_is_sent_to_browsers_where_there_are_none() -> None:
    assert work(due().encoded()) == []
    assert pushed() == []


@pytest.mark.usefixtures("mails")
def test_nothing_is_sent_to_browsers_whose_owner_wants_none() -> None:
    subscribe(1)
    item = {**kept(replace(ADA, reminder_push=False)), **attributes(ACCOUNT.key(ADA.id))}
    client("dynamodb", read_timeout=1).put_item(TableName="DataTable", Item=item)
    assert work(due().encoded()) == []
    assert pushed() == []


def test_deployment_without_push_services_sends_mails(
    mails: Callable[[], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(1)
    url = os.environ["ERRAND_PUSH_QUEUE_URL"]
    monkeypatch.setenv("ERRAND_PUSH_QUEUE_URL", "")
    send_reminders.worker.cache_clear()
    assert work(due().encoded()) == []
    monkeypatch.setenv("ERRAND_PUSH_QUEUE_URL", url)
    assert (len(mails()), pushed()) == (1, [])


def test_poison_fails_alone(mails: Callable[[], list[Any]]) -> None:
    assert work("nonsense", due().encoded(), '{"version": "1"}') == ["0", "2"]
    assert len(mails()) == 1


def test_nothing_personal_is_logged(
    mails: Callable[[], list[Any]], caplog: pytest.LogCaptureFixture
) -> None:
    work(due().encoded(), "nonsense")
    assert mails()
    assert not any(word in caplog.text for word in ("milk", ADA.id, "example.com"))
