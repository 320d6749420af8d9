"""Devices that write at random, as the API lets them, for errand_testkit.sync_world."""

from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

from errand import acting
from errand.acting import Actor
from errand.clock import Clock
from errand.errors import ErrandError
from errand.identity.caller import Caller
from errand.identity.scopes import Scope
from errand.keys import Key as SigningKey
from errand.keys import KeyRing
from errand.mails.outbox import NoOutbox
from errand.projects.schemas import ProjectCreate, ProjectUpdate
from errand.tasks.schemas import TaskCreate
from errand.tasks.update_schemas import TaskUpdate
from errand_api.features import history, occurrences, projects, tasks, trash
from errand_api.services import Services, inline
from errand_testkit.dynamo import TABLES, FakeDynamo
from errand_testkit.people import ADA

RING = KeyRing((SigningKey("test", b"a signing key for tests, 32 bytes+"),))
EPOCH = "2026-11-22T08:00:00.000"
DAILY = {"due_date": "2026-11-22", "recurrence": {"rule": "FREQ=DAILY"}}


class Surroundings(Protocol):
    @property
    def fake(self) -> FakeDynamo: ...
    @property
    def random(self) -> Random: ...


def services_of(clock: Clock) -> Services:
    """As the API has them, but for the clock."""
    return Services(ring=RING, run=inline, outbox=NoOutbox, clock=clock, epoch=EPOCH)


@dataclass
class Device:
    """Writes, at random, with a clock of its own."""

    world: Surroundings
    number: int
    clock: Clock

    def __post_init__(self) -> None:
        services = services_of(self.clock)
        self._tasks = services.of(tasks.service)
        self._occurrences = services.of(occurrences.service)
        self._trash = services.of(trash.service)
        self._undoing = services.of(history.undoing)
        self._projects = services.of(projects.service)
        self._caller = Caller(
            user_id=ADA.id, scopes=frozenset(Scope), session_id=f"session-{self.number}"
        )
        self.written = 0

    def step(self) -> None:
        acting.begin(Actor(user_id=ADA.id, session_id=f"session-{self.number}"))
        random = self.world.random
        weights = {
            self._create: 25,
            self._update: 35,
            self._complete: 15,
            self._delete: 12,
            self._restore: 8,
            self._project: 5,
            self._undo: 5,
        }
        [action] = random.choices([*weights], [*weights.values()])
        try:
            action(random)
        except ErrandError:
            # As a client sees it: perhaps done, perhaps not.
            return

    def _title(self) -> str:
        self.written += 1
        return f"Change {self.written} of {self.number}"

    def _one(self, prefix: str) -> str:
        """Any id of a kind; now and then of one that is gone."""
        places = [sk for _, sk in self.world.fake.items[TABLES[0]] if sk.startswith(prefix)]
        return self.world.random.choice(places).rpartition("#")[2] if places else ""

    def _create(self, random: Random) -> None:
        more: dict[str, Any] = DAILY if random.random() < 0.2 else {}
        if random.random() < 0.1:
            more = {**more, "description": "x" * 1000}
        if random.random() < 0.2:
            # Completing, deleting and restoring it changes those below it, too.
            more = {**more, "parent_id": self._one("TASK#") or None}
        self._tasks.create(caller=self._caller, new=TaskCreate(title=self._title(), **more))

    def _update(self, random: Random) -> None:
        changes: dict[str, Any] = random.choice(
            (
                {"title": self._title()},
                {"priority": random.randint(1, 4)},
                {"completed": random.random() < 0.5},
                {"description": "y" * random.choice((10, 1000))},
            )
        )
        update = TaskUpdate(**changes)
        self._tasks.update(caller=self._caller, task_id=self._one("TASK#"), update=update)

    def _complete(self, _: Random) -> None:
        self._occurrences.complete(caller=self._caller, task_id=self._one("TASK#"))

    def _delete(self, _: Random) -> None:
        self._tasks.delete(caller=self._caller, task_id=self._one("TASK#"))

    def _restore(self, random: Random) -> None:
        act = self._trash.restore if random.random() < 0.5 else self._trash.delete
        act(caller=self._caller, task_id=self._one("TRASH#"))

    def _undo(self, _: Random) -> None:
        self._undoing.undo(caller=self._caller, task_id=self._one("TASK#"))

    def _project(self, random: Random) -> None:
        project_id = self._one("PROJECT#")
        if not project_id or random.random() < 0.3:
            new = ProjectCreate(name=self._title())
            self._projects.create(caller=self._caller, new=new)
            return
        update = ProjectUpdate(name=self._title())
        self._projects.update(caller=self._caller, project_id=project_id, update=update)
