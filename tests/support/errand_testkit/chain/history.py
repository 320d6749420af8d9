"""What reminders tasks had, and from when until when: what should have been sent."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from math import inf
from typing import Any, NamedTuple

from errand import zones
from errand.identity.accounts.model import Account
from errand.records import load
from errand.reminding.plan import moments
from errand.reminding.requests import TimeToRemind
from errand.storage.kinds import ACCOUNT, TASK, Key, kind_at
from errand.tasks.model import Task
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock


class Reminder(NamedTuple):
    user_id: str
    task_id: str
    at: int

    @property
    def event_id(self) -> str:
        return "-".join(map(str, self))

    @property
    def message(self) -> str:
        """Of the schedule."""
        return TimeToRemind(user_id=self.user_id, task_id=self.task_id, at=self.at).encoded()


@dataclass
class Span:
    """Of time in which a task had a reminder."""

    since: int
    until: float = inf


@dataclass
class History:
    """Follows DataTable's stream, at once: what it sees happens now."""

    fake: FakeDynamo
    clock: ManualClock
    _spans: dict[tuple[str, str], dict[int, list[Span]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    _zones: dict[str, str] = field(default_factory=dict)
    _tasks: dict[tuple[str, str], Task] = field(default_factory=dict)
    _reached: int = 0

    def follow(self) -> None:
        while self._reached < len(self.fake.stream):
            change = self.fake.stream[self._reached]["dynamodb"]
            self._reached += 1
            key = Key(*(change["Keys"][name]["S"] for name in Key._fields))
            kind = kind_at(key)
            user_id = key.pk.partition("#")[2]
            if kind is ACCOUNT:
                self._follow_account(user_id, change.get("NewImage"))
            elif kind is TASK:
                self._follow_task(user_id, key.sk.rpartition("#")[2], change.get("NewImage"))

    def today(self, user_id: str) -> date:
        """Where the account is."""
        self.follow()
        return zones.today(self.clock(), self._zones.get(user_id, "UTC"))

    def had(self, reminder: Reminder, *, since: int) -> bool:
        """Whether its task had it at any time since."""
        return any(span.until >= since for span in self._of(reminder))

    def due(self, *, late: int) -> set[Reminder]:
        """Those whose time has come, and of which no task was rid since.

        None that were over for `late` milliseconds when they were set.
        """
        return {
            Reminder(*task, at)
            for task, reminders in self._spans.items()
            for at, spans in reminders.items()
            if at <= self.clock() and spans[-1].until == inf and at > spans[-1].since - late
        }

    def ahead(self, user_id: str) -> set[Reminder]:
        """Of an account, those that are to come."""
        return {
            Reminder(*task, at)
            for task, reminders in self._spans.items()
            for at, spans in reminders.items()
            if task[0] == user_id and at > self.clock() and spans and spans[-1].until == inf
        }

    def was_without(self, reminder: Reminder) -> bool:
        """Whether its task was rid of it for a while once it was due: a mail may have met that."""
        return any(span.until >= reminder.at for span in self._of(reminder)[:-1])

    def _of(self, reminder: Reminder) -> list[Span]:
        return self._spans[reminder.user_id, reminder.task_id][reminder.at]

    def _follow_account(self, user_id: str, image: Any) -> None:
        if image is None:
            self._zones.pop(user_id, None)
        else:
            self._zones[user_id] = load(Account, image).timezone
        for owner, task_id in self._tasks:
            if owner == user_id:
                self._look(user_id, task_id)

    def _follow_task(self, user_id: str, task_id: str, image: Any) -> None:
        if image is None:
            self._tasks.pop((user_id, task_id), None)
        else:
            self._tasks[user_id, task_id] = load(Task, image)
        self._look(user_id, task_id)

    def _look(self, user_id: str, task_id: str) -> None:
        task, zone = self._tasks.get((user_id, task_id)), self._zones.get(user_id)
        has = set() if task is None or zone is None else moments(task, zone)
        reminders = self._spans[user_id, task_id]
        for at, spans in reminders.items():
            if spans and spans[-1].until == inf and at not in has:
                spans[-1].until = self.clock()
        for at in has:
            if not reminders[at] or reminders[at][-1].until < inf:
                reminders[at].append(Span(self.clock()))
