"""A task: how it begins and changes, and the key of the view by status."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from errand.fields import UnknownField
from errand.tasks.model import Status, Task, status_key
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.storage import Tasks

ID = "06h08q0rf9qcv4e83s3ndg2tl8"
MILK = Task.new(ID, {"title": "Buy milk"}, now=1000)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "title": st.text(min_size=3, max_size=10),
        "description": st.none() | st.text(max_size=10),
        "due_date": st.none() | st.dates(),
        "links": st.none() | st.lists(st.text(max_size=5), max_size=2).map(tuple),
        "completed": st.booleans(),
    },
).filter(bool)


def test_new_task_is_open_in_its_first_version() -> None:
    assert (MILK.version, MILK.created_at, MILK.updated_at) == (1, 1000, 1000)
    assert (MILK.is_completed, MILK.completed_at) == (False, None)
    assert (MILK.description, MILK.due_date, MILK.links) == (None, None, ())


def test_task_may_begin_completed() -> None:
    task = Task.new(ID, {"title": "Buy milk", "completed": True}, now=1000)
    assert task.completed_at == 1000


def test_change_is_the_next_version() -> None:
    changed = MILK.changed({"title": "Buy bread", "due_date": date(2026, 12, 24)}, now=2000)
    assert (changed.title, changed.due_date) == ("Buy bread", date(2026, 12, 24))
    assert (changed.version, changed.created_at, changed.updated_at) == (2, 1000, 2000)


@pytest.mark.parametrize("now", [1000, 999, 0])
def test_no_two_versions_are_of_one_instant(now: int) -> None:
    assert MILK.changed({"title": "Buy bread"}, now=now).updated_at == 1001


def test_nothing_is_absence() -> None:
    full = MILK.changed({"description": "Two", "links": ("https://example.com/",)}, now=2000)
    empty = full.changed({"description": None, "links": None}, now=3000)
    assert (empty.description, empty.links) == (None, ())


def test_completing_twice_keeps_the_first_time() -> None:
    done = MILK.completed(now=2000)
    assert (done.is_completed, done.completed_at) == (True, 2000)
    assert done.completed(now=3000).completed_at == 2000
    assert done.reopened(now=3000).completed_at is None


@pytest.mark.parametrize("name", ["colour", "status_key"])
def test_name_that_is_no_field_is_a_defect(name: str) -> None:
    with pytest.raises((UnknownField, TypeError)):
        Task.new(ID, {"title": "Buy milk", name: "x"}, now=1000)
    with pytest.raises((UnknownField, TypeError)):
        MILK.changed({name: "x"}, now=2000)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(CHANGES, min_size=1, max_size=4))
def test_blind_update_does_what_the_model_says(
    fake: FakeDynamo, steps: list[dict[str, Any]]
) -> None:
    fake.clear()
    clock = ManualClock()
    tasks = Tasks(clock)
    task = tasks.create()
    for changes in steps:
        clock.advance(seconds=1)
        expected = task.changed(changes, now=clock())
        assert tasks.update(task, **changes) == expected
        task = expected
    assert tasks.read(task) == task
    assert tasks.ids(status=Status.of(completed=task.is_completed)) == [task.id]


@pytest.mark.parametrize(("completed", "status"), [(False, Status.OPEN), (True, Status.COMPLETED)])
def test_task_is_in_the_view_of_its_status(*, completed: bool, status: Status) -> None:
    assert Status.of(completed=completed) == status
    assert status_key(ID, completed=completed).startswith(status)


def test_views_of_the_two_statuses_do_not_overlap() -> None:
    assert not Status.OPEN.startswith(Status.COMPLETED)


def test_view_sorts_by_age() -> None:
    ids = [ID, "06h08q0rf9qcv4e83s3ndg2tlc"]
    keys = [status_key(task_id, completed=True) for task_id in ids]
    assert keys == sorted(keys)
