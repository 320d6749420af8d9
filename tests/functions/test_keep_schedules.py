"""The queue of events that move reminders, and the schedules that Scheduler has in the end."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

import keep_schedules
from errand.aws import client
from errand.clock import system_clock
from errand.codecs import instant
from errand.records import kept
from errand.storage.kinds import ACCOUNT, TASK, attributes
from errand.tasks.due import Due
from errand.tasks.model import Task
from errand.tasks.reminders import Reminder
from errand_testkit.event_samples import ADA as ADA_ID
from errand_testkit.event_samples import MILK, PLANTS
from errand_testkit.people import ADA
from errand_testkit.template import table_properties
from keep_schedules import handler

EVENTS = Path(__file__).parents[2] / "events"
HOUR = 3_600_000


class Context:
    """`looks`: how often there is time left."""

    def __init__(self, looks: int = 100) -> None:
        self._looks = looks

    def get_remaining_time_in_millis(self) -> int:
        self._looks -= 1
        return 60_000 if self._looks >= 0 else 0


@pytest.fixture
def on_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[str]]]:
    """The names of all schedules."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        client("dynamodb", read_timeout=1).create_table(**table_properties("DataTable"))
        sqs: Any = client("sqs", read_timeout=1)
        queue = sqs.create_queue(QueueName="schedules")["QueueUrl"]
        arn = "arn:aws:sqs:eu-central-1:123456789012:reminders"
        scheduler = client("scheduler", read_timeout=1)
        scheduler.create_schedule_group(Name="errand-reminders")
        for name, value in {
            "ERRAND_DATA_TABLE": "DataTable",
            "ERRAND_SCHEDULE_QUEUE_URL": queue,
            "ERRAND_SCHEDULE_GROUP": "errand-reminders",
            "ERRAND_REMINDER_QUEUE_ARN": arn,
            "ERRAND_DIGEST_QUEUE_ARN": arn.replace("reminders", "digests"),
            "ERRAND_SCHEDULER_ROLE_ARN": "arn:aws:iam::123456789012:role/scheduler",
        }.items():
            monkeypatch.setenv(name, value)
        keep_schedules.worker.cache_clear()
        yield lambda: [
            one["Name"]
            for one in scheduler.list_schedules(GroupName="errand-reminders")["Schedules"]
        ]
    keep_schedules.worker.cache_clear()


def store(task: Task) -> None:
    dynamodb = client("dynamodb", read_timeout=1)
    account = {**kept(ADA), **attributes(ACCOUNT.key(ADA_ID))}
    for item in (account, {**kept(task), **attributes(TASK.key(ADA_ID, task.id))}):
        dynamodb.put_item(TableName="DataTable", Item=item)


def reminded(task_id: str, *at: int) -> Task:
    reminders = tuple(Reminder(at=one) for one in at)
    return Task.new(task_id, {"title": "Buy milk", "reminders": reminders}, now=system_clock())


def message(sample: str, **reminders: Any) -> dict[str, Any]:
    content = json.loads((EVENTS / f"bus-{sample}.json").read_text())
    for view in ("old", "new"):
        if view in reminders:
            content["detail"]["data"][view]["reminders"] = reminders[view]
    return {"messageId": sample, "body": json.dumps(content)}


def work(*messages: dict[str, Any], looks: int = 100) -> list[str]:
    answer = handler({"Records": list(messages)}, Context(looks))
    return [one["itemIdentifier"] for one in answer["batchItemFailures"]]


def without(sample: str) -> dict[str, Any]:
    """No reminders, where it has any."""
    data = json.loads((EVENTS / f"bus-{sample}.json").read_text())["detail"]["data"]
    return {view: [] for view in ("old", "new") if data[view] is not None}


SOME = [{"type": "absolute", "at": "2026-12-24T10:00:00.000Z"}]


def test_schedules_are_what_the_task_asks_for(on_aws: Callable[[], list[str]]) -> None:
    at = system_clock() + HOUR
    store(reminded(MILK, at, at + HOUR))
    for _ in range(2):
        assert work(message("task-created", new=SOME)) == []
        assert sorted(on_aws()) == [f"{MILK}-{at}", f"{MILK}-{at + HOUR}"]
    schedule = client("scheduler", read_timeout=1).get_schedule(
        GroupName="errand-reminders", Name=f"{MILK}-{at}"
    )
    assert schedule["ActionAfterCompletion"] == "DELETE"
    assert json.loads(schedule["Target"]["Input"])["at"] == at
    store(reminded(MILK))
    assert work(message("task-updated", old=SOME)) == []
    assert on_aws() == []


def test_tasks_without_reminders_are_not_looked_at(on_aws: Callable[[], list[str]]) -> None:
    store(reminded(MILK, system_clock() + HOUR))
    names = ("task-created", "task-updated", "task-deleted")
    none = [message(name, **without(name)) for name in names]
    assert work(*none) == []
    assert on_aws() == []


def test_moment_that_has_just_passed_is_soon(on_aws: Callable[[], list[str]]) -> None:
    at = system_clock() - 1000
    store(reminded(PLANTS, at))
    event = message("task-created", new=SOME)
    assert work({**event, "body": event["body"].replace(MILK, PLANTS)}) == []
    assert on_aws() == [f"{PLANTS}-{at}"]


def test_zone_that_changed_goes_on_in_another_message(
    on_aws: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("errand.reminding.keeping._PAGE", 1)
    for task_id in (MILK, PLANTS):
        local = Reminder(before="due", minutes=60)
        store(replace(reminded(task_id), due=Due.of("2099-12-24"), reminders=(local,)))
    queue = os.environ["ERRAND_SCHEDULE_QUEUE_URL"]
    sqs: Any = client("sqs", read_timeout=1)
    assert work(message("user-updated"), looks=0) == []
    assert len(on_aws()) == 1
    [more] = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert work({"messageId": "more", "body": more["Body"]}, looks=1) == []
    assert len(on_aws()) == 2


def test_moment_that_passed_before_it_was_heard_of_is_soon(on_aws: Callable[[], list[str]]) -> None:
    now = system_clock()
    store(reminded(MILK, now - 2 * HOUR, now - HOUR))
    event = message("task-created", new=SOME)
    content = json.loads(event["body"])
    content["detail"]["time"] = instant(now - HOUR - 1000)
    assert work({**event, "body": json.dumps(content)}) == []
    assert on_aws() == [f"{MILK}-{now - HOUR}"]


POISON = (
    "",
    "{}",
    "[]",
    '{"zone_of": 7}',
    f'{{"zone_of": "{ADA_ID}", "at": "today"}}',
    '{"detail": {"subject": "users/x", "data": {}}}',
    f'{{"detail": {{"subject": "users/{ADA_ID}", "data": {{}}, "time": "2026-11-22T08:31:00"}}}}',
    '{"detail": {"subject": "users/1/projects/2", "data": {}}}',
)


@pytest.mark.usefixtures("on_aws")
def test_poison_fails_alone() -> None:
    bad = [{"messageId": body, "body": body} for body in POISON]
    assert work(*bad, message("task-deleted")) == [*POISON]


def test_schedule_of_an_accounts_digest_goes_with_it(on_aws: Callable[[], list[str]]) -> None:
    dynamodb = client("dynamodb", read_timeout=1)
    key = attributes(ACCOUNT.key(ADA_ID))
    reader = replace(ADA, digest_time="07:30", timezone="Europe/Berlin")
    dynamodb.put_item(TableName="DataTable", Item={**kept(reader), **key})
    for _ in range(2):
        assert work(message("user-updated")) == []
        [name] = on_aws()
    assert name.startswith(f"digest-{ADA_ID}-0730-")
    schedule = client("scheduler", read_timeout=1).get_schedule(
        GroupName="errand-reminders", Name=name
    )
    assert schedule["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert schedule["Target"]["Arn"].endswith(":digests")
    dynamodb.delete_item(TableName="DataTable", Key=key)
    assert work(message("user-deleted")) == []
    assert on_aws() == []


def test_tasks_are_looked_at_only_if_the_zone_has_changed(on_aws: Callable[[], list[str]]) -> None:
    local = Reminder(before="due", minutes=60)
    store(replace(reminded(MILK), due=Due.of("2099-12-24"), reminders=(local,)))
    same = message("user-updated")
    content = json.loads(same["body"])
    content["detail"]["data"]["old"] = {"digest_time": "07:30"}
    assert work({**same, "body": json.dumps(content)}) == []
    assert on_aws() == []
