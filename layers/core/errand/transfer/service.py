"""Imports: what is in a file becomes tasks and projects of whoever sends it."""

import json
from dataclasses import replace
from typing import Any

from errand import ids
from errand.clock import Clock
from errand.errors import AnsweredBefore
from errand.identity.caller import Caller
from errand.labels.model import LabelSet
from errand.storage.receipts import Receipt, check_unanswered, commit_once_with
from errand.storage.unit import Store, Unit, repeated
from errand.tasks.room import Room
from errand.transfer.importing import Begun, File, Importer, Owner
from errand.transfer.making import Made
from errand.transfer.reading import Format
from errand.transfer.report import Report

TASKS_MAX = 500


class ImportService:
    def __init__(self, *, importer: Importer, room: Room, store: Store, clock: Clock) -> None:
        self._importer = importer
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
        file = File(data=data, known=known, tasks_max=TASKS_MAX)
        owner = Owner(user_id=caller.user_id, timezone=caller.timezone)
        if dry_run:
            begun = Begun(self._clock(), ids.new_id())
            report = Report()
            labels = self._importer.labels(owner)
            made = self._importer.made(file, begun, report, owner=owner, labels=labels)
            return {**_told(known, made, report), "dry_run": True}
        check_unanswered(receipt, owner=caller.user_id, now=self._clock())
        begun = self._begun(caller, receipt)

        def change(labels: LabelSet) -> dict[str, Any]:
            report = Report()
            made = self._importer.made(file, begun, report, owner=owner, labels=labels)
            self._room.check(caller, sum(not task.is_completed for task in made.tasks))
            self._importer.keep_places(made, labels, owner=owner)
            self._importer.keep_tasks(made.tasks, owner=owner)
            return _told(known, made, report)

        told = repeated(lambda: self._importer.labels(owner), change)
        self._finish(caller, receipt, told)
        return told

    def _begun(self, caller: Caller, receipt: Receipt | None) -> Begun:
        now = self._clock()
        if receipt is None:
            return Begun(now, ids.new_id())
        unit = Unit()
        first = replace(receipt, name=f"{receipt.name}.begun")
        commit_once_with(unit, first, owner=caller.user_id, answer=str(now), now=now)
        try:
            self._store.commit(unit)
        except AnsweredBefore as before:
            now = int(before.answer)
        return Begun(now, f"{caller.user_id}|{receipt.name}|{now}")

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
