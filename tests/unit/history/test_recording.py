"""What an entry of the log tells of a change, and which changes it tells of."""

from datetime import date
from typing import Any

import pytest

from errand import acting
from errand.acting import Actor
from errand.errors import MalformedRecord
from errand.fields import table_of
from errand.history.changes import Action, Change
from errand.history.recording import change_of
from errand.ids import new_id
from errand.projects.model import Project
from errand.projects.repository import DynamoProjects
from errand.storage.kinds import KINDS, Kind, logged, record_of
from errand.tasks.model import Completion, Trashed
from errand.tasks.trash_repository import DynamoTrash
from errand_testkit.dynamo import FakeDynamo, stream_record
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ADA, NOW
from errand_testkit.storage import Tasks
from errand_testkit.stored import change_account, commit, store_personal_token


def told(fake: FakeDynamo) -> list[Change]:
    """Of all that is in the stream, but for the account."""
    changes = [change_of(record) for record in fake.stream[1:]]
    return [change for change in changes if change]


def test_new_task_is_told_with_its_fields(fake: FakeDynamo, tasks: Tasks) -> None:
    task = tasks.create(user_id=ADA.id, title="Buy milk", priority=1)
    [change] = told(fake)
    assert (change.kind, change.id, change.user_id) == ("task", task.id, ADA.id)
    assert (change.action, change.version, change.at) == (Action.CREATED, 1, NOW)
    assert change.old is None
    assert change.new == {
        "title": "Buy milk",
        "priority": 1,
        "created_at": "2026-11-22T08:30:00.000Z",
    }


def test_change_is_told_by_the_fields_that_changed(
    fake: FakeDynamo, tasks: Tasks, clock: ManualClock
) -> None:
    task = tasks.create(user_id=ADA.id, title="Buy milk", due_date=date(2026, 12, 24))
    clock.advance(seconds=1)
    tasks.update(task, user_id=ADA.id, title="Buy bread", due_date=None)
    _, change = told(fake)
    assert (change.action, change.version) == (Action.UPDATED, 2)
    assert change.old == {"title": "Buy milk", "due": {"type": "date", "date": "2026-12-24"}}
    assert change.new == {"title": "Buy bread", "due": None}


def test_long_texts_are_told_whole(fake: FakeDynamo, tasks: Tasks, clock: ManualClock) -> None:
    task = tasks.create(user_id=ADA.id, description="x" * 5000)
    clock.advance(seconds=1)
    tasks.update(task, user_id=ADA.id, description="y" * 10)
    _, change = told(fake)
    assert change.old == {"description": "x" * 5000}
    assert change.new == {"description": "y" * 10}


@pytest.mark.parametrize(
    ("before", "after", "action"),
    [
        ({}, {"completed": True}, Action.COMPLETED),
        ({"completed": True}, {"completed": False}, Action.REOPENED),
        ({}, {"completed": True, "title": "Buy bread"}, Action.COMPLETED),
        ({}, {"priority": 2}, Action.UPDATED),
    ],
)
def test_action(
    fake: FakeDynamo,
    tasks: Tasks,
    clock: ManualClock,
    before: dict[str, Any],
    after: dict[str, Any],
    action: Action,
) -> None:
    task = tasks.create(user_id=ADA.id, **before)
    clock.advance(seconds=1)
    tasks.update(task, user_id=ADA.id, **after)
    assert told(fake)[-1].action is action


def test_deleting_and_restoring_are_told_of_task_and_trash(fake: FakeDynamo, tasks: Tasks) -> None:
    task = tasks.create(user_id=ADA.id)
    trashed = Trashed.of(task, now=NOW)
    tasks.delete(task, user_id=ADA.id)
    commit(lambda unit: DynamoTrash().add(unit, trashed, user_id=ADA.id))
    commit(lambda unit: DynamoTrash().remove(unit, trashed, user_id=ADA.id))
    restored = trashed.restored(now=NOW)
    commit(lambda unit: tasks.repository.add(unit, restored, user_id=ADA.id))
    changes = told(fake)[1:]
    assert [(change.kind, str(change.action)) for change in changes] == [
        ("task", "deleted"),
        ("trash", "created"),
        ("trash", "deleted"),
        ("task", "restored"),
    ]
    assert {change.id for change in changes} == {task.id}
    assert changes[0].new is None
    assert changes[0].old
    assert changes[0].old["title"] == "Buy milk"


def test_what_belongs_to_a_task_is_in_its_history(fake: FakeDynamo, tasks: Tasks) -> None:
    task = tasks.create(user_id=ADA.id)
    completion = Completion.of(task, new_id(), at=NOW)
    commit(lambda unit: tasks.repository.add_completion(unit, completion, user_id=ADA.id))
    created, completed = told(fake)
    assert (completed.kind, completed.id) == ("completion", completion.completion_id)
    assert completed.record_key == created.record_key == f"{ADA.id}#{task.id}"


def test_projects_are_told(fake: FakeDynamo) -> None:
    project = Project.new(new_id(), {"name": "Home"}, now=NOW)
    commit(lambda unit: DynamoProjects().add(unit, project, user_id=ADA.id))
    renamed = project.changed({"name": "House"}, now=NOW)
    commit(lambda unit: DynamoProjects().rewrite(unit, project, renamed, user_id=ADA.id))
    commit(lambda unit: DynamoProjects().remove(unit, renamed, user_id=ADA.id))
    actions = [str(change.action) for change in told(fake)]
    assert actions == ["created", "updated", "deleted"]


def test_of_an_account_is_told_that_it_changed_and_not_how(fake: FakeDynamo) -> None:
    """What an account has is in no history; that a setting changed is what sync tells."""
    change_account(ADA, now=NOW + 1, email="new@example.com")
    [change] = told(fake)
    assert (change.kind, change.id, change.version) == ("account", ADA.id, 2)
    assert change.record_key is None
    assert (change.old, change.new) == ({}, {})
    assert "new@example.com" not in repr(change)


def test_what_nobody_is_shown_is_not_told(fake: FakeDynamo, tasks: Tasks) -> None:
    task = tasks.create(user_id=ADA.id)
    store_personal_token(ADA, now=NOW)
    [item] = [item for item in fake.all() if item["sk"]["S"].endswith(task.id)]
    other_mark = stream_record(9, item, {**item, "m": {"S": "another"}})
    assert change_of(other_mark) is None
    assert len(told(fake)) == 1


# ---------------------------------------------------------------------------------- who did it


def test_who_asked_is_on_record(fake: FakeDynamo, tasks: Tasks, clock: ManualClock) -> None:
    acting.begin(Actor(user_id=ADA.id, session_id="s1"))
    task = tasks.create(user_id=ADA.id)
    acting.begin(Actor(user_id=ADA.id, token_id="t1"))
    clock.advance(seconds=1)
    tasks.update(task, user_id=ADA.id, title="Buy bread")
    tasks.update(task, user_id=ADA.id, priority=1)
    by = [change.by for change in told(fake)]
    script = Actor(user_id=ADA.id, token_id="t1")
    assert by == [Actor(user_id=ADA.id, session_id="s1"), script, script]
    assert fake.operations[1:] == ["PutItem", "UpdateItem", "GetItem", "UpdateItem"]


def test_who_deletes_is_on_record_with_what_is_in_the_trash(fake: FakeDynamo, tasks: Tasks) -> None:
    acting.begin(Actor(user_id=ADA.id, session_id="s1"))
    task = tasks.create(user_id=ADA.id)
    acting.begin(Actor(user_id=ADA.id, session_id="s2"))
    tasks.delete(task, user_id=ADA.id)
    commit(lambda unit: DynamoTrash().add(unit, Trashed.of(task, now=NOW), user_id=ADA.id))
    _, gone, trashed = told(fake)
    # Nothing of what is deleted could say who did it: whoever had changed it last did not.
    assert gone.by is None
    assert trashed.by == Actor(user_id=ADA.id, session_id="s2")


def test_nobody_is_on_record_where_nobody_is_known(fake: FakeDynamo, tasks: Tasks) -> None:
    tasks.create(user_id=ADA.id)
    [change] = told(fake)
    assert change.by is None


@pytest.mark.parametrize(
    "actor", [Actor(user_id="u", session_id="s"), Actor(user_id="u", token_id="t")], ids=str
)
def test_actor_is_read_as_it_was_written(actor: Actor) -> None:
    assert Actor.of(actor.text_for("somebody"), owner="somebody") == actor
    assert Actor.of(actor.text_for("u"), owner="u") == actor
    assert len(actor.text_for("u")) == 2


@pytest.mark.parametrize("text", ["", "u", "/u", "x1/u", "/"])
def test_what_is_no_actor(text: str) -> None:
    with pytest.raises(ValueError, match="not an actor"):
        Actor.of(text, owner="u")


# ------------------------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    "damage",
    [
        {"dynamodb": {}},
        {"eventName": "EXPIRE"},
        {"eventSourceARN": None},
    ],
    ids=str,
)
def test_record_that_is_none_of_ours(
    fake: FakeDynamo, tasks: Tasks, damage: dict[str, Any]
) -> None:
    tasks.create(user_id=ADA.id)
    with pytest.raises(MalformedRecord):
        change_of({**fake.stream[-1], **damage})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SequenceNumber", "later"),
        ("SequenceNumber", None),
        ("ApproximateCreationDateTime", "now"),
        ("NewImage", {"h": {"M": {"t": {"N": "1"}}}}),
        ("NewImage", {}),
    ],
)
def test_image_that_is_none_of_ours(
    fake: FakeDynamo, tasks: Tasks, name: str, value: object
) -> None:
    tasks.create(user_id=ADA.id)
    record = fake.stream[-1]
    with pytest.raises(MalformedRecord):
        change_of({**record, "dynamodb": {**record["dynamodb"], name: value}})


def test_kinds_that_are_not_logged_are_not_even_looked_at() -> None:
    for kind in set(KINDS) - set(logged()):
        key = kind.key(ADA.id, "1")
        keys = {"pk": {"S": key.pk}, "sk": {"S": key.sk}}
        assert change_of({"dynamodb": {"Keys": keys}}) is None


@pytest.mark.parametrize("kind", [*logged()], ids=lambda kind: kind.name)
def test_attribute_of_who_did_it_is_nothing_else(kind: Kind) -> None:
    assert acting.ATTRIBUTE not in {column.stored for column in table_of(record_of(kind)).values()}
    assert kind.is_owned
