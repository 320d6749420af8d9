"""Events -> requests to the bus."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errand.errors import MalformedRecord
from errand.events.entries import MAX_BYTES, MAX_ENTRIES, Entry, batches, entry_size, to_entry
from errand.events.schema import JSON, SOURCE, SPECIFICATION, VERSION, Event, EventType, View
from errand.tasks.model import DESCRIPTION_MAX, LINKS_MAX, TITLE_MAX

LONGEST_URL = 2083


def task(*, title: str = "Buy milk", description: str = "", links: int = 0) -> View:
    return {
        "id": "06h04oaa3dpa700lnaafu6cr44",
        "title": title,
        "description": description,
        "due_date": None,
        "links": ["https://example.com/".ljust(LONGEST_URL, "x")] * links,
        "completed": False,
        "completed_at": None,
        "created_at": "2026-11-22T08:31:00.123Z",
        "updated_at": "2026-11-22T08:31:00.123Z",
        "version": 1,
    }


def event(old: View | None, new: View | None) -> Event:
    return {
        "specversion": SPECIFICATION,
        "version": VERSION,
        "id": "06h04o2vndpa700bqsem70d6f8-3",
        "source": SOURCE,
        "type": EventType.TASK_UPDATED,
        "time": "2026-11-22T08:31:00.000Z",
        "subject": "users/06h04o2vndpa700bqsem70d6f8/tasks/06h04oaa3dpa700lnaafu6cr44",
        "sequence": 3,
        "datacontenttype": JSON,
        "data": {"old": old, "new": new, "by": None},
    }


def test_entry() -> None:
    source = event(None, task(title="Größe prüfen"))
    entry = to_entry(source, bus="errand-dev")
    assert entry["EventBusName"] == "errand-dev"
    assert entry["Source"] == "errand"
    assert entry["DetailType"] == "task.updated"
    assert entry["Time"] == datetime(2026, 11, 22, 8, 31, tzinfo=UTC)
    assert json.loads(entry["Detail"]) == source
    assert "Größe" in entry["Detail"]


def test_size_is_counted_as_aws_documents_it() -> None:
    entry: Entry = {
        "EventBusName": "not counted",
        "Source": "errand",
        "DetailType": "task.created",
        "Time": datetime.now(UTC),
        "Detail": '{"é":"€"}',
    }
    assert entry_size(entry) == 14 + 6 + 12 + (9 + 1 + 2)


@pytest.mark.parametrize("character", ["x", '"', "€", "\N{GRINNING FACE}"])
def test_a_task_of_the_most_characters_fits(character: str) -> None:
    largest = task(
        title=character * TITLE_MAX, description=character * DESCRIPTION_MAX, links=LINKS_MAX
    )
    # Room is left for the envelope that the bus adds and that consumers' queues must take, too.
    assert entry_size(to_entry(event(largest, largest), bus="b")) < MAX_BYTES / 2


@pytest.mark.parametrize("text", ["x" * MAX_BYTES, "\ud800"], ids=["too large", "not Unicode"])
def test_what_no_request_can_carry(text: str) -> None:
    with pytest.raises(MalformedRecord):
        to_entry(event(None, task(description=text)), bus="b")


def entry_of(size: int) -> Entry:
    overhead = 14 + len("errand") + len("t")
    return {
        "EventBusName": "b",
        "Source": "errand",
        "DetailType": "t",
        "Time": datetime(2026, 1, 1, tzinfo=UTC),
        "Detail": "x" * (size - overhead),
    }


def test_batches_fill_up_to_the_limit() -> None:
    half = MAX_BYTES // 2
    just = [entry_of(half), entry_of(half - 1)]
    beyond = [entry_of(half), entry_of(half)]
    assert len(list(batches(enumerate(just)))) == 1
    assert len(list(batches(enumerate(beyond)))) == 2


def test_no_entries_no_batches() -> None:
    assert list(batches([])) == []


@given(st.lists(st.integers(min_value=30, max_value=MAX_BYTES - 1), max_size=40))
def test_batches_keep_order_and_limits(sizes: list[int]) -> None:
    packed = list(batches(enumerate(map(entry_of, sizes))))
    assert [position for batch in packed for position, _ in batch] == list(range(len(sizes)))
    for batch in packed:
        assert 1 <= len(batch) <= MAX_ENTRIES
        assert sum(entry_size(entry) for _, entry in batch) < MAX_BYTES


@given(st.lists(st.integers(min_value=30, max_value=2000), max_size=60))
def test_small_entries_go_ten_at_a_time(sizes: list[int]) -> None:
    packed = list(batches(enumerate(map(entry_of, sizes))))
    assert len(packed) == -(-len(sizes) // MAX_ENTRIES)
