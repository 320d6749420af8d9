"""Google Takeout's Tasks.json: lists of tasks as the Tasks API has them.

https://developers.google.com/workspace/tasks/reference/rest/v1/tasks
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from errand.tasks.due import Due
from errand.transfer.model import Foreign, ForeignProject, ForeignTask
from errand.transfer.report import Report
from errand.transfer.texts import document
from errand.transfer.values import a_day, a_map, a_ref, a_text, an_instant, maps


def read(text: str, report: Report, *, now: datetime) -> Iterator[Foreign]:
    del now
    found = a_map(document(text))
    if found.get("kind") != "tasks#taskLists" and not isinstance(found.get("items"), list):
        report.refused(0, "This is no Tasks.json of Google Takeout: it has no list of items")
        return
    at = 0
    for number, tasks in enumerate(maps(found.get("items")), 1):
        ref = a_ref(tasks.get("id")) or f"list {number}"
        name = a_text(tasks.get("title"))
        yield ForeignProject(line=at + 1, ref=ref, name=name)
        for task in maps(tasks.get("items")):
            at += 1
            if task.get("deleted") is True:
                report.left_out(at, "A task that was deleted")
            else:
                yield _task(task, at, ref, report)


def _task(task: Mapping[str, Any], at: int, project: str, report: Report) -> ForeignTask:
    due = a_day(a_text(task.get("due")))
    if task.get("due") and due is None:
        report.left_out(at, f"due: {task['due']}")
    if task.get("task_recurrence_id") or task.get("recurrence"):
        report.left_out(at, "That it comes again: Takeout does not tell its rule")
    links = (a_text(one.get("link")) for one in maps(task.get("links")))
    return ForeignTask(
        line=at,
        ref=a_ref(task.get("id")),
        parent=a_ref(task.get("parent")),
        project=project,
        title=a_text(task.get("title")),
        description=a_text(task.get("notes")),
        # Its time of the day is always midnight in UTC and means nothing.
        due=Due(due) if due else None,
        links=tuple(filter(None, links)),
        is_completed=task.get("status") == "completed",
        completed_at=an_instant(a_text(task.get("completed"))),
        created_at=an_instant(a_text(task.get("created"))),
    )
