"""Random walks through all that the repositories can do, with little to choose from at each step.

So that what is written meets what is there: the same few ids, names, instants and versions.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from errand.cursors import Position
from errand.export.repository import DynamoCollection
from errand.identity.accounts.model import Account
from errand.identity.accounts.purge import AccountPurger
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.audit.model import Act, record_of
from errand.identity.audit.repository import DynamoAuditLog
from errand.identity.throttling.model import Attempt, Counter, Known, Place, Policy
from errand.identity.throttling.repository import DynamoCounters, Seen
from errand.ids import new_id
from errand.pages import Slice
from errand.preconditions import ANY, Precondition
from errand.storage.receipts import LIFETIME_SECONDS, Receipt, commit_once_with
from errand.storage.unit import DynamoStore, Unit
from errand.tasks.decisions import is_blind
from errand.tasks.model import Status, Task
from errand.tasks.repository import DynamoTasks
from errand_testkit.people import ADA, BOB, NOW, ORIGIN
from errand_testkit.storage import of_status

IDS = sorted(new_id() for _ in range(4))
_MOMENTS = [NOW, NOW + 1, NOW + 60_000, NOW + LIFETIME_SECONDS * 1000]
_ATTEMPTS = [
    Policy(name=name, free=free, first_pause=1, longest_pause=4, memory=60).by("ada")
    for name, free in (("knock", 2), ("ring", 4))
]
_EXPECTED = [
    ANY,
    *(Precondition(frozenset(versions)) for versions in ([1], [2], [1, 2, 3], [])),
    Precondition(not_among=frozenset([1, 3])),
    Precondition(frozenset([1, 2]), frozenset([2])),
]


class Walk:
    """Each step is one of the methods of a subclass; `client`: for what does without PynamoDB."""

    def __init__(self, random: Random, client: Any) -> None:
        self.random = random
        self.client = client
        self.now = NOW
        self._steps: list[Callable[[], None]] = [
            getattr(self, name) for name in sorted(vars(type(self))) if not name.startswith("_")
        ]

    def step(self) -> None:
        """Raises ErrandError, ConditionFailed."""
        self.now += self.random.choice([0, 0, 1, 999, 1000, 60_000])
        self.random.choice(self._steps)()

    def either(self) -> bool:
        return self.random.random() < 1 / 2

    def limit(self) -> int:
        return self.random.choice([1, 2, 3])

    def commit(self, unit: Unit) -> None:
        """Now and then with a record of it."""
        if self.either():
            act = self.random.choice(list(Act))
            record = record_of(act, user_id=ADA.id, actor=ADA.id, origin=ORIGIN, now=self.now)
            DynamoAuditLog().append(unit, replace(record, id=self.random.choice(IDS)))
        DynamoStore().commit(unit)

    def walk(self, read: Callable[[Position | None], Slice[Any]]) -> None:
        """To the end of a list."""
        after: Position | None = None
        while True:
            after = read(after).reached
            if after is None:
                return


class TaskWalk(Walk):
    def __init__(self, random: Random, client: Any) -> None:
        super().__init__(random, client)
        self._tasks = DynamoTasks()
        self._known: list[Task] = [self._new()]

    def add(self) -> None:
        task = self._new()
        self._known.append(task)
        unit = Unit()
        self._tasks.add(unit, task, user_id=ADA.id)
        if self.either():
            name, fingerprint = self.random.choice("12"), self.random.choice(["milk", "bread"])
            receipt = Receipt(path="/tasks", name=name, fingerprint=fingerprint)
            now = self.random.choice(_MOMENTS)
            commit_once_with(unit, receipt, owner=ADA.id, answer=task.title, now=now)
        self.commit(unit)

    def read(self) -> None:
        self._tasks.read(user_id=ADA.id, task_id=self.random.choice(IDS))

    def slice(self) -> None:
        status, ascending = self.random.choice([None, *Status]), self.either()
        self.walk(
            lambda after: self._tasks.slice(
                user_id=ADA.id,
                of=of_status(status, ascending=ascending),
                after=after,
                limit=self.limit(),
            )
        )

    def collection(self) -> None:
        read = DynamoCollection().slice
        self.walk(lambda after: read(user_id=ADA.id, after=after, limit=self.limit()))

    def update(self) -> None:
        unit = Unit()
        self._tasks.update(
            unit,
            user_id=ADA.id,
            task_id=self.random.choice(IDS),
            changes=self._texts(),
            now=self.random.choice(_MOMENTS),
            expected=self.random.choice(_EXPECTED),
        )
        self.commit(unit)

    def rewrite(self) -> None:
        old = self.random.choice(self._known)
        new = old.changed(self._changes(), now=self.now)
        unit = Unit()
        self._tasks.rewrite(unit, old, new, user_id=ADA.id)
        self.commit(unit)
        self._known.append(new)

    def remove(self) -> None:
        unit = Unit()
        self._tasks.remove(unit, self.random.choice(self._known), user_id=ADA.id)
        self.commit(unit)

    def _new(self) -> Task:
        return Task.new(
            self.random.choice(IDS), {"title": "Buy milk", **self._changes()}, now=self.now
        )

    def _texts(self) -> dict[str, Any]:
        """What a task can have whatever else it has."""
        changes = {
            name: value for name, value in self._changes().items() if is_blind({name: value})
        }
        return changes or {"title": "Buy bread"}

    def _changes(self) -> dict[str, Any]:
        """Of some of the fields."""
        values: dict[str, list[Any]] = {
            "title": ["Buy milk", "Buy bread"],
            "description": [None, "", "Two litres"],
            "due_date": [None, date(2026, 12, 24)],
            "priority": [1, 4],
            "links": [None, (), ("https://example.com/",)],
            "completed": [False, True],
        }
        names = self.random.sample(sorted(values), self.random.randint(1, len(values)))
        return {name: self.random.choice(values[name]) for name in names}


class AccountWalk(Walk):
    def __init__(self, random: Random, client: Any) -> None:
        super().__init__(random, client)
        self._accounts = DynamoAccounts()
        self._known: list[Account] = [ADA, BOB]

    def add(self) -> None:
        account = replace(
            ADA, id=self.random.choice(IDS), username=self._name(), email=self._email()
        )
        unit = Unit()
        self._accounts.add(unit, account)
        self.commit(unit)
        self._known.append(account)

    def find(self) -> None:
        self._accounts.find(self._name())
        self._accounts.find(self._email() or "", kind="email")

    def change(self) -> None:
        values: dict[str, Any] = {
            "username": self._name(),
            "email": self._email(),
            "full_name": self.random.choice([None, "", "Ada"]),
            "disabled": self.either(),
            "sessions_from": self.random.choice([None, NOW]),
        }
        names = self.random.sample(sorted(values), self.random.randint(0, len(values)))
        unit = Unit()
        changed = self._accounts.change(
            unit, self._one(), {name: values[name] for name in names}, now=self.now
        )
        self.commit(unit)
        self._known.append(changed)

    def remove(self) -> None:
        unit = Unit()
        self._accounts.remove(unit, self._one())
        self.commit(unit)

    def slice(self) -> None:
        self.walk(lambda after: self._accounts.slice(after=after, limit=self.limit()))

    def log(self) -> None:
        read = DynamoAuditLog().slice
        self.walk(lambda after: read(user_id=ADA.id, after=after, limit=self.limit()))

    def purge(self) -> None:
        purger = AccountPurger(
            dynamodb=self.client, data_table="DataTable", others=["EphemeralTable", "LogTable"]
        )
        purger.purge(self._one().id, has_time=lambda: True)

    def _one(self) -> Account:
        """As it is, or as it was some time ago."""
        return self.random.choice(self._known[-3:])

    def _name(self) -> str:
        return self.random.choice(["ada", "Ada", "bob"])

    def _email(self) -> str | None:
        return self.random.choice([None, "a@example.com", "A@example.com", "b@example.com"])


class CounterWalk(Walk):
    def __init__(self, random: Random, client: Any) -> None:
        super().__init__(random, client)
        self._counters = DynamoCounters()
        self._seen: Seen = {}

    def count(self) -> None:
        unit = Unit()
        for attempt in self._some():
            self._counters.count(unit, attempt, seen=self._seen, now=self.now)
        self.commit(unit)

    def count_stale(self) -> None:
        """On a run that somebody saw some time ago."""
        self._seen |= {
            attempt: Counter(attempts=2, latest=self.now, expires_at=self.now // 1000)
            for attempt in self._some()
        }
        self.count()

    def look_anew(self) -> None:
        self._seen.clear()

    def settle(self) -> None:
        unit = Unit()
        forgotten = self._some()
        for attempt in forgotten:
            self._counters.forget(unit, attempt)
        for attempt in set(self._some()) - set(forgotten):
            self._counters.refund(unit, attempt)
        self._counters.remember(unit, self._place(), now=self.now)
        self.commit(unit)

    def is_known(self) -> None:
        self._counters.is_known(self._place(), now=self.now)

    def _some(self) -> list[Attempt]:
        return self.random.sample(_ATTEMPTS, self.random.randint(1, len(_ATTEMPTS)))

    def _place(self) -> Place:
        known = Known("ada", self.random.randint(0, 1))
        return Place.of(known, f"192.0.2.{self.random.randint(1, 3)}")
