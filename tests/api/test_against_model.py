"""The API against a model of it on plain dictionaries: whatever clients do, both agree."""

import asyncio
import json
import re
from itertools import batched
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from errand.keys import KeyRing
from errand.mails.outbox import NoOutbox
from errand_api.app import create_app
from errand_api.services import Services, inline
from errand_testkit import clients
from errand_testkit.asgi_client import asgi_client
from errand_testkit.clients import INVALID_TASKS, Person, changed
from errand_testkit.depth import times
from errand_testkit.fakes import ManualClock
from errand_testkit.people_machine import PeopleMachine


class People(PeopleMachine):
    """Several people use one API at once, and each has tasks."""

    @initialize(data=st.data(), contents=st.lists(clients.creations, min_size=2, max_size=5))
    def begin(self, data: st.DataObject, contents: list[dict[str, Any]]) -> None:
        self.register("bob", None)
        for content in contents:
            self.create(data, content, None)

    @rule(
        data=st.data(),
        content=clients.creations | st.sampled_from(INVALID_TASKS),
        key=clients.idempotency_keys,
    )
    def create(self, data: st.DataObject, content: dict[str, Any], key: str | None) -> None:
        person = self.people[self.somebody(data)]
        body = json.dumps(content).encode()
        headers = person.headers | {"Content-Type": "application/json"}
        headers |= {"Idempotency-Key": key} if key else {}
        if content in INVALID_TASKS:
            answer = self.ask(422, "POST", "/tasks", content=body, headers=headers)
            assert answer.json()["code"] == "validation_error"
            return
        first = person.receipts.get(key or "")
        if first and data.draw(st.booleans(), "send the same again"):
            body = first[0]
        if first and body != first[0]:
            answer = self.ask(422, "POST", "/tasks", content=body, headers=headers)
            assert answer.json()["code"] == "idempotency_key_reused"
            return
        answer = self.ask(201, "POST", "/tasks", content=body, headers=headers)
        task_id = answer.json()["id"]
        if first is None:
            task = {"id": task_id, "description": None, "due_date": None, "links": []}
            task |= {"due": None, "deadline": None, "start": None, "duration": None}
            task |= {"recurrence": None, "occurrence": None, "moved_occurrences": []}
            task |= {"project_id": "inbox", "priority": 4, "reminders": []}
            task |= {"section_id": None, "parent_id": None, "position": task_id}
            task |= {"labels": [], "label_ids": []}
            task |= {"completed": False, "completed_at": None}
            task |= {"created_at": self.now, "version": 0}
            person.tasks[task_id] = changed(task, content, self.now)
            first = (body, person.tasks[task_id])
            person.receipts |= {key: first} if key else {}
        assert answer.json() == first[1]
        assert answer.headers["Location"] == f"/tasks/{task_id}"

    @rule(data=st.data())
    def read(self, data: st.DataObject) -> None:
        person = self.people[self.somebody(data)]
        task_id = self.something(data, person)
        task = person.tasks.get(task_id)
        if task is None:
            self.ask(404, "GET", f"/tasks/{task_id}", headers=person.headers)
            return
        answer = self.ask(200, "GET", f"/tasks/{task_id}/", headers=person.headers)
        assert answer.json() == task
        assert answer.headers["ETag"] == f'"{task["version"]}"'
        headers = person.headers | {"If-None-Match": answer.headers["ETag"]}
        assert not self.ask(304, "GET", f"/tasks/{task_id}", headers=headers).content

    @rule(
        data=st.data(),
        method=st.sampled_from(["PUT", "PATCH"]),
        content=clients.updates,
        condition=clients.conditions,
    )
    def update(
        self, data: st.DataObject, method: str, content: dict[str, Any], condition: str | None
    ) -> None:
        person = self.people[self.somebody(data)]
        task_id = self.something(data, person)
        status, headers = person.refusal(task_id, condition)
        answer = self.ask(status or 200, method, f"/tasks/{task_id}", json=content, headers=headers)
        if status is None:
            if content:
                person.tasks[task_id] = changed(person.tasks[task_id], content, self.now)
            assert answer.json() == person.tasks[task_id]
            assert answer.headers["ETag"] == f'"{answer.json()["version"]}"'
            self.check_views(person)

    @rule(data=st.data(), condition=clients.conditions)
    def delete(self, data: st.DataObject, condition: str | None) -> None:
        person = self.people[self.somebody(data)]
        task_id = self.something(data, person)
        status, headers = person.refusal(task_id, condition)
        self.ask(status or 204, "DELETE", f"/tasks/{task_id}", headers=headers)
        if status is None:
            del person.tasks[task_id]
            self.nobodys.append(task_id)

    @rule(
        data=st.data(),
        limit=st.sampled_from([2, 3, 100]),
        skip=st.sampled_from([0, 0, 1, 3]),
        order=st.sampled_from(["asc", "desc"]),
        completed=st.sampled_from([None, True, False]),
    )
    def walk(
        self, data: st.DataObject, limit: int, skip: int, order: str, *, completed: bool | None
    ) -> None:
        person = self.people[self.somebody(data)]
        self.check_list(person, limit=limit, skip=skip, order=order, completed=completed)

    def teardown(self) -> None:
        super().teardown()
        for person in self.people.values():
            self.check_views(person)

    def something(self, data: st.DataObject, person: Person) -> str:
        """The id of a task of this person's, or of anybody's, or of one that is not there."""
        if person.tasks and data.draw(st.sampled_from([True, True, True, False]), "their own"):
            return data.draw(st.sampled_from(list(person.tasks)), "something")
        ids = [task_id for somebody in self.people.values() for task_id in somebody.tasks]
        return data.draw(st.sampled_from([*ids, *self.nobodys]), "something")

    def check_views(self, person: Person) -> None:
        for completed in (None, False, True):
            self.check_list(person, completed=completed)

    def check_list(
        self,
        person: Person,
        *,
        limit: int = 100,
        skip: int = 0,
        order: str = "desc",
        completed: bool | None = None,
    ) -> None:
        tasks = [task for task in person.tasks.values() if completed in {None, task["completed"]}]
        tasks = (tasks if order == "asc" else tasks[::-1])[skip:]
        path = f"/tasks?limit={limit}&skip={skip}&order={order}"
        if completed is not None:
            path += f"&completed={json.dumps(completed)}"
        for page in batched(tasks, limit, strict=False) if tasks else [()]:
            answer = self.ask(200, "GET", path, headers=person.headers)
            assert answer.json() == list(page)
            following = re.fullmatch('<(.*)>; rel="next"', answer.headers.get("Link", ""))
            path = following[1] if following else ""
        assert not path


@pytest.mark.deeper
@pytest.mark.usefixtures("tables")
def test_api_behaves_as_the_model_does(ring: KeyRing, loop: asyncio.AbstractEventLoop) -> None:
    People.clock = ManualClock()
    services = Services(ring=ring, run=inline, outbox=NoOutbox, clock=People.clock)
    with asgi_client(create_app(services), loop) as People.client:
        run_state_machine_as_test(
            People,
            settings=settings(
                derandomize=True,
                deadline=None,
                max_examples=times(2, deep=16),
                stateful_step_count=40,
                # Shrinking a failure takes minutes; the history as it was found is short enough.
                phases=[Phase.generate],
            ),
        )
