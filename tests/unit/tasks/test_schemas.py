"""What a client may send for a task, and how a stored item becomes an answer."""

import json
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from errand.records import Item
from errand.storage.kinds import TASK
from errand.storage.mapper import mapper
from errand.tasks.model import Task
from errand.tasks.schemas import TaskCreate
from errand.tasks.update_schemas import TaskUpdate
from errand.tasks.views import TASK_JSON, task_view
from errand_testkit.items import headed

TASK_ID = "06h08q0rf9qcv4e83s3ndg2tl8"
TITLE = {"title": "Buy milk"}
REQUIRED: Item = {
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


def _new(**content: Any) -> Any:
    """The fields of a new task."""
    return TaskCreate.model_validate(TITLE | content).fields()


def _task(item: Item) -> Task:
    task: Task = mapper(TASK, Task).of(headed({**item}))
    return task


def test_title_is_enough() -> None:
    assert _new() == {
        "title": "Buy milk",
        "description": None,
        "due_date": None,
        "due": None,
        "deadline": None,
        "start": None,
        "duration": None,
        "recurrence": None,
        "project_id": "inbox",
        "priority": 4,
        "section_id": None,
        "parent_id": None,
        "labels": (),
        "reminders": (),
        "links": (),
        "completed": False,
    }


def test_texts_are_trimmed() -> None:
    new = _new(title="  Buy milk\n", description="\n two litres ")
    assert (new["title"], new["description"]) == ("Buy milk", "two litres")


@pytest.mark.parametrize(
    "title", ["Buy", "x" * 200, f"  {'x' * 196}  ", "🐟" * 200, "买菜", "週一", "🐟x", "한글"]
)
def test_title_has_3_to_200_characters(title: str) -> None:
    assert _new(title=title)["title"] == title.strip()


@pytest.mark.parametrize(
    "title",
    [
        *("", "ab", " ab ", "買", "e\u0301e", "\u200b" * 3, "\u2060\u3164\u2800", "\u2800 " * 3),
        *("ab\u200b", "\u202eabc", "abc\u202c", "\u2067a\u202eb\u2069c\u202c", "\u2068abc"),
        "x" * 201,
        "Buy\nmilk",
        "Buy\x00milk",
        "Buy \ud800",
        123,
        None,
        ["Buy"],
    ],
    ids=ascii,
)
def test_other_titles_are_refused(title: Any) -> None:
    assert _refused({"title": title}) == ["title"]


@pytest.mark.parametrize("description", ["x", "x" * 5000, "one\n\ttwo\r\n"], ids=len)
def test_description_has_up_to_5000_characters(description: str) -> None:
    assert _new(description=description)["description"] == description.strip()


@pytest.mark.parametrize("description", ["", " \n", "\u200b", "\u2800"], ids=ascii)
def test_description_of_nothing_is_none(description: str) -> None:
    assert _new(description=description)["description"] is None
    assert TaskUpdate.model_validate({"description": description}).changes() == {
        "description": None
    }


@pytest.mark.parametrize("description", ["x" * 5001, "\x1b[31m", 7], ids=["long", "escape", "no"])
def test_other_descriptions_are_refused(description: Any) -> None:
    assert _refused(TITLE | {"description": description}) == ["description"]


@pytest.mark.parametrize("day", ["2026-11-22", "2028-02-29", "0001-01-01", "9999-12-31"])
def test_due_date_is_a_day(day: str) -> None:
    assert _new(due_date=day)["due_date"] == date.fromisoformat(day)


@pytest.mark.parametrize(
    "day",
    [
        "2026-02-29",
        "2026-13-01",
        "2026-11-22T08:30:00Z",
        "22.11.2026",
        "1795336200",
        "0000000000",
        "2026-W47-7",
        "2026-11-2٢",
        " 2026-11-22",
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
    assert _new(links=[link])["links"] == (kept,)


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
        {"description": "Oats", "completed": True},
        {"due_date": None, "links": None},
        {"links": ("https://example.com/",)},
    ],
    ids=str,
)
def test_update_changes_what_was_sent(content: dict[str, Any]) -> None:
    assert TaskUpdate.model_validate(content).changes() == content


@pytest.mark.parametrize("content", [{"title": None}, {"completed": None}], ids=str)
def test_update_cannot_clear_what_every_task_has(content: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TaskUpdate.model_validate(content)


@pytest.mark.parametrize(
    "name", sorted(task_view().model_fields.keys() - TaskCreate.model_fields.keys())
)
def test_update_takes_what_the_server_sets_and_ignores_it(name: str) -> None:
    for value in ("1", 7, None, ["x"]):
        sent = {"title": "Buy oat milk", name: value}
        assert TaskUpdate.model_validate(sent).changes() == {"title": "Buy oat milk"}


def test_smallest_item_becomes_an_answer() -> None:
    assert json.loads(TASK_JSON.one(_task(REQUIRED))) == {
        "id": TASK_ID,
        "title": "Buy milk",
        "description": None,
        "due_date": None,
        "due": None,
        "deadline": None,
        "start": None,
        "duration": None,
        "recurrence": None,
        "occurrence": None,
        "moved_occurrences": [],
        "project_id": "inbox",
        "priority": 4,
        "section_id": None,
        "parent_id": None,
        "position": "06h08q0rf9qcv4e83s3ndg2tl8",
        "labels": [],
        "label_ids": [],
        "reminders": [],
        "links": [],
        "completed": False,
        "completed_at": None,
        "created_at": "2026-11-22T08:30:00.123Z",
        "updated_at": "2026-11-22T08:30:00.456Z",
        "version": 7,
    }


def test_largest_item_becomes_an_answer() -> None:
    item = {
        **REQUIRED,
        "d": {"S": "two litres"},
        "du": {"S": "2026-12-24"},
        "l": {"L": [{"S": "https://example.com/"}]},
        "cd": {"N": "1795336200456"},
        "pk": {"S": "USER#1"},
        "vs": {"S": f"c{TASK_ID}"},
    }
    answer = json.loads(TASK_JSON.one(_task(item)))
    assert (answer["description"], answer["due_date"]) == ("two litres", "2026-12-24")
    assert answer["links"] == ["https://example.com/"]
    assert answer["completed"]
    assert answer["completed_at"] == "2026-11-22T08:30:00.456Z"


def test_page_is_its_tasks_one_after_the_other() -> None:
    tasks = [_task(REQUIRED), _task({**REQUIRED, "cd": {"N": "1795336200456"}})]
    assert json.loads(TASK_JSON.many(tasks)) == [json.loads(TASK_JSON.one(task)) for task in tasks]
    assert json.loads(TASK_JSON.many([])) == []


def test_answer_is_what_the_schema_says() -> None:
    answer = json.loads(TASK_JSON.one(_task(REQUIRED)))
    assert task_view().model_validate(answer).model_dump(mode="json").keys() == answer.keys()
