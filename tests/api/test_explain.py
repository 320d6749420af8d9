"""GET /tasks?explain=true: what was read for a page."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from errand.storage.metering import _HOOKS
from errand.storage.tables import DataItem
from errand_testkit.dynamo import FakeDynamo

pytestmark = pytest.mark.usefixtures("_on_the_wire")

URGENT = "priority = 1 & open"
OURS = [*_HOOKS.values()]
HEADERS = ("X-Query-Plan", "X-Items-Read", "X-Consumed-Capacity")


@pytest.fixture(autouse=True)
def _tasks(john: httpx2.Client) -> None:
    tasks: tuple[dict[str, Any], ...] = (
        {"due_date": "2026-11-20", "priority": 1},
        {"due_date": "2026-11-22", "priority": 2},
        {"priority": 1, "description": "x" * 2000},
        {"completed": True},
    )
    for number, fields in enumerate(tasks):
        assert john.post("/tasks", json={"title": f"Task {number}", **fields}).status_code == 201


@pytest.fixture
def _billed(dynamodb: FakeDynamo, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each read costs three units."""
    call = dynamodb.call

    def billed(operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        consumed = {"TableName": "DataTable", "CapacityUnits": 3.0}
        is_several = operation == "BatchGetItem"
        return call(operation, request) | {
            "ConsumedCapacity": [consumed] if is_several else consumed
        }

    monkeypatch.setattr(dynamodb, "call", billed)


def _told(client: httpx2.Client, query: str) -> tuple[str, int, str]:
    plain = client.get(f"/tasks?{query}")
    answer = client.get(f"/tasks?{query}&explain=true")
    assert answer.json() == plain.json()
    assert not {*HEADERS} & {*plain.headers}
    plan, items, units = (answer.headers[name] for name in HEADERS)
    return plan, int(items), units


@pytest.mark.usefixtures("_billed")
@pytest.mark.parametrize(
    ("query", "plan", "items", "units"),
    [
        ("limit=2", "tasks, keys that begin with TASK#, downwards", 3, "3"),
        ("completed=true", "by_status, keys that begin with c, downwards", 1, "3"),
        ("priority=2", "by_priority, keys that begin with 2, downwards", 1, "3"),
        # One of them has a long text, which is fetched.
        ("priority=1", "by_priority, keys that begin with 1, downwards", 3, "6"),
        ("project_id=inbox", "by_position, keys that begin with inbox#, upwards", 4, "6"),
        (
            "view=today",
            "by_due, keys from d2026-11-20 to d2026-11-25, upwards; each is looked at",
            2,
            "3",
        ),
        (
            f"filter={quote(URGENT)}",
            f"by_priority, open tasks of priority 1; each is looked at for {URGENT}, downwards",
            3,
            "6",
        ),
    ],
)
def test_plan_items_and_units_are_told(
    john: httpx2.Client, query: str, plan: str, items: int, units: str
) -> None:
    assert _told(john, query) == (plan, items, units)


@pytest.mark.usefixtures("_billed")
def test_what_a_saved_filter_costs_is_in_it(john: httpx2.Client) -> None:
    new = {"name": "Urgent", "query": "priority = 2 & open"}
    saved = john.post("/filters", json=new).json()["id"]
    plan, items, units = _told(john, f"saved_filter={saved}")
    assert plan.startswith("by_priority, open tasks of priority 2; ")
    assert (items, units) == (2, "6")


def test_next_page_is_explained_too(john: httpx2.Client) -> None:
    first = john.get("/tasks?limit=1&explain=true")
    rest = john.get(first.links["next"]["url"])
    assert rest.headers["X-Items-Read"] == "2"
    # Its cursor is good without an explanation.
    plain = john.get(first.links["next"]["url"].replace("explain=true", "explain=false"))
    assert plain.json() == rest.json()
    assert not {*HEADERS} & {*plain.headers}


@pytest.mark.parametrize("text", ["é買", "a\tb", "x" * 1000 + "é"], ids=ascii)
def test_any_text_of_a_filter_can_be_told(john: httpx2.Client, text: str) -> None:
    answer = john.get("/tasks", params={"filter": f'text ~ "{text}"', "explain": "true"})
    assert answer.status_code == 200
    plan = answer.headers["X-Query-Plan"]
    assert plan.startswith("all tasks; each is looked at for text ~ ")
    assert plan.isascii()
    assert plan.isprintable()
    assert len(plan) <= 2003


def _called(event: str) -> list[Any]:
    """What botocore calls for it."""
    events: Any = DataItem._get_connection().connection.client.meta.events
    return [hook for hook in events._emitter._handlers.prefix_search(event) if hook in OURS]


def test_nobody_counts_when_nobody_asks(
    john: httpx2.Client, dynamodb: FakeDynamo, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(
        dynamodb, "_watch", lambda *_: seen.append(sum(len(_called(event)) for event in _HOOKS))
    )
    john.get("/tasks?explain=true")
    assert {*seen} == {len(OURS)}
    for asked in ("explain=false", "explain=true", "explain=true&filter=due <"):
        john.get(f"/tasks?{asked}")
        seen.clear()
        john.get("/tasks")
        assert {*seen} == {0}
