"""Races and faults aimed at what once went wrong."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import httpx2
import pytest

from errand import deadline
from errand.errors import Contended, PreconditionFailed, StorageUnavailable
from errand.identity.caller import Caller
from errand.ids import new_id
from errand.keys import KeyRing
from errand.labels.repository import DynamoLabels
from errand.pages import Pager
from errand.projects.repository import DynamoProjects
from errand.saved_filters.repository import DynamoSavedFilters
from errand.storage.unit import DynamoStore
from errand.tasks.model import Task
from errand.tasks.repository import DynamoTasks
from errand.tasks.schemas import TaskCreate
from errand.tasks.service import TaskService
from errand.tasks.trash_repository import DynamoTrash
from errand.tasks.update_schemas import TaskUpdate
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.faults import Fault, FaultyNetwork
from errand_testkit.people import PASSWORD
from errand_testkit.storage import among, placing, room

CALLER = Caller(user_id=new_id(), scopes=frozenset())
ROUNDS = 40
UPDATES = [{"title": "Buy bread"}, {"description": "Rye"}, {"due_date": "2026-12-24"}]

type SignUp = Callable[[str], httpx2.Client]


@pytest.fixture
def service(network: FaultyNetwork, ring: KeyRing, clock: ManualClock) -> TaskService:
    del network
    return TaskService(
        tasks=DynamoTasks(),
        trash=DynamoTrash(),
        projects=DynamoProjects(),
        placing=placing(),
        labels=DynamoLabels,
        filters=DynamoSavedFilters,
        room=room(clock),
        store=DynamoStore(),
        pager=Pager(ring),
        clock=clock,
    )


def _new(service: TaskService) -> Task:
    return service.create(caller=CALLER, new=TaskCreate.model_validate({"title": "Buy milk"}))


@pytest.mark.deep
def test_updates_in_one_millisecond_with_lost_answers_are_all_made(
    network: FaultyNetwork, service: TaskService, clock: ManualClock
) -> None:
    with ThreadPoolExecutor(len(UPDATES)) as pool:
        for _ in range(ROUNDS):
            task = _new(service)
            clock.advance(seconds=0.001)
            network.share, network.faults = 0.4, [Fault.LOSE, Fault.DROP]

            def update(content: dict[str, str], task: Task = task) -> dict[str, str]:
                try:
                    changed = service.update(
                        caller=CALLER, task_id=task.id, update=TaskUpdate.model_validate(content)
                    )
                except StorageUnavailable:
                    return {}
                assert all(str(getattr(changed, name)) == content[name] for name in content)
                return content

            promised = [*pool.map(update, UPDATES)]
            network.heal()
            found = service.read(caller=CALLER, task_id=task.id)
            for content in promised:
                assert all(str(getattr(found, name)) == content[name] for name in content)


def test_a_version_is_changed_once(
    network: FaultyNetwork, service: TaskService, clock: ManualClock
) -> None:
    with ThreadPoolExecutor(2) as pool:
        for _ in range(ROUNDS):
            task = _new(service)
            clock.advance(seconds=0.001)
            network.share, network.faults = 0.4, [Fault.LOSE]

            def update(content: dict[str, str], task: Task = task) -> bool:
                draft = TaskUpdate.model_validate(content)
                try:
                    service.update(
                        caller=CALLER,
                        task_id=task.id,
                        update=draft,
                        expected=among({1}),
                    )
                except (PreconditionFailed, StorageUnavailable):
                    return False
                return True

            assert sum(pool.map(update, UPDATES[:2])) <= 1
            network.heal()


def test_many_changes_at_once_find_their_places(
    service: TaskService, clock: ManualClock, fake: FakeDynamo
) -> None:
    task = _new(service)
    clock.advance(seconds=0.001)
    with ThreadPoolExecutor(8) as pool:

        def update(number: int) -> bool:
            draft = TaskUpdate.model_validate({"description": f"{number}"})
            try:
                service.update(caller=CALLER, task_id=task.id, update=draft)
            except Contended:
                return False
            return True

        made = sum(pool.map(update, range(8)))
    assert service.read(caller=CALLER, task_id=task.id).version == made + 1
    assert made == 8
    assert len(fake.all()) == 1


def test_update_that_arrives_late_undoes_nothing(
    network: FaultyNetwork, sign_up: SignUp, clock: ManualClock
) -> None:
    ada = sign_up("ada")
    path = ada.post("/tasks", json={"title": "Buy milk"}).headers["Location"]
    clock.advance(seconds=0.001)
    network.next = [Fault.DELAY]
    assert ada.patch(path, json={"title": "Buy bread"}).status_code == 200
    clock.advance(seconds=0.001)
    newest = ada.patch(path, json={"title": "Buy butter"}).json()
    network.deliver()
    assert ada.get(path).json() == newest


def test_creation_that_arrives_late_brings_nothing_back(
    network: FaultyNetwork, sign_up: SignUp
) -> None:
    ada = sign_up("ada")
    ada.get("/tasks")  # so that the next request authenticates from memory
    network.next = [Fault.DELAY]
    assert ada.post("/tasks", json={"title": "Buy bread"}).status_code == 503
    network.deliver()
    for task in ada.get("/tasks").json():
        assert ada.delete(f"/tasks/{task['id']}").status_code == 204
    network.deliver()
    assert ada.get("/tasks").json() == []


def test_creation_whose_answer_was_lost_is_answered(
    network: FaultyNetwork, sign_up: SignUp, fake: FakeDynamo
) -> None:
    ada = sign_up("ada")
    ada.get("/tasks")
    fake.operations.clear()
    network.next = [Fault.LOSE]
    answer = ada.post("/tasks", json={"title": "Buy milk"})
    assert answer.status_code == 201
    assert fake.operations == ["PutItem", "GetItem"]
    assert ada.get("/tasks").json() == [answer.json()]


@pytest.mark.deep
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_damaged_answers_are_not_believed(
    network: FaultyNetwork, sign_up: SignUp, clock: ManualClock, random: Random, method: str
) -> None:
    del random
    ada = sign_up("ada")
    path = ada.post("/tasks", json={"title": "Buy milk"}).headers["Location"]
    content = {"title": "Buy bread"} if method == "PATCH" else None
    for _ in range(ROUNDS):
        clock.advance(seconds=0.001)
        network.next = [Fault.DAMAGE] * 3
        answer = ada.request(method, path, json=content)
        assert (answer.status_code, answer.json()["code"]) == (503, "storage_unavailable")


@pytest.mark.parametrize("seconds", [2.0, 2.9, 4.0], ids="each call takes {} s".format)
def test_a_request_ends_before_its_function_does(
    network: FaultyNetwork, sign_up: SignUp, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    """However slow the database is, and whether it answers or not."""
    ada = sign_up("ada")
    passed = 0.0
    send = network.send

    def send_slowly(request: Any) -> Any:
        nonlocal passed
        passed += seconds
        return send(request)

    monkeypatch.setattr(network, "send", send_slowly)
    monkeypatch.setattr(deadline, "monotonic", lambda: passed)
    for faults in ([], [Fault.LOSE, Fault.NONE] * 10, [Fault.LOSE] * 20):
        passed, network.next = 0.0, [*faults]
        answer = ada.post("/token", data={"username": "ada", "password": PASSWORD})
        assert answer.status_code in {200, 503}
        assert answer.status_code == 200 or answer.headers["Retry-After"]
        assert passed <= deadline.SECONDS
