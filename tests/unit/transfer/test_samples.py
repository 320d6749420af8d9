"""What is read of the file of each program."""

# ruff: noqa: DTZ001 - what clocks show

from datetime import date, datetime

import pytest
from tests.unit.transfer.files import read_sample

from errand.tasks.due import Due
from errand.tasks.recurrence import MovedOccurrence, Recurrence
from errand.tasks.reminders import Reminder
from errand.transfer.reading import Format

BERLIN = "Europe/Berlin"
RENT = Due(datetime(2026, 12, 1, 9), BERLIN)
HALF_AN_HOUR = Reminder(before="due", minutes=30)
COMPLETED = 1793700000000  # 2026-11-03T10:00:00Z
CREATED = 1793527200000  # 2026-11-01T10:00:00Z
FIRST = Recurrence("FREQ=MONTHLY;BYMONTHDAY=1")


@pytest.mark.parametrize("known", list(Format))
def test_project_is_told_before_its_tasks(known: Format) -> None:
    contents, _, _ = read_sample(known)
    names = {project.ref: project.name for project in contents.projects}
    # A file of Todoist is one project, whose name is that of the file.
    assert list(names.values()) == ([] if known is Format.TODOIST else ["Home"])
    assert {task.project for task in contents.tasks} <= {*names, None}


@pytest.mark.parametrize("known", [each for each in Format if each is not Format.PLAIN_CSV])
def test_task_knows_what_it_is_a_part_of(known: Format) -> None:
    contents, tasks, _ = read_sample(known)
    whole = next(task for title, task in tasks.items() if title.startswith("Pay rent"))
    assert tasks["Look up the IBAN"].parent == whole.ref is not None
    assert contents.tasks.index(whole) < contents.tasks.index(tasks["Look up the IBAN"])


@pytest.mark.parametrize(
    "known", [each for each in Format if each not in {Format.PLAIN_CSV, Format.TODOIST}]
)
def test_task_keeps_when_it_was_completed(known: Format) -> None:
    _, tasks, _ = read_sample(known)
    done = tasks["Look up the IBAN"]
    assert (done.is_completed, done.completed_at) == (True, COMPLETED)


def test_todoist() -> None:
    _, tasks, report = read_sample(Format.TODOIST)
    rent = tasks["Pay rent"]
    assert rent.description == "To the landlord,\nby transfer"
    assert (rent.due, rent.recurrence, rent.duration) == (RENT, FIRST, 30)
    assert (rent.priority, rent.labels, rent.deadline) == (1, ("bank", "home"), date(2026, 12, 5))
    assert tasks["Ask the bank"].parent == tasks["Look up the IBAN"].ref
    assert tasks["Ask the bank"].due == Due(datetime(2026, 12, 24, 9), BERLIN)
    assert tasks["Ask the bank"].description == "They open at ten"
    assert tasks["Read 1984"].section == "Later"
    assert tasks["Read 1984"].description == "Date: whenever it rains"
    assert [(line.at, line.outcome) for line in report.lines] == [
        (7, "changed"),
        (10, "left_out"),
        (10, "changed"),
    ]


def test_ticktick() -> None:
    _, tasks, report = read_sample(Format.TICKTICK)
    rent = tasks["Pay rent"]
    # The day where it was written, which is the one before in UTC.
    assert (rent.due, rent.start) == (Due(date(2026, 12, 1)), None)
    assert (rent.recurrence, rent.reminders) == (Recurrence("FREQ=MONTHLY"), (HALF_AN_HOUR,))
    assert (rent.priority, rent.labels, rent.created_at) == (1, ("bank", "home"), CREATED)
    iban = tasks["Look up the IBAN"]
    assert (iban.start, iban.due) == (RENT, Due(datetime(2026, 12, 1, 10, 30), BERLIN))
    assert (iban.section, iban.priority) == ("Doing", 4)
    cleaning = tasks["Spring cleaning"]
    assert cleaning.due == Due(datetime(2026, 12, 1, 9))
    assert cleaning.description.startswith("Repeats: ERULE")
    assert {line.at for line in report.lines} == {10}


def test_plain_csv() -> None:
    _, tasks, report = read_sample(Format.PLAIN_CSV)
    rent = tasks["Pay rent"]
    assert (rent.due, rent.priority, rent.labels) == (RENT, 1, ("bank", "home"))
    assert rent.links == ("https://example.com/a", "https://example.com/b")
    assert tasks["=Sum of all"].is_completed
    told = [(line.at, line.words) for line in report.lines]
    assert told == [
        (1, "The column mood, which is not known"),
        (4, "due: soon"),
        (4, "priority: 9"),
    ]


def test_vikunja() -> None:
    contents, tasks, _ = read_sample(Format.VIKUNJA)
    assert contents.projects[0].colour == "#2a9d8f"
    rent = tasks["Pay rent"]
    assert rent.description == "To the landlord\n- by transfer"
    assert (rent.due, rent.recurrence) == (RENT, Recurrence("FREQ=MONTHLY"))
    assert (rent.priority, rent.reminders, rent.section) == (1, (HALF_AN_HOUR,), "Doing")
    assert (rent.labels, rent.comments) == (("bank",), ("They open at ten",))
    iban = tasks["Look up the IBAN"]
    assert (iban.due, iban.recurrence) == (
        None,
        Recurrence("FREQ=DAILY;INTERVAL=2", "completion"),
    )


def test_google() -> None:
    contents, tasks, report = read_sample(Format.GOOGLE)
    rent = tasks["Pay rent"]
    assert (rent.due, rent.description) == (Due(date(2026, 12, 1)), "To the landlord")
    assert rent.links == ("https://mail.example.com/1",)
    assert len(contents.tasks) == 2
    assert [(line.at, line.outcome) for line in report.lines] == [(3, "left_out")]


def test_microsoft() -> None:
    _, tasks, report = read_sample(Format.MICROSOFT)
    rent = tasks["Pay rent"]
    # Midnight in Berlin, which UTC has on the day before.
    assert rent.due == Due(date(2026, 12, 1))
    assert rent.recurrence == Recurrence("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=1;UNTIL=20271231")
    assert rent.reminders == (Reminder(at=1796110200000),)  # 08:30 in Berlin
    assert (rent.priority, rent.labels) == (1, ("bank",))
    assert (rent.description, rent.links) == ("To the landlord", ("https://example.com/rent",))
    assert report.lines == []


def test_vtodo() -> None:
    contents, tasks, report = read_sample(Format.VTODO)
    rent = tasks["Pay rent, at last"]
    assert rent.description == "To the landlord\nby transfer"
    assert (rent.due, rent.recurrence, rent.reminders) == (RENT, FIRST, (HALF_AN_HOUR,))
    assert rent.moved == (MovedOccurrence(Due(datetime(2027, 1, 1, 9), BERLIN), None),)
    assert (rent.priority, rent.labels) == (1, ("bank", "home"))
    assert tasks["Look up the IBAN"].due == Due(date(2026, 11, 30))
    # A wrong one spoils no other.
    assert len(contents.tasks) == 2
    assert [(line.at, line.outcome) for line in report.lines] == [(35, "refused")]


def test_json_lines() -> None:
    _, tasks, report = read_sample(Format.JSON_LINES)
    rent = tasks["Pay rent"]
    assert (rent.occurrence, rent.due) == (RENT, Due(datetime(2026, 12, 2, 9), BERLIN))
    assert rent.moved == (MovedOccurrence(Due(datetime(2027, 1, 1, 9), BERLIN), None),)
    assert (rent.deadline, rent.duration, rent.priority) == (date(2026, 12, 5), 30, 1)
    assert [(line.at, line.outcome) for line in report.lines] == [(4, "left_out")]
