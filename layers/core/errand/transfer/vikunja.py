"""Vikunja's export, its data.json: projects, in each its tasks with what belongs to them.

https://vikunja.io/docs/ and the models of its API
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from errand.tasks.reminders import MINUTES_MAX, Reminder
from errand.transfer.html import prose_of
from errand.transfer.model import Foreign, ForeignProject, ForeignTask
from errand.transfer.report import Report
from errand.transfer.texts import document
from errand.transfer.values import a_due, a_map, a_recurrence, a_ref, a_text, an_instant, maps

# From 5, "do now", to 1, "low"; 0 is unset.
_PRIORITIES = {5: 1, 4: 1, 3: 2, 2: 3}
_MONTHLY, _FROM_COMPLETION = 1, 2
_DAY_SECONDS = 24 * 3600
_RELATIVE = {"due_date": "due", "start_date": "start"}


def read(text: str, report: Report, *, now: datetime) -> Iterator[Foreign]:
    """`now`: with the time zone of who imports, on whose clock times are; Vikunja tells UTC."""
    projects = maps(document(text))
    if not any(isinstance(project.get("tasks"), list) for project in projects):
        report.refused(0, "This is no data.json of Vikunja: it has no projects with tasks")
        return
    here = str(now.tzinfo)
    parents = _parents(projects)
    at = 0
    for project in projects:
        ref = a_ref(project.get("id")) or a_text(project.get("title"))
        colour = a_text(project.get("hex_color")).removeprefix("#")
        yield ForeignProject(
            line=at + 1,
            ref=ref,
            name=a_text(project.get("title")),
            colour=f"#{colour}" if colour else None,
            archived=project.get("is_archived") is True,
        )
        if project.get("parent_project_id"):
            report.left_out(at + 1, "That the project is a part of another")
        buckets = {a_ref(one.get("id")): one.get("title") for one in maps(project.get("buckets"))}
        for task in maps(project.get("tasks")):
            at += 1
            section = a_text(buckets.get(a_ref(task.get("bucket_id"))))
            made = _task(task, at, here, report)
            parent = parents.get(made.ref or "")
            made = replace(made, project=ref, section=section or None, parent=parent)
            yield _with_rule(made, task, report)


def _parents(projects: list[Mapping[str, Any]]) -> dict[str, str]:
    """Told on either side: of the part, or of the whole."""
    found: dict[str, str] = {}
    for task in (task for project in projects for task in maps(project.get("tasks"))):
        ref, related = a_ref(task.get("id")), a_map(task.get("related_tasks"))
        if ref is None:
            continue
        for parent in maps(related.get("parenttask"))[:1]:
            found[ref] = a_ref(parent.get("id")) or ref
        for part in maps(related.get("subtask")):
            found.setdefault(a_ref(part.get("id")) or "", ref)
    return found


def _task(task: Mapping[str, Any], at: int, here: str, report: Report) -> ForeignTask:
    priority = task.get("priority")
    labels = (a_text(label.get("title")) for label in maps(task.get("labels")))
    comments = (prose_of(a_text(one.get("comment"))) for one in maps(task.get("comments")))
    for name in ("attachments", "assignees"):
        if task.get(name):
            report.left_out(at, name.capitalize())
    due, start = (a_due(a_text(task.get(name)), here) for name in ("due_date", "start_date"))
    return ForeignTask(
        line=at,
        ref=a_ref(task.get("id")),
        title=a_text(task.get("title")),
        description=prose_of(a_text(task.get("description"))),
        due=due,
        start=start,
        priority=_PRIORITIES.get(priority, 4) if isinstance(priority, int) else 4,
        reminders=_reminders(task, at, report),
        labels=tuple(filter(None, labels)),
        comments=tuple(filter(None, comments)),
        is_completed=task.get("done") is True,
        completed_at=an_instant(a_text(task.get("done_at"))),
        created_at=an_instant(a_text(task.get("created"))),
    )


def _reminders(task: Mapping[str, Any], at: int, report: Report) -> tuple[Reminder, ...]:
    found = []
    for one in maps(task.get("reminders")):
        before = _RELATIVE.get(a_text(one.get("relative_to")))
        period = one.get("relative_period")
        moment = an_instant(a_text(one.get("reminder")))
        if before and isinstance(period, int) and 0 <= -period <= MINUTES_MAX * 60:
            found.append(Reminder(before=before, minutes=-period // 60))
        elif moment is not None:
            found.append(Reminder(at=moment))
        else:
            report.left_out(at, "A reminder that is not before a time")
    return tuple(found)


def _with_rule(task: ForeignTask, written: Mapping[str, Any], report: Report) -> ForeignTask:
    seconds, mode = written.get("repeat_after"), written.get("repeat_mode")
    if not seconds and mode != _MONTHLY:
        return task
    rule = "FREQ=MONTHLY"
    if mode != _MONTHLY:
        days, rest = divmod(seconds, _DAY_SECONDS) if isinstance(seconds, int) else (0, 1)
        rule = f"FREQ=DAILY;INTERVAL={0 if rest else days}"
        if days % 7 == 0:
            rule = f"FREQ=WEEKLY;INTERVAL={0 if rest else days // 7}"
    recurrence = a_recurrence(rule, from_completion=mode == _FROM_COMPLETION)
    if recurrence:
        return replace(task, recurrence=recurrence)
    report.changed(task.line, "How it repeats stands in the description")
    return task.noting(f"Repeats: every {str(seconds)[:20]} seconds")
