"""People who write on devices without a network, and what must become of what they wrote."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx2

from errand_testkit.offline.client import OfflineClient
from errand_testkit.offline.network import Network
from errand_testkit.offline.state import State
from errand_testkit.offline.transport import Unanswered
from errand_testkit.replica import Records, Replica

DAILY = {"due_date": "2026-11-22", "recurrence": {"rule": "FREQ=DAILY"}}


@dataclass(frozen=True, slots=True)
class Written:
    """A text, by which command, and which text the person saw it replace.

    `is_new`: of a task that is new.
    """

    text: str
    command_id: str
    instead_of: str | None = None
    is_new: bool = False


@dataclass
class Device:
    """With the person in front of it. `disk`: what is left of it when its process ends."""

    name: str
    network: Network
    random: Random
    merges: bool = True
    is_cut_off: bool = False
    disk: str = ""
    crashes: int = 0
    written: list[Written] = field(default_factory=list)
    _texts: int = 0

    def __post_init__(self) -> None:
        self.disk = State(self.name).dump()
        self.restart()

    def restart(self) -> None:
        """It knows what it kept, and nothing else."""

        def keep(state: str) -> None:
            self.disk = state

        self.client = OfflineClient(
            State.load(self.disk),
            self.network.connected(lambda: self.is_cut_off),
            keep=keep,
            merges=self.merges,
        )

    def act(self) -> None:
        """Something that a person does with what they see."""
        tasks = self.client.tasks()
        # By their titles: ids are others in each run.
        known = sorted(tasks, key=lambda task_id: str(tasks[task_id]["title"]))
        if not known or self.random.random() < 0.2:
            self._create(known)
            return
        task_id = self.random.choice(known)
        choice = self.random.random()
        if choice < 0.6:
            self._edit(task_id, tasks[task_id])
        elif choice < 0.7:
            text = self._text()
            self.written.append(Written(text, self.client.comment(task_id, text)))
        elif choice < 0.8:
            self.client.edit(task_id, priority=self.random.randint(1, 4))
        elif choice < 0.9:
            self.client.complete(task_id)
        else:
            self.client.delete(task_id)

    def synchronise(self) -> None:
        """As far as the network lets it; now and then its process ends on the way."""
        with suppress(Unanswered):
            self.client.push()
            self._may_crash()
            while self.client.pull():
                self._may_crash()

    def _may_crash(self) -> None:
        if not self.network.is_calm and self.random.random() < 0.05:
            self.crashes += 1
            self.restart()

    def _create(self, known: list[str]) -> None:
        fields: dict[str, Any] = {"title": self._text()}
        if self.random.random() < 0.3:
            fields["description"] = self._text()
        if self.random.random() < 0.2:
            fields |= DAILY
        elif known and self.random.random() < 0.2:
            fields["parent_id"] = self.random.choice(known)
        self.client.create(**fields)
        command_id = self.client.state.outbox[-1]["id"]
        for name in ("title", "description"):
            if name in fields:
                self.written.append(Written(fields[name], command_id, is_new=True))

    def _edit(self, task_id: str, task: Mapping[str, Any]) -> None:
        names = self.random.choice([("title",), ("description",), ("title", "description")])
        fields = {name: self._text() for name in names}
        command_id = self.client.edit(task_id, **fields)
        for name, text in fields.items():
            self.written.append(Written(text, command_id, instead_of=task.get(name)))

    def _text(self) -> str:
        """No other is like it."""
        self._texts += 1
        return f"{self.name} wrote {self._texts}"


class Account:
    """Of one person with several devices. `follow`: the log catches up."""

    def __init__(
        self,
        client: httpx2.Client,
        *,
        seed: int,
        follow: Callable[[], None],
        pass_time: Callable[[], None],
        merges: bool = True,
    ) -> None:
        self.random = Random(seed)  # noqa: S311 - a test
        self.network = Network(client, self.random)
        self._follow = follow
        self._pass_time = pass_time
        self.devices = [
            Device(name, self.network, self.random, merges=merges) for name in ("Ada", "Bob", "Cyd")
        ]

    def live(self, steps: int) -> None:
        for _ in range(steps):
            self._pass_time()
            device = self.random.choice(self.devices)
            choice = self.random.random()
            if choice < 0.5:
                device.act()
            elif choice < 0.75:
                device.synchronise()
            elif choice < 0.85:
                self._follow()
            elif choice < 0.92:
                device.is_cut_off = not device.is_cut_off
            elif choice < 0.97:
                self.network.deliver_one()
            else:
                device.crashes += 1
                device.restart()

    def heal(self) -> None:
        """Whatever was under way arrives, and everybody hears of everything."""
        while self.network.late:
            self.network.deliver_one()
        self.network.is_calm = True
        for device in self.devices:
            device.is_cut_off = False
        for _ in range(10):
            for device in self.devices:
                device.synchronise()
            self._follow()
            if not any(device.client.state.outbox for device in self.devices):
                break
        for device in self.devices:
            device.synchronise()

    def truth(self) -> Records:
        """What the table has, read anew."""
        copy = Replica()
        while True:
            page = self.network.get(copy.cursor)
            copy.take(page)
            if not page["more"]:
                return copy.records

    def made(self) -> tuple[int, int, int]:
        """Tasks that there are, or in the trash; that were created; and of those the refused."""
        there = [kind for kind, _ in self.truth() if kind in {"task", "trash"}]
        created = {one.command_id for one in self._written() if one.is_new}
        return len(there), len(created), len(created & self._refused())

    def _written(self) -> list[Written]:
        return [one for device in self.devices for one in device.written]

    def _refused(self) -> set[str]:
        refused: set[str] = set()
        for device in self.devices:
            refused |= {one["command"]["id"] for one in device.client.state.refused}
        return refused

    def lost(self) -> list[Written]:
        """Texts that are nowhere, though nobody who saw them put another one in their place."""
        present = {*_texts(self.truth())}
        refused, written = self._refused(), self._written()
        replaced = {one.instead_of for one in written if one.command_id not in refused}
        return [
            one
            for one in written
            if one.text not in present | replaced and one.command_id not in refused
        ]


def _texts(records: Records) -> Iterator[str]:
    for value in records.values():
        yield from (str(value[name]) for name in ("title", "description", "text") if name in value)
