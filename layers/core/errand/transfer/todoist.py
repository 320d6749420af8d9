"""Todoist's CSV templates, which are its backups too: one file for each project.

https://www.todoist.com/help/articles/format-a-csv-file-to-import-into-todoist-nGkhCe9x
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from errand.quick_add.parser import parse
from errand.tasks.due import Due
from errand.tasks.model import DESCRIPTION_MAX, DURATION_MAX
from errand.tasks.recurrence import Recurrence
from errand.transfer.model import DEPTH_MAX, Foreign, ForeignTask
from errand.transfer.report import Report
from errand.transfer.texts import named, rows
from errand.transfer.values import a_day, a_due, a_number, known_zone

_COLUMNS = frozenset({"type", "content"})
_LABEL = re.compile(r"(?:^|\s)@([^\s@]+)")
_WITHOUT_A_PLACE = ("responsible",)
_ANY = "Task"
_DATE_MAX = 100
_IN_MINUTES = {"minute": 1, "day": 24 * 60}


def read(text: str, report: Report, *, now: datetime) -> Iterator[Foreign]:
    """`now`: what the clock of who imports shows: dates may be written as "every Monday"."""
    body = rows(text, report)
    line, header = next(body, (1, []))
    if not {name.strip().lower() for name in header} >= _COLUMNS:
        report.refused(line, "The first row must name TYPE, CONTENT and other columns of Todoist")
        return
    section: str | None = None
    # The latest task of each indent, of which those that follow are parts.
    path: list[str] = []
    held: ForeignTask | None = None
    for line, cells in named(header, body):
        kind = cells.get("type", "").lower()
        if kind == "note" and held:
            held = _noting(held, cells, line, report)
            continue
        if held:
            yield held
            held = None
        if kind == "task":
            held = _task(cells, line, section, path, report, now)
            path.append(held.ref or "")
        elif kind == "section":
            section, path = cells.get("content") or None, []
        elif kind not in {"", "meta"}:
            report.left_out(line, f"A row of type {kind!r}")
        elif kind == "" and cells.get("content"):
            report.left_out(line, "A row without a type")
    if held:
        yield held


def _noting(task: ForeignTask, cells: Mapping[str, str], line: int, report: Report) -> ForeignTask:
    if len(task.description) > DESCRIPTION_MAX:
        report.left_out(line, "A comment for which the task's description has no room")
        return task
    report.changed(line, "The comment stands in the task's description")
    return task.noting(cells.get("content", ""))


def _task(
    cells: Mapping[str, str],
    line: int,
    section: str | None,
    path: list[str],
    report: Report,
    now: datetime,
) -> ForeignTask:
    depth = a_number(cells.get("indent", ""), DEPTH_MAX) or 1
    del path[depth - 1 :]
    content = cells.get("content", "")
    labels = tuple(_LABEL.findall(content))
    for name in _WITHOUT_A_PLACE:
        if cells.get(name):
            report.left_out(line, f"{name}: {cells[name]}")
    # An asterisk before it: it cannot be completed.
    title = _LABEL.sub("", content).strip().removeprefix("* ")
    task = ForeignTask(
        line=line,
        ref=f"{line}",
        parent=path[-1] if path else None,
        section=section,
        title=title or content,
        description=cells.get("description", ""),
        priority=a_number(cells.get("priority", ""), 4) or 4,
        labels=labels,
        duration=_duration(cells),
        deadline=a_day(cells.get("deadline", "")),
        **_when(cells, now),
    )
    written = cells.get("date", "")
    if written and task.due is None:
        report.changed(line, f"The date is not understood and stands in the description: {written}")
        task = task.noting(f"Date: {written}")
    return task


def _when(cells: Mapping[str, str], now: datetime) -> dict[str, Any]:
    zone = known_zone(cells.get("timezone", ""))
    written = cells.get("date", "")
    if due := a_due(written, zone):
        return {"due": due}
    if len(written) > _DATE_MAX:
        return {}
    found = parse(f"{_ANY} {written}", now=now.replace(tzinfo=None))
    if found.title != _ANY or found.due is None:
        return {}
    due = Due(found.due, zone if isinstance(found.due, datetime) else None)
    recurrence = Recurrence(found.rule, found.rule_from) if found.rule else None
    return {"due": due, "recurrence": recurrence}


def _duration(cells: Mapping[str, str]) -> int | None:
    number = a_number(cells.get("duration", ""), DURATION_MAX)
    return number and number * _IN_MINUTES.get(cells.get("duration_unit", ""), 1)
