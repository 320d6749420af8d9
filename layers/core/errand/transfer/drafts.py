"""A neutral task made the draft of a task, by the same rules as POST /tasks.

What the rules would refuse is cut, kept in the description or left out, and the report says so.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from errand.appearance import is_balanced, width
from errand.fields import table_of
from errand.labels.names import LABELS_MAX
from errand.schemas import Draft
from errand.tasks.decisions import LINKS_BYTES_MAX, TEXT_BYTES_MAX
from errand.tasks.model import DESCRIPTION_MAX, LINKS_MAX, TITLE_MAX, TITLE_MIN, Task
from errand.tasks.reminders import REMINDERS_MAX
from errand.tasks.schemas import TaskCreate
from errand.transfer.model import ForeignTask
from errand.transfer.report import Report

_UNTITLED = "Untitled task"
_SHORT = "To do: "
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CONTROLS_IN_PROSE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_DIRECTIONS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_LISTS = frozenset({"reminders", "links", "labels"})
_MANY = 100
_MOST = {"labels": LABELS_MAX, "links": LINKS_MAX, "reminders": REMINDERS_MAX}


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Ids by what the file calls them. Sections: by project and name."""

    projects: Mapping[str, str] = field(default_factory=dict)
    sections: Mapping[tuple[str | None, str], str] = field(default_factory=dict)
    tasks: Mapping[str, str] = field(default_factory=dict)


def draft_of(
    task: ForeignTask, places: Places, report: Report, *, record: type[Task] = Task
) -> Draft | None:
    """None if no rule can be kept. `record`: whose table of fields tells what tasks have."""
    task = _described(_titled(task, report), report)
    fields = _fields(task) | _placed(task, places, report, known=set(table_of(record)))
    return _valid(fields, task.line, report)


def _titled(task: ForeignTask, report: Report) -> ForeignTask:
    title = _on_one_line(task.title)
    if title != task.title.strip():
        report.changed(task.line, "The title: line breaks and what cannot be shown are gone")
    if not width(title):
        first = _on_one_line(task.description.strip().partition("\n")[0][:TITLE_MAX])
        title = first if width(first) >= TITLE_MIN else _UNTITLED
        report.changed(task.line, f"It had no title: {title}")
    if len(title) > TITLE_MAX:
        report.changed(task.line, "The title was too long: all of it stands in the description")
        task = replace(task, description=f"{title}\n\n{task.description}".strip())
        title = _on_one_line(f"{title[: TITLE_MAX - 1]}…")
    elif width(title) < TITLE_MIN:
        title = _SHORT + title
        report.changed(task.line, f"The title was too short: {title}")
    return replace(task, title=title)


def _on_one_line(text: str) -> str:
    line = " ".join(_CONTROLS.sub(" ", _SURROGATES.sub("\ufffd", text)).split())
    return line if is_balanced(line) else _DIRECTIONS.sub("", line)


def _described(task: ForeignTask, report: Report) -> ForeignTask:
    if task.comments:
        report.changed(task.line, f"In the description: comments, {len(task.comments)}")
        task = task.noting("\n\n".join(task.comments))
    written = _SURROGATES.sub("\ufffd", task.description).strip()
    text = _CONTROLS_IN_PROSE.sub("", written)
    if text != task.description.strip():
        report.changed(task.line, "The description: what cannot be shown is gone")
    room = TEXT_BYTES_MAX - min(len("".join(task.links).encode()), LINKS_BYTES_MAX)
    cut = text.encode()[:room].decode(errors="ignore")[:DESCRIPTION_MAX].rstrip()
    if len(cut) < len(text):
        report.left_out(task.line, f"{len(text) - len(cut)} characters of a long description")
    return replace(task, description=cut)


def _fields(task: ForeignTask) -> dict[str, Any]:
    """As a client would send them."""
    # The series begins with the occurrence, wherever that has been moved.
    due = task.occurrence if task.occurrence and task.recurrence else task.due
    told = {
        "title": task.title,
        "description": task.description or None,
        "due": due and due.shown(),
        "deadline": task.deadline and task.deadline.isoformat(),
        "start": task.start and task.start.shown(),
        "duration": task.duration,
        "recurrence": task.recurrence and task.recurrence.shown(),
        "priority": task.priority,
        "reminders": [reminder.shown() for reminder in task.reminders],
        "links": list(task.links),
        "completed": task.is_completed or None,
    }
    return {name: value for name, value in told.items() if value not in (None, [])}


def _placed(
    task: ForeignTask, places: Places, report: Report, *, known: set[str]
) -> dict[str, Any]:
    """What tasks have of the rest: the one place that asks whether they have labels and so on."""
    wanted = {
        "project_id": (task.project, places.projects.get(task.project or "")),
        "labels": (", ".join(task.labels), list(dict.fromkeys(task.labels))),
        "section_id": (task.section, places.sections.get((task.project, task.section or ""))),
        "parent_id": (task.parent, places.tasks.get(task.parent or "")),
    }
    fields: dict[str, Any] = {}
    for name, (written, value) in wanted.items():
        if written and value and name in known:
            fields[name] = value
        elif written:
            report.left_out(task.line, f"{name.removesuffix('_id').capitalize()}: {written}")
    return fields


def _valid(fields: dict[str, Any], line: int, report: Report) -> Draft | None:
    """What a rule refuses is left out, one after the other; a title that cannot be is the end."""
    for many in sorted(_LISTS & fields.keys()):
        if len(fields[many]) > _MANY:
            # Not each of a million that are wrong is to be told again and again.
            report.left_out(line, f"{many}: {len(fields[many]) - _MANY} of very many")
            fields = {**fields, many: fields[many][:_MANY]}
    for _ in range(_MANY + len(fields)):
        try:
            return TaskCreate.model_validate(fields)
        except ValidationError as wrong:
            found = wrong.errors(include_url=False, include_input=False)[0]
        name, *inside = found["loc"]
        if name == "title" or name not in fields:
            report.refused(line, f"{name}: {found['msg']}")
            return None
        report.left_out(line, f"{name}: {found['msg']}")
        if name in _LISTS and inside and isinstance(inside[0], int):
            entries = list(fields[name])
            del entries[inside[0]]
            fields = {**fields, name: entries}
        elif name in _LISTS and found["type"] == "too_long":
            # Of links together it is no number of them: one after the other.
            most = min(_MOST.get(name, _MANY), len(fields[name]) - 1)
            fields = {**fields, name: fields[name][:most]}
        else:
            fields = {key: value for key, value in fields.items() if key != name}
    report.refused(line, "Too much of the task is not what a task can have")
    return None
