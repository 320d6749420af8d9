"""Entry of the log of changes -> event."""

import copy
import json
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from errand import ids
from errand.acting import Actor
from errand.errors import MalformedRecord
from errand.events.changes import TOLD, event_of, translate
from errand.events.schema import Event, EventType
from errand.history.changes import Change
from errand.history.recording import change_of
from errand.records import load
from errand.storage.kinds import KINDS, TASK, Kind
from errand.storage.mapper import Mapper
from errand.streams import sequence_number
from errand.tasks.model import Task
from errand.tasks.views import TASK_JSON, task_view
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.event_samples import (
    EVENTS,
    PAGE,
    SCHEMAS,
    data_stream,
    events,
    file_of,
    log_stream,
    on_the_bus,
    page,
    schema_of,
)
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ADA
from errand_testkit.storage import Tasks

NOT_PUBLIC = None
EVERY_TYPE = pytest.mark.parametrize("event_type", EventType)
# A reminder is no change.
CHANGES = [one for one in EventType if one is not EventType.REMINDER_DUE]
EVERY_CHANGE = pytest.mark.parametrize("event_type", CHANGES)


@pytest.fixture
def tasks(fake: FakeDynamo, clock: ManualClock) -> Tasks:  # noqa: ARG001 - they are on it
    return Tasks(clock)


def record(event_type: EventType) -> dict[str, Any]:
    """The sample record that becomes an event of this type."""
    return next(r for r in log_stream() if (event := translate(r)) and event["type"] == event_type)


def entry(event_type: EventType) -> Change:
    return load(Change, record(event_type)["dynamodb"]["NewImage"])


def event(change: Change) -> Event:
    made = event_of(change)
    assert made
    return made


def told(fake: FakeDynamo) -> list[Event]:
    """Of all that is in the stream of DataTable, as if it were in the log."""
    changes = [change for one in fake.stream if (change := change_of(one))]
    numbered = [replace(one, number=place) for place, one in enumerate(changes, start=1)]
    return [made for one in numbered if (made := event_of(one))]


# ------------------------------------------------------------------------------------- the samples


def test_types_of_a_life() -> None:
    told = [translate(r) for r in log_stream()]
    assert [one and one["type"] for one in told] == [
        "user.registered",
        NOT_PUBLIC,  # a new full name
        "user.updated",
        "task.created",
        "task.updated",
        "task.completed",
        "task.reopened",
        "task.deleted",
        NOT_PUBLIC,  # into the trash
        NOT_PUBLIC,  # and out of it
        "task.restored",
        "comment.created",
        "comment.updated",
        "comment.deleted",
        "project.created",
        "project.updated",
        "project.deleted",
        "section.created",
        "section.updated",
        "section.deleted",
        "task.created",
        "task.updated",
        "task.occurrence_completed",
        "task.occurrence_reopened",
        "task.updated",
        "user.deleted",
    ]


def test_samples_of_both_streams_are_those_of_this_life() -> None:
    """`python -m errand_testkit.event_samples` writes them."""
    for name, records in (("log-changes", data_stream()), ("stream-changes", log_stream())):
        assert json.loads((EVENTS / f"{name}.json").read_text()) == {"Records": records}


@EVERY_TYPE
def test_sample_of_the_bus_is_what_the_stream_sample_becomes(event_type: EventType) -> None:
    sample = json.loads((EVENTS / f"bus-{file_of(event_type)}.json").read_text())
    assert sample == on_the_bus(events()[event_type])


def test_examples_of_the_page_are_the_samples() -> None:
    assert page(PAGE.read_text()) == PAGE.read_text()
    for event_type in EventType:
        assert f"### {event_type}\n\n```json" in PAGE.read_text()
        assert f"| `{event_type}` |" in PAGE.read_text()


# ------------------------------------------------------------------------------------- the schemas


def published_schema(event_type: EventType) -> Any:
    return json.loads((SCHEMAS / f"{event_type}.schema.json").read_text())


def check(one: Event) -> None:
    """Raises jsonschema_rs.ValidationError."""
    schema = published_schema(one["type"])
    jsonschema_rs.validator_for(schema, validate_formats=True).validate(one)


@EVERY_TYPE
def test_schema_that_is_published_is_that_of_the_tables(event_type: EventType) -> None:
    assert published_schema(event_type) == schema_of(event_type)


@EVERY_TYPE
def test_sample_keeps_its_schema(event_type: EventType) -> None:
    check(events()[event_type])


def test_schema_refuses_what_is_no_event() -> None:
    good = event(entry(EventType.TASK_UPDATED))
    damaged: list[Any] = [
        {**good, "sequence": 0},
        {**good, "time": "yesterday"},
        {**good, "data": {**good["data"], "new": None}},
        {**good, "data": {**good["data"], "old": {"title": 7}}},
    ]
    for bad in damaged:
        with pytest.raises(jsonschema_rs.ValidationError):
            check(bad)


def test_no_schema_is_left_of_a_type_that_is_gone() -> None:
    names = {f"{event_type}.schema.json" for event_type in EventType}
    assert {file.name for file in SCHEMAS.iterdir()} == names


# ------------------------------------------------------------------------------- what an event says


@EVERY_CHANGE
def test_attributes_of_cloudevents(event_type: EventType) -> None:
    change = entry(event_type)
    made = event(change)
    assert made["specversion"] == "1.0"
    assert made["id"] == f"{change.user_id}-{change.number}"
    assert made["sequence"] == change.number
    assert all(ids.is_id(part) for part in made["subject"].split("/")[1::2])


def test_subject_is_the_path_in_the_api() -> None:
    subjects = {one: event(entry(one))["subject"].split("/")[::2] for one in CHANGES}
    assert subjects[EventType.USER_DELETED] == ["users"]
    assert subjects[EventType.OCCURRENCE_COMPLETED] == ["users", "tasks"]
    assert subjects[EventType.COMMENT_UPDATED] == ["users", "tasks", "comments"]
    assert subjects[EventType.SECTION_DELETED] == ["users", "projects", "sections"]


def test_task_in_events_is_the_task_of_the_api(fake: FakeDynamo, tasks: Tasks) -> None:
    tasks.create(user_id=ADA.id, title="Buy milk", description="Two litres")
    [task] = Mapper(TASK, Task).all([fake.stream[-1]["dynamodb"]["NewImage"]])
    new = told(fake)[-1]["data"]["new"]
    assert new
    # Names of labels are what a task is told with, not what it has.
    assert new | {"labels": []} == json.loads(TASK_JSON.one(task))
    assert {*new, "labels"} == {*task_view().model_fields}


def test_change_is_told_with_what_the_changed_fields_were() -> None:
    data = event(entry(EventType.TASK_UPDATED))["data"]
    due = {"type": "date", "date": "2026-12-24"}
    assert data["old"] == {"title": "Buy milk", "due": due, "due_date": "2026-12-24"}
    assert data["new"]
    assert data["new"]["title"] == "Buy oat milk"


def test_long_text_is_told_when_it_changes_and_else_left_out(
    fake: FakeDynamo, tasks: Tasks, clock: ManualClock
) -> None:
    long = "x" * 4000
    task = tasks.create(user_id=ADA.id, title="Buy milk", description=long)
    clock.advance(seconds=1)
    task = tasks.update(task, user_id=ADA.id, title="Buy bread")
    clock.advance(seconds=1)
    tasks.update(task, user_id=ADA.id, description="short")
    created, renamed, cut = (one["data"] for one in told(fake)[-3:])
    assert created["new"]
    assert created["new"]["description"] == long
    assert renamed["new"]
    assert "description" not in renamed["new"]
    assert (cut["old"], cut["new"] and cut["new"]["description"]) == (
        {"description": long},
        "short",
    )
    for one in told(fake):
        check(one)


@pytest.mark.parametrize("event_type", [EventType.USER_REGISTERED, EventType.USER_DELETED])
def test_events_of_users_name_nobody(event_type: EventType) -> None:
    text = json.dumps(translate(record(event_type)))
    for personal in ("ada", "Ada", "example.com", "Lovelace", "argon2"):
        assert personal not in text


def test_who_did_it_is_told() -> None:
    change = replace(entry(EventType.TASK_CREATED), by=Actor(user_id="u", token_id="t"))
    by = {"user_id": "u", "means": "personal_access_token", "means_id": "t"}
    assert event(change)["data"]["by"] == by
    assert event(replace(change, by=None))["data"]["by"] is None


def test_internal_fields_are_no_event() -> None:
    change = entry(EventType.TASK_CREATED)
    whole = {**(change.besides or {}), **(change.after or {})}
    changed = replace(entry(EventType.TASK_UPDATED), besides=whole)
    series = {"rs": {"S": "2026-12-24"}}
    assert event_of(replace(changed, before=series, after={})) is NOT_PUBLIC


def test_what_changed_unseen_is_told_as_it_is() -> None:
    """As `make reconcile` finds it."""
    change = entry(EventType.TASK_CREATED)
    whole = {**(change.besides or {}), **(change.after or {})}
    seen = replace(entry(EventType.TASK_UPDATED), before={}, after={}, besides=whole)
    made = event(seen)
    assert made["data"]["old"] == {}
    assert made["data"]["new"]
    check(made)
    gone = replace(entry(EventType.TASK_DELETED), before={}, after=None, besides={})
    assert event(gone)["data"]["old"] == {"id": gone.id}
    check(event(gone))


def test_entries_of_before_have_no_event() -> None:
    assert event_of(replace(entry(EventType.TASK_UPDATED), besides=None)) is NOT_PUBLIC


@pytest.mark.parametrize("name", ["MODIFY", "REMOVE"])
def test_entries_that_go_have_no_event(name: str) -> None:
    assert translate(record(EventType.TASK_CREATED) | {"eventName": name}) is NOT_PUBLIC


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_kinds_with_events_are_those_of_the_registry(kind: Kind) -> None:
    assert (kind in TOLD) == kind.is_streamed


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("eventName", None),
        ("eventName", 1),
        ("dynamodb", None),
        ("dynamodb", "x"),
        ("dynamodb.Keys", None),
        ("dynamodb.Keys.pk", None),
        ("dynamodb.Keys.pk", {"N": "1"}),
        ("dynamodb.Keys.sk", {"S": 1}),
        ("dynamodb.NewImage", None),
        ("dynamodb.NewImage.at", None),
        ("dynamodb.NewImage.at", {"N": "soon"}),
        ("dynamodb.NewImage.at", {"N": "9" * 38}),
        ("dynamodb.NewImage.a", {"S": "vanished"}),
        ("dynamodb.NewImage.k", {"S": "NOTHING#1"}),
        ("dynamodb.NewImage.o", {"S": "{"}),
        ("dynamodb.NewImage.o", {"N": "1"}),
        ("dynamodb.NewImage.w", {"S": '{"t": {"N": "1"}}'}),
        ("dynamodb.NewImage.w", {"S": '{"t": {"S": "x"}, "du": "2026-12-24"}'}),
        ("dynamodb.NewImage.u", {"S": "{}{"}),
        ("dynamodb.NewImage.u", {"S": '{"ca": {"N": "soon"}}'}),
        ("dynamodb.NewImage.u", {"S": "7"}),
        ("dynamodb.NewImage.w", {"S": "[]"}),
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
    source["dynamodb"]["NewImage"]["u"] = {"S": '{"v": {"N": "a secret"}}'}
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
    source=st.sampled_from(log_stream()),
    part=st.sampled_from(["", "Keys", "NewImage"]),
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
        made = translate(damaged)
    except MalformedRecord:
        return
    assert made is None or made["version"] == "2"
