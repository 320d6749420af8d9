"""What the API gives for a task."""

from functools import cache

from errand.schemas import View, view
from errand.tasks.model import Task
from errand.views import JsonView

TASK_JSON = JsonView(Task)


@cache
def task_view() -> type[View]:
    """For documentation alone: TASK_JSON makes the answers."""
    from errand.tasks.schemas import EXAMPLE  # noqa: PLC0415 - what nobody who reads needs
    from errand.tasks.times import SHAPES  # noqa: PLC0415 - as above

    answer = {
        "id": "06h08q0rf9qcv4e83s3ndg2tl8",
        **EXAMPLE,
        "due": {"type": "date", "date": "2026-12-24"},
        "deadline": None,
        "start": None,
        "duration": None,
        "project_id": "inbox",
        "section_id": None,
        "parent_id": None,
        "position": "06h08q0rf9qcv4e83s3ndg2tl8",
        "recurrence": None,
        "occurrence": None,
        "moved_occurrences": [],
        "labels": ["errands"],
        "label_ids": ["06h08q0rf9qcv4e83s3ndg2tm0"],
        "reminders": [],
        "completed": True,
        "completed_at": "2026-12-23T17:05:00.456Z",
        "created_at": "2026-11-22T08:30:00.123Z",
        "updated_at": "2026-12-23T17:05:00.456Z",
        "version": 2,
    }
    return view(Task, name="Task", example=answer, meaning="Something to be done.", shapes=SHAPES)
