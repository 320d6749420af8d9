"""Our own records in the files that are written of them."""

from typing import Any

from tests.unit.transfer.files import read_file

from errand.fields import By, table_of
from errand.projects.model import Project
from errand.tasks.model import Task
from errand.tasks.schemas import TaskCreate
from errand.transfer.json_lines import write
from errand.transfer.ours import project_of, task_of
from errand.transfer.reading import Format

NOW = 1_795_000_000_000
HOME = "06h08q0rf9qcv4e83s3ndg2tl8"
LATER, TRIP = "06h08q0rf9qcv4e83s3ndg2tm0", "06h08q0rf9qcv4e83s3ndg2tm4"
FIELDS: dict[str, Any] = {
    "title": "Pay rent",
    "description": "To the landlord",
    "due": {"type": "zoned", "at": "2026-12-01T09:00", "zone": "Europe/Berlin"},
    "deadline": "2026-12-05",
    "start": {"type": "date", "date": "2026-11-30"},
    "duration": 30,
    "recurrence": {"rule": "FREQ=MONTHLY;BYMONTHDAY=1"},
    "project_id": HOME,
    "section_id": LATER,
    "parent_id": TRIP,
    "labels": ["rent", "bank"],
    "priority": 1,
    "reminders": [{"type": "relative", "before": "due", "minutes": 30}],
    "links": ["https://example.com/"],
    "completed": True,
}


def rent() -> Task:
    draft = TaskCreate.model_validate(FIELDS)
    return Task.new("06h08q0rf9qcv4e83s3ndg2tlc", draft.fields(), now=NOW)


def test_every_field_that_clients_set_is_in_the_sample() -> None:
    """A new one is written by task_of, or is named here with why not."""
    names = {column.name for column in table_of(Task).set_by(By.CLIENT)}
    assert names - FIELDS.keys() == {"due_date"}  # a short form of due


def test_records_are_read_as_they_were_written() -> None:
    home = Project.new(HOME, {"name": "Home", "colour": "#2a9d8f"}, now=NOW)
    text = write([project_of(home), task_of(rent(), section="Later")])
    contents = read_file(text.encode(), Format.JSON_LINES)
    [project], [task] = contents.projects, contents.tasks
    assert (project.ref, project.name, project.colour) == (HOME, "Home", "#2a9d8f")
    made = rent()
    for name in ("title", "description", "due", "deadline", "start", "duration", "recurrence"):
        assert getattr(task, name) == getattr(made, name), name
    for name in ("occurrence", "priority", "reminders", "links", "completed_at", "created_at"):
        assert getattr(task, name) == getattr(made, name), name
    assert (task.ref, task.project, task.is_completed) == (made.id, HOME, True)
    # One that is not in the file is no parent.
    assert (task.section, task.parent, task.labels) == ("Later", None, ("rent", "bank"))
