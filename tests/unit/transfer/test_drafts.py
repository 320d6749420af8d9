"""What the API would refuse is cut, kept elsewhere or left out, and said to be."""

# ruff: noqa: DTZ001 - what clocks show

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.transfer.files import read_sample

from errand.fields import By, kept
from errand.tasks.due import Due
from errand.tasks.model import Task
from errand.tasks.reminders import Reminder
from errand.transfer.drafts import Places, draft_of
from errand.transfer.model import ForeignTask
from errand.transfer.reading import Format
from errand.transfer.report import Report


def drafted(**told: Any) -> tuple[dict[str, Any], list[str]]:
    """The fields that are set, and the outcomes."""
    report = Report()
    task = ForeignTask(line=7, **{"title": "Pay rent", **told})
    draft = draft_of(task, Places(projects={"Home": "0" * 26}), report)
    assert {line.at for line in report.lines} <= {7}
    fields = {} if draft is None else dict(draft.changes())
    return fields, [str(line.outcome) for line in report.lines]


def test_plain_task_is_as_it_was() -> None:
    fields, outcomes = drafted(description="To the landlord", priority=2, project="Home")
    assert fields == {
        "title": "Pay rent",
        "description": "To the landlord",
        "priority": 2,
        "project_id": "0" * 26,
    }
    assert outcomes == []


def test_long_title_is_cut_and_stands_in_the_description() -> None:
    fields, outcomes = drafted(title="x" * 300, description="More")
    assert fields["title"] == "x" * 199 + "…"
    assert fields["description"] == "x" * 300 + "\n\nMore"
    assert outcomes == ["changed"]


@pytest.mark.parametrize(
    ("title", "told"),
    [
        ("Go", "To do: Go"),
        ("", "Untitled task"),
        ("\u200b\u200b", "Untitled task"),
        ("Pay\nrent", "Pay rent"),
        ("Pay \ud800rent", "Pay \ufffdrent"),
        ("\u202ePay rent", "Pay rent"),
        ("Pay\x07 rent", "Pay rent"),
    ],
)
def test_title_that_none_may_have_is_mended(title: str, told: str) -> None:
    fields, outcomes = drafted(title=title)
    assert fields["title"] == told
    assert set(outcomes) == {"changed"}


def test_description_becomes_the_title_of_a_task_without_one() -> None:
    fields, _ = drafted(title=" ", description="Call mum\nabout the cake")
    assert fields["title"] == "Call mum"


def test_long_description_is_cut() -> None:
    fields, outcomes = drafted(description="ü" * 6_000, links=("https://example.com/",))
    assert fields["description"] == "ü" * 5_000
    assert outcomes == ["left_out"]


def test_wide_description_leaves_room_for_links() -> None:
    fields, _ = drafted(
        description="\U0001f600" * 5_000, links=("https://example.com/" + "a" * 99,)
    )
    size = len(fields["description"].encode()) + sum(map(len, fields["links"]))
    assert 15_000 < size <= 15 * 1024


def test_comment_stands_in_the_description() -> None:
    fields, outcomes = drafted(description="First", comments=("Second",))
    assert (fields["description"], outcomes) == ("First\n\nSecond", ["changed"])


def test_link_that_is_none_is_left_out_alone() -> None:
    fields, outcomes = drafted(links=("ftp://example.com", "https://example.com/"))
    assert (list(fields["links"]), outcomes) == (["https://example.com/"], ["left_out"])


def test_only_as_many_reminders_as_a_task_may_have() -> None:
    reminders = tuple(Reminder(before="due", minutes=each) for each in range(12))
    fields, outcomes = drafted(reminders=reminders, due=Due(datetime(2026, 12, 24, 9)))
    assert (len(fields["reminders"]), outcomes) == (10, ["left_out"])


def test_only_as_many_labels_as_a_task_may_bear() -> None:
    names = tuple(f"label {number}" for number in range(70))
    report = Report()
    places = Places()
    draft = draft_of(ForeignTask(line=7, title="Pay rent", labels=names), places, report)
    assert draft is not None
    assert draft.changes()["labels"] == names[:50]
    assert len(report.lines) == 1


def test_only_as_many_links_as_there_is_room_for() -> None:
    links = tuple(f"https://example.com/{number}{'x' * 1500}" for number in range(20))
    fields, outcomes = drafted(links=links)
    assert 0 < len(fields["links"]) < 20
    assert set(outcomes) == {"left_out"}


@pytest.mark.parametrize("label", ["rent", "x" * 61])
def test_labels_without_end_are_left_out_together(label: str) -> None:
    report = Report()
    many = tuple(f"{label}{number}" for number in range(100_000))
    draft_of(ForeignTask(line=7, title="Pay rent", labels=many), Places(), report)
    assert report.lines[0].words == "labels: 99900 of very many"
    assert len(report.lines) + report.more <= 101


def test_duration_and_priority_beyond_bounds_are_left_out() -> None:
    fields, outcomes = drafted(duration=10**9, priority=9, deadline=date(2026, 12, 24))
    assert (fields["deadline"], outcomes) == (date(2026, 12, 24), ["left_out", "left_out"])
    assert fields.keys() == {"title", "deadline"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelled(Task):
    labels: tuple[str, ...] = kept("la", by=By.CLIENT, default=())


def test_what_tasks_do_not_have_is_reported() -> None:
    report = Report()
    task = ForeignTask(line=7, title="Pay rent", labels=("bank",), section="Later", parent="1")
    draft_of(task, Places(tasks={"1": "0" * 26}), report, record=_without_places())
    assert [line.words for line in report.lines] == [
        "Labels: bank",
        "Section: Later",
        "Parent: 1",
    ]


def _without_places() -> type[Any]:
    @dataclass(frozen=True, kw_only=True, slots=True)
    class Bare:
        id: str = kept("sk")

    return Bare


def test_what_tasks_have_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[dict[str, Any]] = []
    monkeypatch.setattr("errand.transfer.drafts.TaskCreate.model_validate", taken.append)
    report = Report()
    task = ForeignTask(line=7, title="Pay rent", labels=("bank", "home", "bank"))
    draft_of(task, Places(), report, record=Labelled)
    assert (taken[0]["labels"], report.lines) == (["bank", "home"], [])


@pytest.mark.parametrize("known", list(Format))
def test_every_task_of_a_sample_becomes_a_draft(known: Format) -> None:
    contents, _, report = read_sample(known)
    drafts = [draft_of(task, Places(), report) for task in contents.tasks]
    assert None not in drafts


@given(
    title=st.text(max_size=250),
    description=st.text(max_size=50),
    links=st.lists(st.text(max_size=30), max_size=30),
    duration=st.none() | st.integers(),
    priority=st.integers(),
)
def test_any_text_becomes_a_draft(**told: Any) -> None:
    fields, _ = drafted(**{**told, "links": tuple(told["links"])})
    assert fields["title"]
