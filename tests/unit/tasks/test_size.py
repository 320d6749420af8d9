"""A task is stored in 16 KB, and whatever becomes of it has an event that the bus takes."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from errand.errors import InvalidInput, PreconditionFailed
from errand.events.changes import event_of
from errand.events.entries import entry_size, to_entry
from errand.history.recording import change_of
from errand.identity.caller import Caller
from errand.identity.scopes import OF_EVERYBODY
from errand.labels.repository import DynamoLabels
from errand.pages import Pager
from errand.projects.repository import DynamoProjects
from errand.records import Item, show
from errand.saved_filters.repository import DynamoSavedFilters
from errand.storage.kinds import TASK
from errand.tasks.model import LINK_MAX, Task
from errand.tasks.repository import DynamoTasks
from errand.tasks.schemas import TaskCreate
from errand.tasks.service import TaskService
from errand.tasks.trash_repository import DynamoTrash
from errand.tasks.update_schemas import TaskUpdate
from errand_testkit.contention import ContendedStore
from errand_testkit.dynamo import FakeDynamo, stream_record
from errand_testkit.fakes import ManualClock
from errand_testkit.storage import among, placing, room

ADA = Caller(user_id="06h04o2vndpa700bqsem70d6f8", scopes=OF_EVERYBODY)
ITEM_MAX = 16 * 1024
# EventBridge's envelope, and queues that take 256 KiB.
EVENT_MAX = 128 * 1024
HOST = "http://a.example/"


@pytest.fixture
def service(store: ContendedStore, pager: Pager, clock: ManualClock) -> TaskService:
    return TaskService(
        tasks=DynamoTasks(),
        trash=DynamoTrash(),
        projects=DynamoProjects(),
        placing=placing(),
        labels=DynamoLabels,
        filters=DynamoSavedFilters,
        room=room(clock),
        store=store,
        pager=pager,
        clock=clock,
    )


def size(item: Item) -> int:
    """Bytes, as "DynamoDB item sizes and formats" counts them; of numbers the longest."""

    def of(value: dict[str, Any]) -> int:
        ((tag, content),) = value.items()
        if tag == "L":
            return 3 + sum(1 + of(entry) for entry in content)
        return len(content.encode()) if tag == "S" else 21

    return sum(len(name) + of(value) for name, value in item.items())


def stored(fake: FakeDynamo, task: Task) -> Item:
    key = TASK.key(ADA.user_id, task.id)
    (item,) = (item for item in fake.all() if item["sk"] == {"S": key.sk})
    return item


def event_size(old: Item | None, new: Item | None) -> int:
    images = (dict(image) if image else None for image in (old, new))
    change = change_of(stream_record(1, *images))
    event = event_of(replace(change, number=1)) if change else None
    return entry_size(to_entry(event, bus="b")) if event else 0


def test_links_are_counted_as_they_are_stored() -> None:
    """Percent-encoding makes nine bytes of a character of three."""
    with pytest.raises(ValidationError, match="at most 2083 characters, percent-encoded"):
        TaskCreate.model_validate({"title": "Links", "links": [HOST + "你" * 688]})
    longest = HOST + "你" * ((LINK_MAX - len(HOST)) // 9)
    assert TaskCreate.model_validate({"title": "Links", "links": [longest]})


def test_all_links_have_a_bound_together() -> None:
    link = HOST + "x" * (1024 - len(HOST))
    assert TaskCreate.model_validate({"title": "Links", "links": [link] * 8})
    with pytest.raises(ValidationError, match="at most 8192 characters in all links together"):
        TaskCreate.model_validate({"title": "Links", "links": [link] * 8 + [HOST]})


def create(service: TaskService, **fields: Any) -> Task:
    return service.create(caller=ADA, new=TaskCreate.model_validate({"title": "Buy"} | fields))


def update(service: TaskService, task: Task, **fields: Any) -> Task:
    return service.update(caller=ADA, task_id=task.id, update=TaskUpdate.model_validate(fields))


def test_too_much_text_is_refused_with_the_reason(service: TaskService) -> None:
    with pytest.raises(InvalidInput, match="at most 15360 bytes together, these take 20000"):
        create(service, description="💩" * 5000)


def test_5000_characters_of_three_bytes_are_taken(service: TaskService) -> None:
    assert create(service, description="你" * 5000)


@pytest.mark.parametrize("first", ["description", "links"])
def test_what_one_update_adds_to_another_is_refused(service: TaskService, first: str) -> None:
    texts: dict[str, Any] = {
        "description": "你" * 5000,
        "links": [HOST + "x" * (LINK_MAX - len(HOST))] * 3,
    }
    task = update(service, create(service), **{first: texts.pop(first)})
    with pytest.raises(InvalidInput, match="together"):
        update(service, task, **texts)
    assert service.read(caller=ADA, task_id=task.id) == task


def test_room_that_was_made_can_be_used(service: TaskService) -> None:
    task = create(service, description="你" * 5000)
    links = [HOST + "x" * 1000] * 3
    changed = update(service, task, description=None, links=links)
    assert update(service, changed, links=links[:1], description="你" * 4000).version == 3


def test_others_may_be_faster_than_what_has_to_be_looked_at(
    service: TaskService, fake: FakeDynamo
) -> None:
    task = create(service)
    fake.interferences.append(lambda: update(service, task, links=[]) and None)
    assert update(service, task, description="你" * 5000).version == 3


def test_versions_hold_for_what_has_to_be_looked_at(service: TaskService) -> None:
    task = create(service)
    changes = TaskUpdate.model_validate({"description": "你" * 5000})
    with pytest.raises(PreconditionFailed):
        service.update(caller=ADA, task_id=task.id, update=changes, expected=among({7}))
    assert (
        service.update(caller=ADA, task_id=task.id, update=changes, expected=among({1})).version
        == 2
    )


def test_everyday_changes_are_one_round_trip(
    service: TaskService, fake: FakeDynamo, clock: ManualClock
) -> None:
    task = create(service)
    clock.advance(seconds=1)
    fake.operations.clear()
    update(service, task, title="Buy milk", description="x" * 5000, deadline="2026-12-24")
    clock.advance(seconds=1)
    update(service, task, links=[HOST], description="x" * 5000)
    assert fake.operations == ["UpdateItem"] * 2


CHARACTERS = st.sampled_from(["x", '"', "\\", "é", "你", "💩", "\U00020000"])
TITLES = st.builds(lambda c, n: c * n, CHARACTERS, st.sampled_from([3, 200]))
DESCRIPTIONS = st.builds(
    lambda c, n: c * n, CHARACTERS, st.sampled_from([0, 1, 1792, 3840, 3841, 5000])
)
LINKS = st.lists(
    st.builds(
        lambda c, n: HOST + c * n, CHARACTERS, st.sampled_from([0, 100, 229, 344, 688, 2066])
    ),
    max_size=21,
)
FIELDS = st.fixed_dictionaries(
    {"title": TITLES},
    optional={
        "description": DESCRIPTIONS,
        "links": LINKS,
        "due_date": st.just("2026-12-24"),
        "completed": st.booleans(),
    },
)
CHANGES = st.lists(
    st.one_of(
        FIELDS, st.builds(lambda d: {"description": d}, DESCRIPTIONS), st.builds(dict, links=LINKS)
    ),
    max_size=4,
)


@pytest.mark.deep
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(FIELDS, CHANGES)
def test_every_task_that_is_accepted_has_events(
    pager: Pager, fields: dict[str, Any], changes: list[dict[str, Any]]
) -> None:
    fake = FakeDynamo()
    fake.connected()
    service = TaskService(
        tasks=DynamoTasks(),
        trash=DynamoTrash(),
        projects=DynamoProjects(),
        placing=placing(),
        labels=DynamoLabels,
        filters=DynamoSavedFilters,
        room=room(ManualClock()),
        store=ContendedStore(),
        pager=pager,
        clock=ManualClock(),
    )
    try:
        task = create(service, **fields)
    except (ValidationError, InvalidInput):
        return
    item = stored(fake, task)
    assert event_size(None, item) < EVENT_MAX
    for change in changes:
        try:
            task = update(service, task, **change)
        except (ValidationError, InvalidInput):
            continue
        before, item = item, stored(fake, task)
        assert size(item) <= ITEM_MAX
        assert event_size(before, item) < EVENT_MAX
    assert event_size(item, None) < EVENT_MAX
    # What was answered is accepted, whole or a field at a time, and changes nothing.
    told = json.loads(json.dumps(show(task)))
    own = {name: told[name] for name in ("title", "description", "links")}
    again = update(service, update(service, task, **own), links=own["links"])
    assert (again.links, again.description) == (task.links, task.description)
