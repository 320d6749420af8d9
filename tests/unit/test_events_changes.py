"""Stream record -> event."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errand import ids
from errand.errors import MalformedRecord
from errand.events.changes import translate
from errand.events.schema import EventType
from errand.storage.kinds import TASK
from errand.storage.mapper import Mapper
from errand.streams import sequence_number
from errand.tasks.model import Task
from errand.tasks.schemas import TASK_JSON, task_view
from errand_testkit.items import head_of

EVENTS = Path(__file__).parents[2] / "events"
NOT_PUBLIC = None


def records() -> list[dict[str, Any]]:
    stream: list[dict[str, Any]] = json.loads((EVENTS / "stream-changes.json").read_text())[
        "Records"
    ]
    return stream


def record(event_type: EventType) -> dict[str, Any]:
    """The sample record that becomes an event of this type."""
    return next(r for r in records() if (event := translate(r)) and event["type"] == event_type)


def image(record: dict[str, Any], which: str = "NewImage") -> dict[str, Any]:
    stored: dict[str, Any] = record["dynamodb"][which]
    return stored


def test_types_of_a_life() -> None:
    events = [translate(r) for r in records()]
    assert [event and event["type"] for event in events] == [
        NOT_PUBLIC,  # the claim on the username
        NOT_PUBLIC,  # the claim on the e-mail address
        "user.registered",
        NOT_PUBLIC,  # a new full name
        "task.created",
        "task.updated",
        "task.completed",
        "task.reopened",
        "task.deleted",
        "task.created",
        "user.deleted",
        NOT_PUBLIC,
        NOT_PUBLIC,
    ]


@pytest.mark.parametrize("event_type", EventType)
def test_sample_of_the_bus_is_what_the_stream_sample_becomes(event_type: EventType) -> None:
    sample = json.loads((EVENTS / f"bus-{event_type.replace('.', '-')}.json").read_text())
    assert sample["detail"] == translate(record(event_type))
    assert sample["detail-type"] == event_type
    assert sample["source"] == "errand"
    # The envelope's own time is EventBridge's, which writes no decimals.
    assert sample["time"] == sample["detail"]["time"].replace(".000Z", "Z")


@pytest.mark.parametrize("event_type", EventType)
def test_sample_ids_are_ids(event_type: EventType) -> None:
    event = translate(record(event_type))
    assert event
    assert all(ids.is_id(part) for part in event["subject"].split("/")[1::2])


def test_task_in_events_is_the_task_of_the_api() -> None:
    source = record(EventType.TASK_COMPLETED)
    event = translate(source)
    assert event
    [task] = Mapper(TASK, Task).all([{**source["dynamodb"]["Keys"], **image(source)}])
    new = event["data"]["new"]
    assert new
    # Names of labels are what a task is told with, not what it has.
    assert new | {"labels": []} == json.loads(TASK_JSON.one(task))
    assert {*new, "labels"} == {*task_view().model_fields}


@pytest.mark.parametrize("event_type", [EventType.USER_REGISTERED, EventType.USER_DELETED])
def test_events_of_users_name_nobody(event_type: EventType) -> None:
    text = json.dumps(translate(record(event_type)))
    for personal in ("ada", "Ada", "example.com", "Lovelace", "argon2"):
        assert personal not in text


def test_internal_attributes_are_no_event() -> None:
    source = record(EventType.TASK_UPDATED)
    source["dynamodb"]["NewImage"] = image(source, "OldImage") | {"vp": {"S": "a0"}}
    assert translate(source) is NOT_PUBLIC


def test_completion_outweighs_other_changes() -> None:
    source = record(EventType.TASK_COMPLETED)
    head_of(image(source))["t"] = {"S": "Buy soy milk"}
    event = translate(source)
    assert event
    assert event["type"] == "task.completed"


def test_created_completed_is_created() -> None:
    source = record(EventType.TASK_CREATED)
    head_of(image(source))["cd"] = {"N": "1795336260123"}
    event = translate(source)
    assert event
    assert event["type"] == "task.created"


def test_moved_completion_is_an_update() -> None:
    source = record(EventType.TASK_COMPLETED)
    head_of(image(source, "OldImage"))["cd"] = {"N": "1"}
    event = translate(source)
    assert event
    assert event["type"] == "task.updated"


def test_items_of_other_kinds_are_no_events() -> None:
    source = record(EventType.TASK_CREATED)
    source["dynamodb"]["Keys"]["sk"] = {"S": "PROJECT#06h04oaa3dpa700lnaafu6cr44"}
    assert translate(source) is NOT_PUBLIC


def test_fractions_of_a_second_are_taken() -> None:
    source = record(EventType.TASK_CREATED)
    source["dynamodb"]["ApproximateCreationDateTime"] = 1795336260.7
    event = translate(source)
    assert event
    assert event["time"] == "2026-11-22T08:31:00.000Z"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("eventID", None),
        ("eventName", "UPSERT"),
        ("eventName", 1),
        ("dynamodb", None),
        ("dynamodb", "x"),
        ("dynamodb.Keys", None),
        ("dynamodb.Keys.pk", None),
        ("dynamodb.Keys.pk", {"N": "1"}),
        ("dynamodb.Keys.sk", {"S": 1}),
        ("dynamodb.NewImage", None),
        ("dynamodb.OldImage", []),
        ("dynamodb.ApproximateCreationDateTime", None),
        ("dynamodb.ApproximateCreationDateTime", "yesterday"),
        ("dynamodb.ApproximateCreationDateTime", 1e300),
        ("dynamodb.ApproximateCreationDateTime", float("nan")),
        ("dynamodb.NewImage.h.M.t", None),
        ("dynamodb.NewImage.h.M.t", {"N": "1"}),
        ("dynamodb.NewImage.h.M.d", {"NULL": True}),
        ("dynamodb.NewImage.h.M.du", "2026-12-24"),
        ("dynamodb.NewImage.h.M.l", {"SS": ["https://example.com"]}),
        ("dynamodb.NewImage.h.M.l", {"L": [{"N": "1"}]}),
        ("dynamodb.NewImage.h.M.ca", {"N": "soon"}),
        ("dynamodb.NewImage.h.M.ua", {"N": "9" * 38}),
        ("dynamodb.NewImage.h.M.cd", {"N": "-" + "9" * 20}),
        ("dynamodb.NewImage.h.M.v", {"N": "1.5"}),
        ("dynamodb.NewImage.h.M.v", {"S": "1"}),
    ],
)
def test_malformed(path: str, value: object) -> None:
    source = record(EventType.TASK_UPDATED)
    container = source
    *parents, name = path.split(".")
    for parent in parents:
        container = container[parent]
    if value is None:
        del container[name]
    else:
        container[name] = value
    with pytest.raises(MalformedRecord):
        translate(source)


def test_reasons_quote_nothing() -> None:
    source = record(EventType.TASK_CREATED)
    head_of(image(source))["v"] = {"N": "a secret"}
    with pytest.raises(MalformedRecord) as caught:
        translate(source)
    assert "secret" not in caught.value.detail


@pytest.mark.parametrize("source", [None, 1, "x", [], {}, {"dynamodb": {"SequenceNumber": 7}}])
def test_no_sequence_number(source: object) -> None:
    with pytest.raises(MalformedRecord):
        sequence_number(source)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(
    source=st.sampled_from(records()),
    part=st.sampled_from(["", "Keys", "NewImage", "OldImage"]),
    at=st.integers(min_value=0, max_value=20),
    value=JSON,
)
def test_anything_else_is_malformed_and_nothing_worse(
    source: dict[str, Any], part: str, at: int, value: object
) -> None:
    damaged = copy.deepcopy(source)
    container = damaged["dynamodb"].get(part, damaged) if part else damaged["dynamodb"]
    container[sorted(container)[at % len(container)]] = value
    try:
        event = translate(damaged)
    except MalformedRecord:
        return
    assert event is None or event["version"] == "1"
