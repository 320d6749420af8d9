"""One line in the table of a task's fields, and one rule, and the field is everywhere."""

import json
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest

from errand.events.changes import event_of
from errand.export.repository import DynamoCollection
from errand.export.service import ExportService
from errand.fields import By, Shown, kept
from errand.history.recording import change_of
from errand.identity.caller import Caller
from errand.ids import new_id
from errand.labels.repository import DynamoLabels
from errand.pages import Pager
from errand.projects.repository import DynamoProjects
from errand.records import load
from errand.saved_filters.repository import DynamoSavedFilters
from errand.schemas import change, creation, view
from errand.storage.kinds import TASK, Kind, record_of
from errand.storage.unit import Unit
from errand.tasks.model import Task
from errand.tasks.queries import ListQuery
from errand.tasks.repository import DynamoTasks
from errand.tasks.schemas import RULES
from errand.tasks.service import TaskService
from errand.tasks.trash_repository import DynamoTrash
from errand.views import JsonView
from errand_testkit.contention import ContendedStore
from errand_testkit.dynamo import FakeDynamo, stream_record
from errand_testkit.fakes import ManualClock
from errand_testkit.items import head_of
from errand_testkit.storage import placing, room


@dataclass(frozen=True, kw_only=True, slots=True)
class MoodyTask(Task):
    mood: str | None = kept("mo", by=By.CLIENT, default=None)


MOODY_RULES = {**RULES, "mood": Literal["eager", "weary"]}

MoodyCreate: Any = creation(MoodyTask, MOODY_RULES, name="MoodyCreate", example={})
MoodyUpdate: Any = change(MoodyTask, MOODY_RULES, name="MoodyUpdate", example={})
MOODY_JSON: JsonView[Any] = JsonView(MoodyTask)


def shape_of(kind: Kind) -> type[Any]:
    return MoodyTask if kind is TASK else record_of(kind)


ADA = Caller(user_id=new_id(), scopes=frozenset())


@pytest.fixture
def service(store: ContendedStore, pager: Pager, clock: ManualClock) -> TaskService:
    return TaskService(
        tasks=DynamoTasks(MoodyTask),
        trash=DynamoTrash(),
        projects=DynamoProjects(),
        placing=placing(),
        labels=DynamoLabels,
        filters=DynamoSavedFilters,
        room=room(clock),
        store=store,
        pager=pager,
        clock=clock,
        record=MoodyTask,
        view=MOODY_JSON,
    )


def _create(service: TaskService, **content: Any) -> Task:
    new = MoodyCreate.model_validate({"title": "Buy milk", **content})
    return service.create(caller=ADA, new=new)


def _update(service: TaskService, task: Task, **content: Any) -> Task:
    update = MoodyUpdate.model_validate(content)
    return service.update(caller=ADA, task_id=task.id, update=update)


def _shown(task: Task) -> Any:
    return json.loads(MOODY_JSON.one(task))


def test_it_is_created_changed_cleared_and_read(service: TaskService) -> None:
    task = _create(service, mood="eager")
    assert _shown(task)["mood"] == "eager"
    assert _shown(_update(service, task, mood="weary"))["mood"] == "weary"
    assert _shown(service.read(caller=ADA, task_id=task.id))["mood"] == "weary"
    assert _shown(_update(service, task, title="Buy oat milk"))["mood"] == "weary"
    assert _shown(_update(service, task, mood=None))["mood"] is None


def test_absence_is_kept_as_absence(service: TaskService, fake: FakeDynamo) -> None:
    task = _create(service)
    assert ["mo" in head_of(item) for item in fake.all()] == [False]
    _update(service, task, mood="eager")
    assert [head_of(item)["mo"] for item in fake.all()] == [{"S": "eager"}]
    _update(service, task, mood=None)
    assert ["mo" in head_of(item) for item in fake.all()] == [False]


def test_rule_is_kept() -> None:
    for shape in (MoodyCreate, MoodyUpdate):
        with pytest.raises(ValueError, match="mood"):
            shape.model_validate({"title": "Buy milk", "mood": "green"})


@pytest.mark.parametrize("completed", [None, False])
def test_it_is_on_every_page(service: TaskService, *, completed: bool | None) -> None:
    _create(service, mood="eager")
    _create(service)
    page = service.list(caller=ADA, query=ListQuery(completed=completed))
    assert [task["mood"] for task in json.loads(MOODY_JSON.many(page.items))] == [None, "eager"]


def test_it_is_in_the_schemas() -> None:
    for where in (Shown.API, Shown.EXPORTS):
        assert "mood" in view(MoodyTask, name="Moody", where=where).model_fields
    assert {"mood"} == {*MoodyCreate.model_fields} - {*RULES}


def test_it_is_in_events(service: TaskService, fake: FakeDynamo) -> None:
    task = _create(service, mood="eager")
    [old] = fake.all()
    _update(service, task, mood="weary")
    [new] = fake.all()
    change = change_of(stream_record(1, old, new), shape_of)
    assert change
    event = event_of(replace(change, number=1), shape_of)
    assert event
    assert event["type"] == "task.updated"
    seen = [event["data"]["old"], event["data"]["new"]]
    assert [image and image["mood"] for image in seen] == ["eager", "weary"]


def test_it_is_in_the_export(service: TaskService, pager: Pager, clock: ManualClock) -> None:
    _create(service, mood="weary")
    export = ExportService(
        collection=DynamoCollection(), pager=pager, clock=clock, shape_of=shape_of
    )
    [document] = export.page(caller=ADA, cursor=None).items
    assert [task["mood"] for task in document["tasks"]] == ["weary"]


def test_rules_that_need_the_whole_task_write_it(
    service: TaskService, store: ContendedStore, clock: ManualClock
) -> None:
    tasks = DynamoTasks(MoodyTask)
    old = _create(service, mood="eager")
    new = old.changed({"mood": None, "completed": True}, now=clock())
    unit = Unit()
    tasks.rewrite(unit, old, new, user_id=ADA.user_id)
    store.commit(unit)
    assert service.read(caller=ADA, task_id=old.id) == new


def test_whoever_does_not_know_it_reads_the_rest(service: TaskService, fake: FakeDynamo) -> None:
    task = _create(service, mood="eager")
    [item] = fake.all()
    for known in (load(Task, item), DynamoTasks().of(item, user_id=ADA.user_id)):
        assert (known.title, known.version) == (task.title, task.version)
