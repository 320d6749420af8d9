"""Long texts stand beside the head of an item, so that no index has to hold them."""

from collections.abc import Callable
from typing import Any

import pytest

from errand.tasks.model import Status, Task
from errand_testkit.fakes import ManualClock
from errand_testkit.items import Item, head_of
from errand_testkit.storage import ADA, Tasks, of_status

pytestmark = pytest.mark.usefixtures("tables")

SHORT = "x" * 700
LONG = "x" * 701
LINKS = tuple(f"https://example.com/{'x' * 300}/{n}" for n in range(3))

type Stored = Callable[[], dict[str, Item]]


def _entry(stored: Stored, task: Task) -> Item:
    return stored()[f"USER#{ADA} TASK#{task.id}"]


@pytest.mark.parametrize("description", [SHORT, "\N{SNOWMAN}" * 233], ids=["ASCII", "three bytes"])
def test_short_text_is_in_the_head(tasks: Tasks, stored: Stored, description: str) -> None:
    item = _entry(stored, tasks.create(description=description))
    assert head_of(item)["d"] == {"S": description}
    assert "d" not in item


@pytest.mark.parametrize("description", [LONG, "\N{SNOWMAN}" * 234], ids=["ASCII", "three bytes"])
def test_long_text_is_beside_it(tasks: Tasks, stored: Stored, description: str) -> None:
    task = tasks.create(description=description, links=LINKS)
    item = _entry(stored, task)
    assert item["d"] == {"S": description}
    assert {*head_of(item)} == {"t", "d+", "l+", "ca", "ua", "v"}
    assert tasks.read(task) == task


@pytest.mark.parametrize("before", [None, SHORT, LONG], ids=["none", "short", "long"])
@pytest.mark.parametrize("after", [None, SHORT + "y", LONG + "y"], ids=["none", "short", "long"])
def test_text_moves_with_its_length(
    tasks: Tasks, clock: ManualClock, stored: Stored, before: str | None, after: str | None
) -> None:
    task = tasks.create(description=before)
    clock.advance(seconds=1)
    changed = tasks.update(task, description=after)
    assert changed.description == tasks.read(task).description == after
    again = tasks.create(description=after)
    places = [
        {name for name in (*item, *head_of(item)) if name.startswith("d")}
        for item in (_entry(stored, changed), _entry(stored, again))
    ]
    assert places[0] == places[1]


@pytest.mark.parametrize("status", [None, Status.OPEN])
def test_page_has_whole_tasks(tasks: Tasks, sent: list[str], status: Status | None) -> None:
    made = [tasks.create(description=text) for text in (LONG, SHORT, None, LONG + "z")]
    sent.clear()
    found = tasks.repository.slice(
        user_id=ADA, of=of_status(status, ascending=True), after=None, limit=10
    )
    assert found.items == made
    # The table has whole items; an index their heads, and the rest is fetched at once.
    assert sent == (["Query"] if status is None else ["Query", "BatchGetItem"])


def test_page_without_long_texts_is_one_round_trip(tasks: Tasks, sent: list[str]) -> None:
    tasks.create(description=SHORT)
    sent.clear()
    tasks.ids(status=Status.OPEN)
    assert sent == ["Query"]


def test_task_that_goes_while_it_is_read_is_gone(
    tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.create(description=LONG)
    task = tasks.create(description=SHORT)

    def gone(*keys: Any) -> list[None]:
        return [None for _ in keys]

    monkeypatch.setattr("errand.tasks.heads.get_together", gone)
    found = tasks.repository.slice(
        user_id=ADA, of=of_status(Status.OPEN, ascending=True), after=None, limit=10
    )
    assert found.items == [task]
