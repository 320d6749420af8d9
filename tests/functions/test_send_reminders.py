"""The queue of reminders: each is on the bus, and asked to be mailed, once."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from moto import mock_aws

import send_reminders
from errand.aws import client
from errand.clock import system_clock
from errand.ids import new_id
from errand.records import kept
from errand.reminding.requests import TimeToRemind
from errand.storage.kinds import ACCOUNT, TASK
from errand.storage.plain import attributes
from errand.tasks.model import Task
from errand.tasks.reminders import Reminder
from errand_testkit.people import ADA
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


def test_poison_fails_alone(mails: Callable[[], list[Any]]) -> None:
    assert work("nonsense", due().encoded(), '{"version": "1"}') == ["0", "2"]
    assert len(mails()) == 1


def test_nothing_personal_is_logged(
    mails: Callable[[], list[Any]], caplog: pytest.LogCaptureFixture
) -> None:
    work(due().encoded(), "nonsense")
    assert mails()
    assert not any(word in caplog.text for word in ("milk", ADA.id, "example.com"))
