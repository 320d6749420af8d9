"""CSV with a row of names, those of our own fields; for spreadsheets. Read and written.

Lists are texts with a space (links) or a comma (labels, quoted if they have one) between.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from io import StringIO

from errand.codecs import instant
from errand.tasks.due import Due
from errand.tasks.model import DURATION_MAX
from errand.tasks.recurrence import COMPLETION
from errand.transfer.model import Foreign, ForeignProject, ForeignTask
from errand.transfer.report import Report
from errand.transfer.texts import named, rows
from errand.transfer.values import a_day, a_due, a_number, a_recurrence, an_instant, known_zone

COLUMNS = (
    "id",
    "title",
    "description",
    "project",
    "section",
    "parent",
    "due",
    "zone",
    "deadline",
    "start",
    "start_zone",
    "duration",
    "recurrence",
    "recurrence_from",
    "priority",
    "labels",
    "links",
    "completed_at",
    "created_at",
)
# What spreadsheets take for a formula (OWASP, CSV injection).
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_YES = frozenset({"true", "yes", "1", "x"})


def write(things: Iterable[Foreign]) -> str:
    out = StringIO(newline="")
    rows_out = csv.writer(out)
    rows_out.writerow(COLUMNS)
    projects: dict[str, str] = {}
    for thing in things:
        if isinstance(thing, ForeignProject):
            projects[thing.ref] = thing.name
        else:
            rows_out.writerow(_guarded(cell) for cell in _row(thing, projects))
    return out.getvalue()


def _row(task: ForeignTask, projects: Mapping[str, str]) -> Iterator[str]:
    yield task.ref or ""
    yield task.title
    yield task.description
    yield projects.get(task.project or "", "")
    yield task.section or ""
    yield task.parent or ""
    yield _local(task.due)
    yield (task.due and task.due.zone) or ""
    yield task.deadline.isoformat() if task.deadline else ""
    yield _local(task.start)
    yield (task.start and task.start.zone) or ""
    yield "" if task.duration is None else str(task.duration)
    yield task.recurrence.rule if task.recurrence else ""
    yield task.recurrence.after if task.recurrence else ""
    yield str(task.priority)
    yield _listed(task.labels)
    yield " ".join(task.links)
    yield "" if task.completed_at is None else instant(task.completed_at)
    yield "" if task.created_at is None else instant(task.created_at)


def _local(due: Due | None) -> str:
    return due.text.partition("@")[0] if due else ""


def _guarded(cell: str) -> str:
    return f"'{cell}" if _may_be_formula(cell) else cell


def _unguarded(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _may_be_formula(cell) else cell


def _may_be_formula(cell: str) -> bool:
    """Also behind quotes, so that those which it has itself are kept."""
    return cell.lstrip("'").startswith(_FORMULAS)


def _listed(names: Iterable[str]) -> str:
    out = StringIO(newline="")
    csv.writer(out, lineterminator="").writerow(names)
    return out.getvalue()


def _names(cell: str) -> Iterator[str]:
    try:
        found = [name for row in csv.reader([cell], skipinitialspace=True) for name in row]
    except csv.Error:
        found = cell.split(",")
    return filter(None, map(str.strip, found))


def read(text: str, report: Report, *, now: datetime) -> Iterator[Foreign]:
    del now
    body = rows(text, report)
    line, header = next(body, (1, []))
    names = {name.strip().lower() for name in header}
    if "title" not in names:
        report.refused(line, "The first row must name the columns, title among them")
        return
    for unknown in sorted(names - {*COLUMNS, "completed", ""}):
        report.left_out(line, f"The column {unknown}, which is not known")
    projects: set[str] = set()
    for line, raw in named(header, body):
        cells = {name: _unguarded(cell) for name, cell in raw.items()}
        project = cells.get("project") or None
        if project and project not in projects:
            projects.add(project)
            yield ForeignProject(line=line, ref=project, name=project)
        yield _task(cells, line, report)


def _task(cells: Mapping[str, str], line: int, report: Report) -> ForeignTask:
    zone = known_zone(cells.get("zone", ""))
    of_start = known_zone(cells["start_zone"]) if "start_zone" in cells else zone
    number = cells.get("priority", "")
    completed_at = an_instant(cells.get("completed_at", ""))
    task = ForeignTask(
        line=line,
        ref=cells.get("id") or None,
        parent=cells.get("parent") or None,
        project=cells.get("project") or None,
        section=cells.get("section") or None,
        title=cells.get("title", ""),
        description=cells.get("description", ""),
        due=a_due(cells.get("due", ""), zone),
        deadline=a_day(cells.get("deadline", "")),
        start=a_due(cells.get("start", ""), of_start),
        duration=a_number(cells.get("duration", ""), DURATION_MAX),
        recurrence=a_recurrence(
            cells.get("recurrence", ""),
            from_completion=cells.get("recurrence_from") == COMPLETION,
        ),
        priority=a_number(number, 4) or 4,
        labels=tuple(_names(cells.get("labels", ""))),
        links=tuple(cells.get("links", "").split()),
        is_completed=completed_at is not None or cells.get("completed", "").lower() in _YES,
        completed_at=completed_at,
        created_at=an_instant(cells.get("created_at", "")),
    )
    for name in ("due", "deadline", "start", "duration", "recurrence"):
        if cells.get(name) and getattr(task, name) is None:
            report.left_out(line, f"{name}: {cells[name]}")
    if number and a_number(number, 4) is None:
        report.left_out(line, f"priority: {number}")
    return task
