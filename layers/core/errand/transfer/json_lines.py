"""Our own form, lossless: a JSON object on each line, with the names that the API has.

An export of an account (GET /users/me/export) is taken as well. Read and written.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from errand.codecs import instant
from errand.projects.model import INBOX
from errand.tasks.due import Due
from errand.tasks.recurrence import COMPLETION, MovedOccurrence
from errand.tasks.reminders import Reminder
from errand.transfer.model import PRIORITY_DEFAULT, Foreign, ForeignProject, ForeignTask
from errand.transfer.report import Report
from errand.transfer.texts import document
from errand.transfer.values import (
    a_day,
    a_map,
    a_recurrence,
    a_ref,
    a_text,
    a_time,
    an_instant,
    known_zone,
    maps,
)

_BEFORE = frozenset({"due", "start"})
_SECTIONS_LEFT_OUT = ("trash", "completions")


def write(things: Iterable[Foreign]) -> str:
    lines = (_project(one) if isinstance(one, ForeignProject) else _task(one) for one in things)
    return "".join(
        f"{json.dumps(line, ensure_ascii=False, separators=(',', ':'))}\n" for line in lines
    )


def _project(project: ForeignProject) -> dict[str, Any]:
    told = {"name": project.name, "colour": project.colour, "archived": project.archived}
    return {"kind": "project", "id": project.ref, **told}


def _task(task: ForeignTask) -> dict[str, Any]:
    told = {
        "id": task.ref,
        "title": task.title,
        "description": task.description or None,
        "due": task.due and task.due.shown(),
        "deadline": task.deadline and task.deadline.isoformat(),
        "start": task.start and task.start.shown(),
        "duration": task.duration,
        "recurrence": task.recurrence and task.recurrence.shown(),
        "occurrence": task.occurrence and task.occurrence.shown(),
        "moved_occurrences": [one.shown() for one in task.moved],
        "project_id": task.project or INBOX,
        "section": task.section,
        "parent_id": task.parent,
        "priority": task.priority,
        "reminders": [one.shown() for one in task.reminders],
        "labels": list(task.labels),
        "links": list(task.links),
        "comments": list(task.comments),
        "completed": task.is_completed,
        "completed_at": None if task.completed_at is None else instant(task.completed_at),
        "created_at": None if task.created_at is None else instant(task.created_at),
    }
    return {"kind": "task", **told}


def read(text: str, report: Report, *, now: datetime) -> Iterator[Foreign]:
    del now
    for at, line in enumerate(_lines(text), 1):
        if line.strip():
            yield from _things(document(line), at, report)


def _lines(text: str) -> Iterator[str]:
    """By line feeds alone: JSON may have other characters that end lines in its texts."""
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield text[start:end]
        start = end + 1


def _things(found: Any, at: int, report: Report) -> Iterator[Foreign]:
    thing = a_map(found)
    if isinstance(thing.get("tasks"), list):
        yield from (_read_project(one, at) for one in maps(thing.get("projects")))
        yield from (
            _read_task(one, number, report)
            for number, one in enumerate(_with_names(thing, maps(thing["tasks"])), 1)
        )
        for name in _SECTIONS_LEFT_OUT:
            if thing.get(name):
                report.left_out(at, f"What is in {name}")
    elif thing.get("kind") == "project":
        yield _read_project(thing, at)
    elif thing.get("kind") == "task" or ("title" in thing and "kind" not in thing):
        yield _read_task(thing, at, report)
    else:
        report.left_out(at, "What is neither a task nor a project")


def _with_names(
    export: Mapping[str, Any], tasks: Iterable[Mapping[str, Any]]
) -> Iterator[Mapping[str, Any]]:
    """Tasks of an export, which has sections and labels by their ids."""

    def names(of: Any) -> dict[Any, str]:
        return {a_ref(one.get("id")): a_text(one.get("name")) for one in maps(of)}

    sections = names(export.get("sections"))
    labels = names(a_map(export.get("labels")).get("labels"))
    for task in tasks:
        borne = [labels[one] for one in _texts(task.get("label_ids")) if one in labels]
        section = sections.get(a_ref(task.get("section_id")))
        yield {"labels": borne, "section": section, **task}


def _read_project(thing: Mapping[str, Any], at: int) -> ForeignProject:
    return ForeignProject(
        line=at,
        ref=a_ref(thing.get("id")) or a_text(thing.get("name")),
        name=a_text(thing.get("name")),
        colour=a_text(thing.get("colour")) or None,
        archived=thing.get("archived") is True,
    )


def _read_task(thing: Mapping[str, Any], at: int, report: Report) -> ForeignTask:
    rule = a_map(thing.get("recurrence"))
    priority, minutes = thing.get("priority"), thing.get("duration")
    project = a_ref(thing.get("project_id"))
    completed_at = an_instant(a_text(thing.get("completed_at")))
    task = ForeignTask(
        line=at,
        ref=a_ref(thing.get("id")),
        parent=a_ref(thing.get("parent_id")),
        project=None if project == INBOX else project,
        section=a_text(thing.get("section")) or None,
        title=a_text(thing.get("title")),
        description=a_text(thing.get("description")),
        due=_due(thing.get("due")),
        deadline=a_day(a_text(thing.get("deadline"))),
        start=_due(thing.get("start")),
        duration=minutes if type(minutes) is int else None,
        recurrence=a_recurrence(
            a_text(rule.get("rule")), from_completion=rule.get("from") == COMPLETION
        ),
        occurrence=_due(thing.get("occurrence")),
        moved=tuple(_moved(thing.get("moved_occurrences"))),
        priority=priority if type(priority) is int else PRIORITY_DEFAULT,
        reminders=tuple(_reminders(thing.get("reminders"))),
        labels=_texts(thing.get("labels")),
        links=_texts(thing.get("links")),
        comments=_texts(thing.get("comments")),
        is_completed=thing.get("completed") is True or completed_at is not None,
        completed_at=completed_at,
        created_at=an_instant(a_text(thing.get("created_at"))),
    )
    for name in ("due", "deadline", "start", "duration", "recurrence"):
        if thing.get(name) and getattr(task, name) is None:
            report.left_out(at, f"{name}: {thing[name]}")
    return task


def _due(value: Any) -> Due | None:
    told = a_map(value)
    if told.get("type") == "date":
        day = a_day(a_text(told.get("date")))
        return Due(day) if day else None
    at = a_time(a_text(told.get("at")))
    zone = known_zone(a_text(told.get("zone")))
    if at is None or at.tzinfo or (told.get("type") == "zoned" and zone is None):
        return None
    return Due(at.replace(microsecond=0), zone)


def _moved(value: Any) -> Iterator[MovedOccurrence]:
    for one in maps(value):
        if occurrence := _due(one.get("occurrence")):
            yield MovedOccurrence(occurrence, _due(one.get("due")))


def _reminders(value: Any) -> Iterator[Reminder]:
    for one in maps(value):
        at, minutes = an_instant(a_text(one.get("at"))), one.get("minutes")
        if at is not None:
            yield Reminder(at=at)
        elif one.get("before") in _BEFORE and type(minutes) is int:
            yield Reminder(before=a_text(one["before"]), minutes=minutes)


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
