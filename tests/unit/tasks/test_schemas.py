"""What a client may send for a task, and how a stored item becomes an answer."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from errand.tasks.schemas import Task, TaskCreate, TaskUpdate

TASK_ID = "06h08q0rf9qcv4e83s3ndg2tl8"
TITLE = {"title": "Buy milk"}
REQUIRED = {
    "sk": {"S": f"TASK#{TASK_ID}"},
    "t": {"S": "Buy milk"},
    "ca": {"N": "1795336200123"},
    "ua": {"N": "1795336200456"},
    "v": {"N": "7"},
}


def _refused(content: dict[str, Any]) -> list[str]:
    """The fields that are not acceptable."""
    with pytest.raises(ValidationError) as caught:
        TaskCreate.model_validate(content)
    return [str(error["loc"][0]) for error in caught.value.errors()]


def test_title_is_enough() -> None:
    assert TaskCreate.model_validate(TITLE).model_dump() == {
        "title": "Buy milk",
        "description": None,
        "due_date": None,
        "links": [],
        "completed": False,
    }


def test_texts_are_trimmed() -> None:
    new = TaskCreate(title="  Buy milk\n", description="\n two litres ")
    assert (new.title, new.description) == ("Buy milk", "two litres")


@pytest.mark.parametrize("title", ["Buy", "x" * 200, f"  {'x' * 196}  ", "🐟" * 200])
def test_title_has_3_to_200_characters(title: str) -> None:
    assert TaskCreate(title=title).title == title.strip()


@pytest.mark.parametrize(
    "title",
    ["", "ab", " ab ", "x" * 201, "Buy\nmilk", "Buy\x00milk", "Buy \ud800", 123, None, ["Buy"]],
    ids=ascii,
)
def test_other_titles_are_refused(title: Any) -> None:
    assert _refused({"title": title}) == ["title"]


@pytest.mark.parametrize("description", ["", "x" * 5000, "one\n\ttwo\r\n"], ids=len)
def test_description_has_up_to_5000_characters(description: str) -> None:
    new = TaskCreate(title="Buy milk", description=description)
    assert new.description == description.strip()


@pytest.mark.parametrize("description", ["x" * 5001, "\x1b[31m", 7], ids=["long", "escape", "no"])
def test_other_descriptions_are_refused(description: Any) -> None:
    assert _refused(TITLE | {"description": description}) == ["description"]


@pytest.mark.parametrize("day", ["2026-11-22", "2028-02-29", "0001-01-01", "9999-12-31"])
def test_due_date_is_a_day(day: str) -> None:
    assert TaskCreate.model_validate(TITLE | {"due_date": day}).due_date == date.fromisoformat(day)


@pytest.mark.parametrize(
    "day",
    [
        "2026-02-29",
        "2026-13-01",
        "2026-11-22T08:30:00Z",
        "22.11.2026",
        "1795336200",
        "20261122",
        "today",
        "",
        1_795_336_200,
        0,
        1e300,
        True,
    ],
)
def test_other_due_dates_are_refused(day: Any) -> None:
    assert _refused(TITLE | {"due_date": day}) == ["due_date"]


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("https://example.com/milk?q=1#top", "https://example.com/milk?q=1#top"),
        ("http://example.com", "http://example.com/"),
        ("HTTPS://EXAMPLE.com/Milk", "https://example.com/Milk"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
    ],
)
def test_links_are_normalised(link: str, kept: str) -> None:
    assert TaskCreate(title="Buy milk", links=[link]).links == [kept]


@pytest.mark.parametrize(
    "links",
    [
        ["javascript:alert(1)"],
        ["ftp://example.com"],
        ["file:///etc/passwd"],
        ["example.com"],
        ["https://"],
        [f"https://example.com/{'x' * 2083}"],
        ["https://example.com/"] * 21,
        [None],
        [7],
        "https://example.com/",
        None,
    ],
    ids=lambda links: str(links)[:20],
)
def test_other_links_are_refused(links: Any) -> None:
    assert set(_refused(TITLE | {"links": links})) == {"links"}


@pytest.mark.parametrize("completed", ["true", 1, "yes", None])
def test_completed_is_true_or_false(completed: Any) -> None:
    assert _refused(TITLE | {"completed": completed}) == ["completed"]


@pytest.mark.parametrize("name", ["id", "version", "created_at", "completed_at", "user_id", "tag"])
def test_nothing_else_can_be_set(name: str) -> None:
    assert _refused(TITLE | {name: "1"}) == [name]


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"title": "Buy oat milk"},
        {"description": None},
        {"description": "", "completed": True},
        {"due_date": None, "links": None},
        {"links": ["https://example.com/"]},
    ],
    ids=str,
)
def test_update_changes_what_was_sent(content: dict[str, Any]) -> None:
    assert TaskUpdate.model_validate(content).changes() == content


@pytest.mark.parametrize("content", [{"title": None}, {"completed": None}, {"id": "1"}], ids=str)
def test_update_cannot_clear_what_every_task_has(content: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TaskUpdate.model_validate(content)


def test_smallest_item_becomes_an_answer() -> None:
    assert json.loads(Task.model_validate(REQUIRED).model_dump_json()) == {
        "id": TASK_ID,
        "title": "Buy milk",
        "description": None,
        "due_date": None,
        "links": [],
        "completed": False,
        "completed_at": None,
        "created_at": "2026-11-22T08:30:00.123000Z",
        "updated_at": "2026-11-22T08:30:00.456000Z",
        "version": 7,
    }


def test_largest_item_becomes_an_answer() -> None:
    item = REQUIRED | {
        "d": {"S": "two litres"},
        "du": {"S": "2026-12-24"},
        "l": {"L": [{"S": "https://example.com/"}]},
        "cd": {"N": "1795336200456"},
        "pk": {"S": "USER#1"},
        "vs": {"S": f"c{TASK_ID}"},
    }
    task = Task.model_validate(item)
    assert (task.description, task.due_date) == ("two litres", date(2026, 12, 24))
    assert task.links == ["https://example.com/"]
    assert task.completed
    assert task.completed_at == datetime(2026, 11, 22, 8, 30, 0, 456_000, UTC)


def test_answer_can_be_read_back() -> None:
    task = Task.model_validate(REQUIRED | {"cd": {"N": "1795336200456"}})
    assert Task.model_validate_json(task.model_dump_json()) == task
