"""Between items and records, and what an update of some fields writes."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pydantic_core import ValidationError

from errand.fields import UnknownField
from errand.identity.accounts.model import Account
from errand.storage.kinds import ACCOUNT, TASK
from errand.storage.mapper import Mapper, mapper
from errand.storage.operations import Put, Update, execute, get
from errand.tasks.due import Due
from errand.tasks.model import Task
from errand_testkit.items import head_of
from errand_testkit.people import ADA, LATER, NOW

pytestmark = pytest.mark.usefixtures("fake")

TASKS: Mapper[Task] = mapper(TASK, Task)
KEY = TASK.key(ADA.id, "1")
BARE = Task(id="1", title="Buy milk", created_at=NOW, updated_at=NOW, version=1)
FULL = replace(
    BARE,
    description="Two litres",
    due=Due(date(2026, 12, 24)),
    links=("https://example.com/",),
    completed_at=LATER,
)


def _store(task: Task) -> dict[str, Any]:
    execute(Put(TASKS.item(KEY, task), TASKS.is_free))
    return _item()


def _item() -> dict[str, Any]:
    return {**(get(TASKS.model, KEY) or {})}


def _update(changes: dict[str, Any]) -> dict[str, Any]:
    execute(Update(TASKS.at(KEY), TASKS.actions(changes), TASKS.exists))
    return _item()


@pytest.mark.parametrize("task", [BARE, FULL], ids=["bare", "full"])
def test_record_comes_back_as_it_was(task: Task) -> None:
    item = _store(task)
    assert TASKS.of(item) == task
    assert TASKS.all([item, item]) == [task, task]


def test_defaults_are_kept_as_absence() -> None:
    item = _store(BARE)
    assert {*item} == {"pk", "sk", "h", "vs", "vp"}
    assert {*head_of(item)} == {"t", "ca", "ua", "v"}


@pytest.mark.parametrize(
    "broken",
    [{"t": {"N": "1"}}, {"v": {"N": "one"}}, {"du": {"S": "soon"}}, {"l": {"L": [{"N": "1"}]}}],
    ids=str,
)
def test_item_that_we_do_not_write_is_refused(broken: dict[str, Any]) -> None:
    stored = _store(FULL)
    item = {**stored, "h": {"M": {**head_of(stored), **broken}}}
    with pytest.raises((ValidationError, TypeError, KeyError)):
        TASKS.of(item)


@pytest.mark.parametrize("missing", ["t", "ca", "v"])
def test_item_without_what_every_record_has_is_refused(missing: str) -> None:
    item = _store(FULL)
    del head_of(item)[missing]
    with pytest.raises(ValidationError):
        TASKS.of(item)


@pytest.mark.parametrize(
    ("changes", "attribute", "kept"),
    [
        ({"title": "Buy bread"}, "t", {"S": "Buy bread"}),
        ({"due": Due(date(2026, 12, 25))}, "du", {"S": "2026-12-25"}),
        ({"links": ("a", "b")}, "l", {"L": [{"S": "a"}, {"S": "b"}]}),
        ({"version": 2}, "v", {"N": "2"}),
        ({"description": ""}, "d", {"S": ""}),
        ({"description": None}, "d", None),
        ({"links": ()}, "l", None),
        ({"links": None}, "l", None),
    ],
    ids=str,
)
def test_action_sets_a_field_or_removes_its_default(
    changes: dict[str, Any], attribute: str, kept: dict[str, Any] | None
) -> None:
    before = head_of(_store(FULL))
    after = head_of(_update(changes))
    expected = {**before, attribute: kept}
    assert after == {name: value for name, value in expected.items() if value}


@pytest.mark.parametrize(
    ("old", "new"), [(BARE, FULL), (FULL, BARE), (FULL, replace(FULL, links=("b", "a")))]
)
def test_difference_makes_the_new_record_of_the_old_one(old: Task, new: Task) -> None:
    _store(old)
    execute(Update(TASKS.at(KEY), TASKS.difference(old, new), TASKS.exists))
    item = _item()
    assert TASKS.of(item) == new
    # What is derived for an index as well.
    assert item["vs"] == {"S": new.status_key}


def test_difference_names_what_differs_only() -> None:
    actions = TASKS.difference(FULL, replace(FULL, title="Buy bread", version=2))
    assert len(actions) == 2
    assert TASKS.difference(FULL, FULL) == []


@pytest.mark.parametrize("name", ["tilte", "t", "pk", "completed_on"])
def test_unknown_field_is_a_defect(name: str) -> None:
    with pytest.raises(UnknownField, match=f"Task has no field '{name}'"):
        TASKS.actions({"title": "Buy bread", name: "x"})
    with pytest.raises(UnknownField):
        TASKS[name]


def test_mapper_of_a_kind_is_shared() -> None:
    assert mapper(TASK, Task) is TASKS
    assert mapper(ACCOUNT, Account)._model is not TASKS._model
