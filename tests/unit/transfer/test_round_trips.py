"""What is written is read again as it was."""

# ruff: noqa: DTZ001 - what clocks show

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from tests.unit.transfer.files import read_file, read_sample

from errand.tasks.due import Due
from errand.tasks.recurrence import MovedOccurrence, Recurrence
from errand.tasks.reminders import Reminder
from errand.transfer.model import Foreign, ForeignProject, ForeignTask
from errand.transfer.reading import Contents, Format, write
from errand.transfer.report import Report

DAYS = st.dates(date(1970, 1, 2), date(2200, 1, 1))
TIMES = st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)).map(
    lambda at: at.replace(microsecond=0, fold=0)
)
DUES = st.builds(Due, DAYS) | st.builds(
    Due, TIMES, st.none() | st.sampled_from(["UTC", "Asia/Tokyo"])
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
IDS = st.text("0123456789abcdefghijklmnopqrstuv", min_size=26, max_size=26)
INSTANTS = st.integers(0, 7_000_000_000_000)
RECURRENCES = st.builds(
    Recurrence,
    st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", "FREQ=MONTHLY;COUNT=3"]),
    st.sampled_from(["due", "completion"]),
)
REMINDERS = st.builds(Reminder, at=INSTANTS) | st.builds(
    Reminder, before=st.sampled_from(["due", "start"]), minutes=st.integers(0, 9999)
)


@st.composite
def files(draw: st.DrawFn) -> list[Foreign]:
    """Projects first, and tasks that are parts of those before them."""
    ids = draw(st.lists(IDS, unique=True, max_size=6))
    half = len(ids) // 2
    projects = [
        ForeignProject(line=0, ref=ref, name=draw(TEXTS), archived=draw(st.booleans()))
        for ref in ids[:half]
    ]
    tasks: list[ForeignTask] = []
    for ref in ids[half:]:
        completed_at = draw(st.none() | INSTANTS)
        told: dict[str, Any] = {
            "description": draw(TEXTS),
            "due": draw(st.none() | DUES),
            "deadline": draw(st.none() | DAYS),
            "start": draw(st.none() | DUES),
            "duration": draw(st.none() | st.integers(1, 600)),
            "recurrence": draw(st.none() | RECURRENCES),
            "moved": tuple(
                draw(st.lists(st.builds(MovedOccurrence, DUES, st.none() | DUES), max_size=2))
            ),
            "priority": draw(st.integers(1, 4)),
            "reminders": tuple(draw(st.lists(REMINDERS, max_size=2))),
            "labels": tuple(draw(st.lists(TEXTS, max_size=2))),
            "links": tuple(draw(st.lists(TEXTS, max_size=2))),
            "comments": tuple(draw(st.lists(TEXTS, max_size=2))),
            "section": draw(st.none() | TEXTS.filter(bool)),
            "project": draw(st.sampled_from([None, *ids[:half]])),
            "parent": tasks[-1].ref if tasks and len(tasks) < 4 and draw(st.booleans()) else None,
            "is_completed": completed_at is not None,
            "completed_at": completed_at,
            "created_at": draw(INSTANTS),
        }
        tasks.append(ForeignTask(line=0, ref=ref, title=draw(TEXTS), **told))
    return [*projects, *tasks]


def things(contents: Contents) -> list[Foreign]:
    """Wherever they stood in the file."""
    everything: list[Foreign] = [*contents.projects, *contents.tasks]
    return [replace(one, line=0) for one in everything]


@given(written=files())
def test_json_lines_lose_nothing(written: list[Foreign]) -> None:
    text, report = write(written, Format.JSON_LINES), Report()
    found = things(read_file(text.encode(), Format.JSON_LINES, report))
    assert found == written
    assert write(found, Format.JSON_LINES) == text
    assert report.lines == []


# What CSV has no columns for, or keeps apart by spaces and commas.
_NOT_IN_CSV: dict[str, Any] = {
    "moved": (),
    "reminders": (),
    "comments": (),
    "labels": ("bank", "home"),
    "links": ("https://example.com/",),
    "occurrence": None,
}


@given(written=files(), title=TEXTS)
def test_csv_reads_its_own_cells_whatever_they_hold(written: list[Foreign], title: str) -> None:
    tasks = [
        replace(one, project=None, section=None, title=title.strip(), **_NOT_IN_CSV)
        for one in written
        if isinstance(one, ForeignTask)
    ]
    once = things(read_file(write(tasks, Format.PLAIN_CSV).encode(), Format.PLAIN_CSV))
    again = things(read_file(write(once, Format.PLAIN_CSV).encode(), Format.PLAIN_CSV))
    assert once == again
    of_csv = [(one.ref, one.priority, one.deadline) for one in once if isinstance(one, ForeignTask)]
    assert of_csv == [(one.ref, one.priority, one.deadline) for one in tasks]


@pytest.mark.parametrize(
    "told",
    [
        {"labels": ("two, words", 'five" nails', "a\\b")},
        {"start": Due.of("2026-11-20T09:00@Asia/Tokyo"), "due": Due.of("2026-11-22T09:00")},
        {"start": Due.of("2026-11-20T09:00"), "due": Due.of("2026-11-22T09:00@Asia/Tokyo")},
        {"start": Due.of("2026-11-20T09:00@Asia/Tokyo")},
        {"description": "'=1+1"},
        {"description": "''=1+1"},
    ],
    ids=str,
)
def test_csv_loses_nothing_that_it_has_a_column_for(told: dict[str, Any]) -> None:
    task = ForeignTask(line=0, ref="1", title="Water", **told)
    [found] = things(
        read_file(write([task], Format.PLAIN_CSV).encode(), Format.PLAIN_CSV, Report())
    )
    assert found == task


@pytest.mark.parametrize(
    ("cell", "labels"),
    [
        ("bank, home", ("bank", "home")),
        ("bank,,", ("bank",)),
        ('5" nails', ('5" nails',)),
        ('"a, b", c', ("a, b", "c")),
        ('"open, end', ("open, end",)),
    ],
)
def test_labels_of_a_cell(cell: str, labels: tuple[str, ...]) -> None:
    quoted = cell.replace('"', '""')
    found = read_file(f'title,labels\nWater,"{quoted}"\n'.encode(), Format.PLAIN_CSV)
    assert found.tasks[0].labels == labels


def test_zone_is_that_of_both_where_there_is_one_alone() -> None:
    text = "title,due,start,zone\nWater,2026-11-22T09:00,2026-11-20T09:00,Asia/Tokyo\n"
    [task] = read_file(text.encode(), Format.PLAIN_CSV).tasks
    assert (task.due and task.due.zone, task.start and task.start.zone) == ("Asia/Tokyo",) * 2


@pytest.mark.parametrize("beginning", "=+-@")
def test_no_cell_is_a_formula(beginning: str) -> None:
    task = ForeignTask(line=0, title=f"{beginning}1+1")
    text = write([task], Format.PLAIN_CSV)
    assert f",'{beginning}1+1," in text
    assert read_file(text.encode(), Format.PLAIN_CSV).tasks[0].title == f"{beginning}1+1"


@pytest.mark.parametrize("known", list(Format))
def test_vtodo_is_taken_by_icalendar_and_read_again(known: Format) -> None:
    contents, _, _ = read_sample(known)
    text = write([*contents.projects, *contents.tasks], Format.VTODO)
    parsed = Calendar.from_ical(text, multiple=True)
    assert sum(len(one.walk("VTODO")) for one in parsed) == len(contents.tasks)
    again = {task.ref: task for task in read_file(text.encode(), Format.VTODO).tasks}
    for task in contents.tasks:
        found = again[task.ref or f"{task.line}"]
        assert (found.title, found.due, found.priority) == (task.title, task.due, task.priority)
        assert (found.labels, found.links) == (task.labels, task.links)
        assert (found.duration, found.parent) == (task.duration, task.parent)
        assert (found.recurrence and found.recurrence.rule) == (
            task.recurrence and task.recurrence.rule
        )
        assert (found.reminders, found.completed_at) == (task.reminders, task.completed_at)
