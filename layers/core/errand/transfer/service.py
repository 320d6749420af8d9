"""Imports: what is in a file becomes tasks and projects of whoever sends it."""

import json
from base64 import b32hexencode
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import batched
from typing import Any

from errand import ids, zones
from errand.clock import Clock
from errand.errors import AnsweredBefore
from errand.identity.caller import Caller
from errand.labels.model import LabelSet
from errand.projects.model import PROJECTS_MAX
from errand.storage.receipts import Receipt, check_unanswered, commit_once_with
from errand.storage.unit import Store, Unit, repeated
from errand.tasks.room import Room
from errand.transfer.making import Known, Made, Maker
from errand.transfer.ports import (
    LabelsOfImports,
    ProjectsOfImports,
    SectionsOfImports,
    TasksOfImports,
)
from errand.transfer.reading import Format, read
from errand.transfer.report import Report

TASKS_MAX = 500
# Of one transaction: 100 writes and 4 MB are the most that DynamoDB takes, 16 KB a task.
_BATCH = 50


@dataclass(frozen=True, slots=True)
class _Begun:
    """`seed`: what the ids are derived from: the same for each attempt of one import."""

    now: int
    seed: str

    def new_id(self, number: int) -> str:
        """A UUIDv7 as ids.new_id makes them, in the order of `number`."""
        noise = sha256(f"{self.seed}|{number}".encode()).digest()
        random = int.from_bytes(noise[:8]) >> 2
        time, fraction = self.now + (number >> 12), number & 0xFFF
        value = time << 80 | 7 << 76 | fraction << 64 | 2 << 62 | random
        return b32hexencode(value.to_bytes(16)).decode().rstrip("=").lower()


class ImportService:
    def __init__(
        self,
        *,
        tasks: TasksOfImports,
        projects: ProjectsOfImports,
        sections: SectionsOfImports,
        labels: LabelsOfImports,
        room: Room,
        store: Store,
        clock: Clock,
    ) -> None:
        self._tasks = tasks
        self._projects = projects
        self._sections = sections
        self._labels = labels
        self._room = room
        self._store = store
        self._clock = clock

    def run(
        self,
        *,
        caller: Caller,
        data: bytes,
        known: Format,
        dry_run: bool = False,
        receipt: Receipt | None = None,
    ) -> dict[str, Any]:
        """The report, as JSON has it. Raises AnsweredBefore; InvalidInput for what is no such file.

        With a receipt it goes on where an attempt was broken off: nothing is made twice.
        """
        if dry_run:
            begun = _Begun(self._clock(), ids.new_id())
            labels = self._labels.read(user_id=caller.user_id)
            _, told = self._made(caller, data, known, begun, labels)
            return {**told, "dry_run": True}
        check_unanswered(receipt, owner=caller.user_id, now=self._clock())
        begun = self._begun(caller, receipt)

        def change(labels: LabelSet) -> dict[str, Any]:
            made, told = self._made(caller, data, known, begun, labels)
            self._room.check(caller, sum(not task.is_completed for task in made.tasks))
            self._keep(caller, made, labels)
            return told

        told = repeated(lambda: self._labels.read(user_id=caller.user_id), change)
        self._finish(caller, receipt, told)
        return told

    def _begun(self, caller: Caller, receipt: Receipt | None) -> _Begun:
        now = self._clock()
        if receipt is None:
            return _Begun(now, ids.new_id())
        unit = Unit()
        first = replace(receipt, name=f"{receipt.name}.begun")
        commit_once_with(unit, first, owner=caller.user_id, answer=str(now), now=now)
        try:
            self._store.commit(unit)
        except AnsweredBefore as before:
            now = int(before.answer)
        return _Begun(now, f"{caller.user_id}|{receipt.name}|{now}")

    def _made(
        self, caller: Caller, data: bytes, known: Format, begun: _Begun, labels: LabelSet
    ) -> tuple[Made, dict[str, Any]]:
        report = Report()
        local = zones.local_time(begun.now, caller.timezone)
        here = local.replace(tzinfo=zones.zone(caller.timezone))
        contents = read(data, known, report, now=here, tasks_max=TASKS_MAX)
        projects = self._projects.slice(
            user_id=caller.user_id, after=None, limit=PROJECTS_MAX
        ).items
        maker = Maker(now=begun.now, here=caller.timezone, new_id=begun.new_id, report=report)
        sections = self._sections.all(user_id=caller.user_id)
        there_is = Known(projects=projects, sections=sections, labels=labels)
        made = maker.make(contents, there_is)
        return made, _told(known, made, report)

    def _keep(self, caller: Caller, made: Made, labels: LabelSet) -> None:
        """In transactions, projects first: what is there already is left out. Raises Overtaken."""
        if made.labels is not labels:
            unit = Unit()
            self._labels.write(unit, labels, made.labels, user_id=caller.user_id)
            self._store.commit(unit)
        for projects in batched(made.projects, _BATCH, strict=False):
            unit = Unit()
            for project in projects:
                self._projects.add_once(unit, project, user_id=caller.user_id)
            self._store.commit(unit)
        for sections in batched(made.sections, _BATCH, strict=False):
            unit = Unit()
            for section in sections:
                self._sections.add_once(unit, section, user_id=caller.user_id)
            self._store.commit(unit)
        for tasks in batched(made.tasks, _BATCH, strict=False):
            unit = Unit()
            for task in tasks:
                self._tasks.add_once(unit, task, user_id=caller.user_id)
            self._store.commit(unit)

    def _finish(self, caller: Caller, receipt: Receipt | None, told: dict[str, Any]) -> None:
        if receipt is None:
            return
        unit = Unit()
        now = self._clock()
        answer = json.dumps(told, ensure_ascii=False)
        commit_once_with(unit, receipt, owner=caller.user_id, answer=answer, now=now)
        self._store.commit(unit)


def _told(known: Format, made: Made, report: Report) -> dict[str, Any]:
    return {
        "format": known,
        "dry_run": False,
        "projects": len(made.projects),
        "tasks": len(made.tasks),
        "lines": [
            {"at": line.at, "outcome": line.outcome, "message": line.words} for line in report.lines
        ],
        "lines_left_off": report.more,
    }
