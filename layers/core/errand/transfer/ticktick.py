"""TickTick's CSV backup: some lines of preamble, then a header and all tasks of all lists."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from errand import zones
from errand.tasks.due import Due
from errand.tasks.reminders import MINUTES_MAX, Reminder
from errand.transfer.model import Foreign, ForeignProject, ForeignTask
from errand.transfer.report import Report
from errand.transfer.texts import named, rows
from errand.transfer.values import a_due, a_recurrence, an_instant, known_zone, minutes_of

_COLUMNS = frozenset({"list name", "title"})
_PREAMBLE_MAX = 20
_PRIORITIES = {"5": 1, "3": 2, "1": 3}
_NO_SECTION = frozenset({"", "Not Sectioned"})
_COMPLETED = frozenset({"1", "2"})
_YES = frozenset({"true", "y"})


def read(text: str, report: Report, *, now: datetime) -> Iterator[Foreign]:
    del now
    # The delimiter is told by the header, which the preamble has none of.
    at = text.lower().find('"folder name"')
    skipped = text.count("\n", 0, at) if at > 0 else 0
    body = ((skipped + line, row) for line, row in rows(text[max(at, 0) :], report))
    for _, (_line, row) in zip(range(_PREAMBLE_MAX), body, strict=False):
        if {name.strip().lower() for name in row} >= _COLUMNS:
            yield from _tasks(row, body, report)
            return
    report.refused(1, "There is no row that names Folder Name, List Name, Title as TickTick does")


def _tasks(
    header: list[str], body: Iterator[tuple[int, list[str]]], report: Report
) -> Iterator[Foreign]:
    lists: set[str] = set()
    for line, cells in named(header, body):
        name = cells.get("list name", "")
        if name and name not in lists and name.lower() != "inbox":
            lists.add(name)
            yield ForeignProject(line=line, ref=name, name=name)
        yield _task(cells, line, name if name in lists else None, report)


def _task(cells: Mapping[str, str], line: int, project: str | None, report: Report) -> ForeignTask:
    section = cells.get("column name", "")
    status = cells.get("status", "0")
    tags = (tag.strip().removeprefix("#") for tag in cells.get("tags", "").split(","))
    task = ForeignTask(
        line=line,
        ref=cells.get("taskid") or None,
        parent=cells.get("parentid") or None,
        project=project,
        section=None if section in _NO_SECTION else section,
        title=cells.get("title", ""),
        description=cells.get("content", "").replace("\r\n", "\n").replace("\r", "\n"),
        labels=tuple(filter(None, tags)),
        priority=_PRIORITIES.get(cells.get("priority", ""), 4),
        is_completed=status in _COMPLETED,
        completed_at=an_instant(cells.get("completed time", "")),
        created_at=an_instant(cells.get("created time", "")),
    )
    if status == "-1":
        report.left_out(line, "That it was abandoned: it is completed")
    return _with_times(task, cells, report)


def _with_times(task: ForeignTask, cells: Mapping[str, str], report: Report) -> ForeignTask:
    due = _due("due date", task.line, cells, report)
    start = _due("start date", task.line, cells, report)
    # A task with one date has it as its start, or as both.
    task = replace(
        task,
        due=due or start,
        start=start if due and start != due else None,
        is_completed=task.is_completed or cells.get("status") == "-1",
        reminders=_reminders(cells.get("reminder", ""), task.line, report),
    )
    rule = cells.get("repeat", "")
    if not rule:
        return task
    recurrence = a_recurrence(rule)
    if recurrence is None:
        report.changed(task.line, f"The rule stands in the description: {rule}")
        return task.noting(f"Repeats: {rule}")
    return replace(task, recurrence=recurrence)


def _due(column: str, line: int, cells: Mapping[str, str], report: Report) -> Due | None:
    written = cells.get(column, "")
    if not written:
        return None
    found = a_due(written, known_zone(cells.get("timezone", "")) or zones.DEFAULT)
    if found is None:
        report.left_out(line, f"{column}: {written}")
    elif cells.get("is all day", "").lower() in _YES:
        return Due(found.day)
    elif cells.get("is floating", "").lower() in _YES:
        return Due(found.at)
    return found


def _reminders(written: str, line: int, report: Report) -> tuple[Reminder, ...]:
    """As triggers of RFC 5545: -PT30M, or with TRIGGER: before it, several one behind another."""
    found = []
    for one in filter(None, (part.strip() for part in written.replace("\n", ",").split(","))):
        minutes = minutes_of(one.removeprefix("TRIGGER:"))
        if minutes is None or not -MINUTES_MAX <= minutes <= 0:
            report.left_out(line, f"The reminder {one}")
        else:
            found.append(Reminder(before="due", minutes=-minutes))
    return tuple(found)
