"""GET /search by the index: all tasks, those just written as they are, and what it costs."""

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import httpx2
import pytest

from errand.search.indexed import NEWEST
from errand_api.services import Services
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.index import IndexFollower
from errand_testkit.items import bury
from errand_testkit.sync_devices import EPOCH

MINUTES = 5 * 60
LONG = "A description " + "that goes on " * 100


@pytest.fixture
def follow(tables: None, services: Services, dynamodb: FakeDynamo) -> Callable[[], None]:  # noqa: ARG001 - it is empty
    """Log and index hear of what has changed."""
    services.epoch = EPOCH
    return IndexFollower(dynamodb).follow


def _search(client: httpx2.Client, text: str, **more: Any) -> dict[str, Any]:
    answer = client.get("/search", params={"q": text, **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _titles(client: httpx2.Client, text: str, **more: Any) -> list[str]:
    return [one["task"]["title"] for one in _search(client, text, **more)["results"]]


def _make(client: httpx2.Client, title: str, **fields: Any) -> str:
    answer = client.post("/tasks", json={"title": title, **fields})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.fixture
def tasks(john: httpx2.Client, follow: Callable[[], None], clock: ManualClock) -> dict[str, str]:
    """Ids by titles; indexed some minutes ago."""
    wanted: dict[str, dict[str, Any]] = {
        "Pay the rent": {"labels": ["Bank"]},
        "Rental car for Łódź": {"description": "Ask for the price"},
        "Call parents": {"description": "About the RENT, too"},
        "東京駅で買う": {},
        "Rent paid": {"completed": True},
    }
    made = {title: _make(john, title, **fields) for title, fields in wanted.items()}
    follow()
    clock.advance(seconds=MINUTES)
    return made


@pytest.mark.usefixtures("tasks")
@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("rent", ["Pay the rent", "Rental car for Łódź", "Rent paid", "Call parents"]),
        ("pay ren", ["Pay the rent"]),
        ("lodz", ["Rental car for Łódź"]),
        ("京駅", ["東京駅で買う"]),
        ('"the price"', ["Rental car for Łódź"]),
        ('"price the"', []),
        ("bank", ["Pay the rent"]),
        ("bank pay", ["Pay the rent"]),
        ("nowhere", []),
    ],
)
def test_what_is_found(john: httpx2.Client, text: str, titles: list[str]) -> None:
    assert _titles(john, text) == titles


@pytest.mark.usefixtures("tasks")
def test_open_or_completed_ones_alone(john: httpx2.Client) -> None:
    page = _search(john, "rent", completed="true")
    assert [one["task"]["title"] for one in page["results"]] == ["Rent paid"]
    assert (page["found"], page["looked_at"]) == (1, 1)
    page = _search(john, "rent", completed="false")
    assert "Rent paid" not in [one["task"]["title"] for one in page["results"]]
    assert (page["found"], page["looked_at"]) == (3, 4)


def test_task_is_told_as_it_is_with_where_it_fits(
    john: httpx2.Client, tasks: dict[str, str]
) -> None:
    page = _search(john, "rent", limit=1)
    [result] = page["results"]
    assert result["task"] == john.get(f"/tasks/{tasks['Pay the rent']}").json()
    assert result["marks"] == [{"field": "title", "start": 8, "end": 12}]
    assert (page["found"], page["looked_at"], page["cursor"]) == (4, 5, None)


def test_scores_are_those_of_reading(
    john: httpx2.Client, tasks: dict[str, str], services: Services
) -> None:
    by_index = _search(john, "rent")
    del tasks
    services.epoch = "another"
    services._made.clear()
    assert _search(john, "rent") == by_index


# ---------------------------------------------------------------------------------- just written


@pytest.mark.usefixtures("tasks")
def test_new_task_is_found_at_once(john: httpx2.Client) -> None:
    _make(john, "Unheard of")
    page = _search(john, "unheard")
    assert [one["task"]["title"] for one in page["results"]] == ["Unheard of"]
    assert (page["found"], page["looked_at"]) == (1, 6)


def test_changed_task_is_found_as_it_is_at_once(john: httpx2.Client, tasks: dict[str, str]) -> None:
    john.patch(f"/tasks/{tasks['Pay the rent']}", json={"title": "Unheard of"})
    assert _titles(john, "unheard") == ["Unheard of"]
    page = _search(john, "pay")
    assert (page["results"], page["found"]) == ([], 0)


def test_deleted_task_is_not_found(john: httpx2.Client, tasks: dict[str, str]) -> None:
    john.delete(f"/tasks/{tasks['Pay the rent']}")
    page = _search(john, "pay")
    assert (page["results"], page["found"]) == ([], 0)


def test_task_that_was_just_completed_is_told_so(
    john: httpx2.Client, tasks: dict[str, str]
) -> None:
    john.post(f"/tasks/{tasks['Pay the rent']}/complete")
    [result] = _search(john, "pay")["results"]
    assert result["task"]["completed"] is True
    assert _titles(john, "pay", completed="false") == []


def test_completed_task_is_found_as_such_once_the_index_has_heard(
    john: httpx2.Client, tasks: dict[str, str], follow: Callable[[], None]
) -> None:
    john.post(f"/tasks/{tasks['Pay the rent']}/complete")
    follow()
    assert _titles(john, "pay", completed="true") == ["Pay the rent"]
    assert _search(john, "pay")["looked_at"] == 5


@pytest.mark.deep
def test_older_tasks_than_are_read_are_found_as_they_are_when_the_index_has_heard(
    john: httpx2.Client,
    tasks: dict[str, str],
    follow: Callable[[], None],
    dynamodb: FakeDynamo,
) -> None:
    bury(dynamodb, tasks["東京駅で買う"], _hay(NEWEST))
    follow()
    john.patch(f"/tasks/{tasks['Pay the rent']}", json={"title": "Unheard of"})
    # Seconds later; never as it was.
    assert _titles(john, "pay") == []
    assert _titles(john, "unheard") == []
    follow()
    assert _titles(john, "unheard") == ["Unheard of"]


def _hay(count: int) -> Iterator[str]:
    random = Random(1)  # noqa: S311 - texts, not secrets
    return (f"Hay {random.getrandbits(80):x}" for _ in range(count))


# -------------------------------------------------------------------- labels, comments, long texts


def test_renamed_label_is_found_by_its_name_at_once(
    john: httpx2.Client, tasks: dict[str, str]
) -> None:
    [label] = john.get("/labels").json()
    john.patch(f"/labels/{label['id']}", json={"name": "Credit union"})
    assert _titles(john, "bank") == []
    [result] = _search(john, "union")["results"]
    assert result["task"]["labels"] == ["Credit union"]
    assert result["task"]["id"] == tasks["Pay the rent"]


def test_comments_are_found_as_long_as_they_say_so(
    john: httpx2.Client, tasks: dict[str, str], follow: Callable[[], None]
) -> None:
    path = f"/tasks/{tasks['Pay the rent']}/comments"
    comment = john.post(path, json={"text": "By standing order"}).json()
    follow()
    assert _titles(john, "standing") == ["Pay the rent"]
    assert _titles(john, "pay standing") == ["Pay the rent"]
    assert _titles(john, "standing nowhere") == []
    john.patch(f"{path}/{comment['id']}", json={"text": "By cheque"})
    page = _search(john, "standing")
    assert (page["results"], page["found"]) == ([], 0)
    follow()
    assert _titles(john, "cheque") == ["Pay the rent"]
    john.delete(f"{path}/{comment['id']}")
    assert _titles(john, "cheque") == []
    follow()
    assert _titles(john, "cheque") == []


def test_task_that_was_just_changed_is_found_by_its_comments_still(
    john: httpx2.Client, tasks: dict[str, str], follow: Callable[[], None]
) -> None:
    path = f"/tasks/{tasks['Pay the rent']}"
    john.post(f"{path}/comments", json={"text": "By standing order"})
    follow()
    john.patch(path, json={"title": "Pay rent and power"})
    assert _titles(john, "standing") == ["Pay rent and power"]
    assert _titles(john, "power standing") == []  # Until the index has heard of it.
    follow()
    assert _titles(john, "power standing") == ["Pay rent and power"]


def test_long_description_is_found_and_told_whole(
    john: httpx2.Client, follow: Callable[[], None], clock: ManualClock
) -> None:
    task_id = _make(john, "Read", description=f"{LONG} Needle")
    follow()
    for completed in ({}, {"completed": "false"}):
        for seconds in (0, MINUTES):
            clock.advance(seconds=seconds)
            [result] = _search(john, "needle", **completed)["results"]
            assert result["task"] == john.get(f"/tasks/{task_id}").json()


def test_long_description_is_told_whole_without_an_index(john: httpx2.Client) -> None:
    _make(john, "Read", description=LONG, labels=["Bank"])
    [result] = _search(john, "read", completed="false")["results"]
    assert result["task"]["description"] == LONG.strip()
    assert result["task"]["labels"] == ["Bank"]


# --------------------------------------------------------------------------------- what it takes


def _calls(dynamodb: FakeDynamo, client: httpx2.Client, text: str, **more: Any) -> list[str]:
    client.get("/search?q=first")  # so that the caller is known
    dynamodb.operations.clear()
    _search(client, text, **more)
    return sorted(dynamodb.operations)


@pytest.mark.usefixtures("tasks")
def test_small_account_takes_one_round_trip(john: httpx2.Client, dynamodb: FakeDynamo) -> None:
    """Of two calls at once: the head has all rows, and all open tasks were read."""
    assert _calls(dynamodb, john, "call") == ["BatchGetItem", "Query"]
    assert _calls(dynamodb, john, "nowhere") == ["BatchGetItem", "Query"]
    # What is completed has to be read.
    assert _calls(dynamodb, john, "paid") == ["BatchGetItem", "BatchGetItem", "Query"]


@pytest.mark.deep
def test_large_account_takes_three_round_trips(
    john: httpx2.Client,
    tasks: dict[str, str],
    follow: Callable[[], None],
    dynamodb: FakeDynamo,
) -> None:
    bury(dynamodb, tasks["Call parents"], _hay(NEWEST + 200))
    follow()
    calls = _calls(dynamodb, john, "pay")
    assert calls == ["BatchGetItem", "BatchGetItem", "BatchGetItem", "Query"]
    page = _search(john, "hay", limit=100)
    assert len(page["results"]) == 100
    assert page["found"] == NEWEST + 200
    assert page["looked_at"] == NEWEST + 205


# ------------------------------------------------------------------------------ without an index


def _without_index(dynamodb: FakeDynamo) -> None:
    table = dynamodb.items["EphemeralTable"]
    for key in [key for key in table if key[1] == "WORDINDEX"]:
        del table[key]


def _incomplete(dynamodb: FakeDynamo) -> None:
    for item in dynamodb.all("EphemeralTable"):
        if item["sk"]["S"] == "WORDINDEX":
            item["re"] = {"S": ""}


def _of_another_table(dynamodb: FakeDynamo) -> None:
    for item in dynamodb.all("EphemeralTable"):
        if item["sk"]["S"] == "WORDINDEX":
            item["st"] = {"S": "2020-01-01T00:00:00.000"}


def _without_texts(dynamodb: FakeDynamo) -> None:
    table = dynamodb.items["EphemeralTable"]
    for key in [key for key in table if key[1].startswith("WORDPIECE#texts#")]:
        del table[key]


def _without_ids(dynamodb: FakeDynamo) -> None:
    table = dynamodb.items["EphemeralTable"]
    for key in [key for key in table if key[1].startswith("WORDPIECE#06")]:
        del table[key]


@pytest.mark.deep
@pytest.mark.parametrize(
    "spoil", [_without_index, _incomplete, _of_another_table, _without_texts, _without_ids]
)
def test_where_the_index_is_of_no_use_tasks_are_read(
    john: httpx2.Client,
    tasks: dict[str, str],
    follow: Callable[[], None],
    dynamodb: FakeDynamo,
    spoil: Callable[[FakeDynamo], None],
) -> None:
    bury(dynamodb, tasks["Call parents"], _hay(200))
    follow()
    spoil(dynamodb)
    page = _search(john, "pay")
    assert [one["task"]["title"] for one in page["results"]] == ["Pay the rent"]
    assert page["looked_at"] == 205


def test_tasks_of_others_are_not_found(
    john: httpx2.Client, jane: httpx2.Client, follow: Callable[[], None]
) -> None:
    _make(jane, "Secret")
    _make(john, "Mine")
    follow()
    assert _search(john, "secret")["looked_at"] == 1
