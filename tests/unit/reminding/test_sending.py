"""It is time: each channel sends once, and only what is still so."""

import json
from random import Random
from typing import Any

import pytest

from errand.errors import Contended, MalformedRecord
from errand.identity.accounts.model import Account
from errand.ids import new_id
from errand.reminding.channels import EventChannel, MailChannel, NotTaken
from errand.reminding.keeping import Tasks
from errand.reminding.requests import TimeToRemind, decode
from errand.reminding.sending import Sender
from errand.reminding.sent import CLAIM_MS, SentReminders
from errand.tasks.model import Task
from errand.tasks.reminders import Reminder
from errand_testkit.dynamo import TABLES, FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ADA
from errand_testkit.storage import Tasks as Made
from errand_testkit.stored import change_account, remove_account


class Killed(Exception):
    """The worker of a function, somewhere."""


class FakeChannel:
    """Is killed before, or after, what it does, as often as `kills` says."""

    def __init__(self, *kills: str) -> None:
        self.sent: list[str] = []
        self._kills = [*kills]

    def is_wanted(self, account: Account) -> bool:
        return bool(account)

    def send(self, when: TimeToRemind, account: Account, task: Task) -> None:
        assert account.id == when.user_id
        assert task.id == when.task_id
        kill = self._kills.pop(0) if self._kills else ""
        if kill == "before":
            raise Killed
        self.sent.append(when.id)
        if kill == "after":
            raise Killed


@pytest.fixture
def sent(fake: FakeDynamo, clock: ManualClock) -> SentReminders:
    return SentReminders(dynamodb=fake, table=TABLES[2], clock=clock)


@pytest.fixture
def when(made: Made, clock: ManualClock) -> TimeToRemind:
    """It is time for it now."""
    task = made.create(user_id=ADA.id, reminders=(Reminder(at=clock()),))
    return TimeToRemind(user_id=ADA.id, task_id=task.id, at=clock())


def sender(tasks: Tasks, sent: SentReminders, clock: ManualClock, **channels: Any) -> Sender:
    return Sender(tasks=tasks, sent=sent, channels=channels, clock=clock)


def test_once_by_each_channel_however_often(
    tasks: Tasks, sent: SentReminders, clock: ManualClock, when: TimeToRemind
) -> None:
    mail, push = FakeChannel(), FakeChannel()
    one = sender(tasks, sent, clock, mail=mail, push=push)
    assert [one.send(when) for _ in range(3)] == [2, 0, 0]
    assert mail.sent == push.sent == [when.id]


@pytest.mark.parametrize(
    ("kill", "times"),
    [
        ("before", 1),
        # It is sent again under the same id, by which whoever gets it knows it.
        ("after", 2),
    ],
)
def test_whoever_is_killed_is_followed_by_another(
    kill: str,
    times: int,
    tasks: Tasks,
    sent: SentReminders,
    clock: ManualClock,
    when: TimeToRemind,
) -> None:
    channel = FakeChannel(kill)
    one = sender(tasks, sent, clock, mail=channel)
    with pytest.raises(Killed):
        one.send(when)
    with pytest.raises(Contended):
        one.send(when)
    clock.advance(seconds=CLAIM_MS // 1000 + 1)
    assert one.send(when) == 1
    assert channel.sent == [when.id] * times
    assert one.send(when) == 0


def test_one_channel_that_fails_is_not_the_others_business(
    tasks: Tasks, sent: SentReminders, clock: ManualClock, when: TimeToRemind
) -> None:
    good, bad = FakeChannel(), FakeChannel("before")
    one = sender(tasks, sent, clock, good=good, bad=bad)
    with pytest.raises(Killed):
        one.send(when)
    clock.advance(seconds=CLAIM_MS // 1000 + 1)
    assert one.send(when) == 1
    assert good.sent == bad.sent == [when.id]


def test_a_schedule_of_what_the_task_was_does_nothing(
    tasks: Tasks, sent: SentReminders, clock: ManualClock, when: TimeToRemind, made: Made
) -> None:
    channel = FakeChannel()
    one = sender(tasks, sent, clock, mail=channel)
    task = made.repository.read(user_id=ADA.id, task_id=when.task_id)
    for changes in ({"reminders": (Reminder(at=clock() + 1),)}, {"completed": True}):
        clock.advance(seconds=1)
        task = made.update(task, user_id=ADA.id, **changes)
        assert one.send(when) == 0
    assert one.send(TimeToRemind(user_id=ADA.id, task_id=new_id(), at=clock())) == 0
    assert one.send(TimeToRemind(user_id=new_id(), task_id=task.id, at=clock())) == 0
    assert channel.sent == []


def test_before_its_time_nothing_is_sent(
    tasks: Tasks, sent: SentReminders, clock: ManualClock, made: Made
) -> None:
    at = clock() + 3_600_000
    task = made.create(user_id=ADA.id, reminders=(Reminder(at=at),))
    channel = FakeChannel()
    early = TimeToRemind(user_id=ADA.id, task_id=task.id, at=at)
    assert sender(tasks, sent, clock, mail=channel).send(early) == 0


def test_nobody_is_left_to_be_reminded(
    tasks: Tasks, sent: SentReminders, clock: ManualClock, when: TimeToRemind
) -> None:
    channel = FakeChannel()
    one = sender(tasks, sent, clock, mail=channel)
    account = change_account(ADA, now=clock() + 1, disabled=True)
    assert one.send(when) == 0
    remove_account(account)
    assert one.send(when) == 0
    assert channel.sent == []


def test_every_one_three_times_in_any_order_with_kills(
    tasks: Tasks, sent: SentReminders, clock: ManualClock, made: Made
) -> None:
    random = Random(11)  # noqa: S311 - to be the same again
    now = clock()
    all_of_them = [
        TimeToRemind(
            user_id=ADA.id,
            task_id=made.create(user_id=ADA.id, reminders=(Reminder(at=now),)).id,
            at=now,
        )
        for _ in range(40)
    ]
    channel = FakeChannel(*random.choices(["before", "", ""], k=60))
    waiting = all_of_them * 3
    while waiting:
        random.shuffle(waiting)
        back = []
        for when in waiting:
            try:
                sender(tasks, sent, clock, mail=channel).send(when)
            except (Killed, Contended):
                back.append(when)
        clock.advance(seconds=CLAIM_MS // 1000 + 1)
        waiting = back
    assert sorted(channel.sent) == sorted(one.id for one in all_of_them)


# ------------------------------------------------------------------------------------- channels


class FakeAws:
    def __init__(self, code: str = "") -> None:
        self.asked: list[Any] = []
        self._code = code

    def put_events(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        return {"Entries": [{"ErrorCode": self._code} if self._code else {"EventId": "1"}]}

    def send_message(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        return {}


def test_event_on_the_bus(made: Made, when: TimeToRemind) -> None:
    task = made.repository.read(user_id=ADA.id, task_id=when.task_id)
    bus = FakeAws()
    EventChannel(events=bus, bus="errand").send(when, ADA, task)
    [entry] = bus.asked[0]["Entries"]
    event = json.loads(entry["Detail"])
    assert (event["type"], event["id"]) == ("reminder.due", when.id)
    assert event["data"]["new"]["title"] == "Buy milk"
    with pytest.raises(NotTaken, match="ThrottlingException"):
        EventChannel(events=FakeAws("ThrottlingException"), bus="errand").send(when, ADA, task)


def test_mail_is_asked_for_without_what_it_says(made: Made, when: TimeToRemind) -> None:
    task = made.repository.read(user_id=ADA.id, task_id=when.task_id)
    queue = FakeAws()
    MailChannel(sqs=queue, queue_url="https://queue").send(when, ADA, task)
    asked = json.loads(queue.asked[0]["MessageBody"])
    assert (asked["kind"], asked["request_id"]) == ("reminder", when.id)
    assert "milk" not in queue.asked[0]["MessageBody"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"email_verified": True}, True),
        ({}, False),
        ({"email_verified": True, "reminder_mails": False}, False),
    ],
)
def test_mails_are_for_whoever_wants_them_and_has_proved_the_address(
    changes: dict[str, Any], *, expected: bool
) -> None:
    account = ADA.changed(changes, now=ADA.updated_at + 1) if changes else ADA
    assert MailChannel(sqs=FakeAws(), queue_url="").is_wanted(account) is expected


# ------------------------------------------------------------------------------------- messages


def test_message_is_read_as_it_was_written() -> None:
    when = TimeToRemind(user_id=new_id(), task_id=new_id(), at=1_795_336_200_000)
    assert decode(when.encoded()) == when


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"version": "1"}',
        '{"version": "2", "user_id": "06h04o2vndpa700bqsem70d6f8"}',
        '{"version": "1", "user_id": "x", "task_id": "06h04o2vndpa700bqsem70d6f8", "at": 1}',
        '{"version": "1", "user_id": "06h04o2vndpa700bqsem70d6f8", "task_id": 1, "at": 1}',
    ],
)
def test_what_is_no_message_is_refused(body: str) -> None:
    with pytest.raises(MalformedRecord):
        decode(body)
