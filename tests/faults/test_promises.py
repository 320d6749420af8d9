"""Whatever the network does, what was answered holds, and what was not happened once or never."""

import os
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any

import httpx2
import pytest

from errand_testkit.depth import times
from errand_testkit.fakes import ManualClock
from errand_testkit.faults import FaultyNetwork

OPS = int(os.environ.get("OPS", times(60, deep=600)))
SHARE = 0.2
PEOPLE = 4
_OPERATIONS = ("create", "create once", "update", "update", "match", "delete", "read")

# What a task may be by now; None if it may be gone.
type States = list[dict[str, Any] | None]


class Promised:
    """One user: what the answers promised, and what may have happened without one."""

    def __init__(self, client: httpx2.Client, random: Random) -> None:
        self._client = client
        self._random = random
        self._titles = count()
        self._tasks: dict[str, States] = {}
        # Of creations without an answer: each is there once or never.
        self._unanswered: set[str] = set()
        # Of which a deletion may yet arrive.
        self._doomed: set[str] = set()

    def act(self) -> None:
        operation = self._random.choice(_OPERATIONS)
        known = [task_id for task_id, states in self._tasks.items() if states != [None]]
        if operation == "create" or not known:
            self._create()
        elif operation == "create once":
            self._create_once()
        else:
            task_id = self._random.choice(known)
            {
                "update": self._update,
                "match": self._match,
                "delete": self._delete,
                "read": self._read,
            }[operation](task_id)
        for task_id, states in self._tasks.items():
            if states == [None] and self._random.random() < 0.02:
                self._read(task_id)

    def check(self) -> None:
        """Without faults."""
        found: dict[str, dict[str, Any]] = {}
        path = "/tasks?limit=100"
        while path:
            answer = self._ask("GET", path)
            assert answer is not None
            found |= {task["id"]: task for task in answer.json()}
            path = answer.headers.get("Link", "").partition(">")[0].lstrip("<")
        for task_id, states in self._tasks.items():
            assert _content(found.get(task_id)) in states, task_id
        others = [task["title"] for task_id, task in found.items() if task_id not in self._tasks]
        assert len(set(others)) == len(others)
        assert set(others) <= self._unanswered

    def _create(self) -> None:
        title = f"Task {next(self._titles)}"
        answer = self._ask("POST", "/tasks", json={"title": title})
        if answer is None:
            self._unanswered.add(title)
        else:
            assert answer.status_code == 201
            self._made(answer, title)

    def _create_once(self) -> None:
        title = f"Task {next(self._titles)}"
        headers = {"Idempotency-Key": title.replace(" ", "-")}
        for _ in range(50):
            answer = self._ask("POST", "/tasks", json={"title": title}, headers=headers)
            if answer is not None and answer.status_code == 201:
                self._made(answer, title)
                return
        raise AssertionError("It was never answered")

    def _made(self, answer: httpx2.Response, title: str) -> None:
        assert answer.json()["title"] == title
        self._tasks[answer.json()["id"]] = [_content(answer.json())]

    def _update(self, task_id: str) -> None:
        changes = self._changes()
        answer = self._ask("PATCH", f"/tasks/{task_id}", json=changes)
        self._changed(task_id, changes, answer)

    def _match(self, task_id: str) -> None:
        """With the version just read."""
        read = self._read(task_id)
        if read is None or read.status_code != 200:
            return
        changes = self._changes()
        headers = {"If-Match": read.headers["ETag"]}
        answer = self._ask("PATCH", f"/tasks/{task_id}", json=changes, headers=headers)
        if answer is not None and answer.status_code == 412:
            # Something that was delayed came between.
            return
        self._changed(task_id, changes, answer)

    def _changes(self) -> dict[str, Any]:
        name = self._random.choice(["description", "completed"])
        if name == "completed":
            return {name: self._random.random() < 0.5}
        return {name: f"Note {next(self._titles)}"}

    def _changed(
        self, task_id: str, changes: dict[str, Any], answer: httpx2.Response | None
    ) -> None:
        states = self._tasks[task_id]
        changed: States = [state and state | changes for state in states]
        if answer is None:
            self._tasks[task_id] = states + [state for state in changed if state not in states]
        elif answer.status_code == 404:
            self._gone(task_id)
        else:
            assert answer.status_code == 200
            assert _content(answer.json()) in changed
            self._tasks[task_id] = [_content(answer.json())]
            if task_id in self._doomed:
                self._tasks[task_id].append(None)

    def _delete(self, task_id: str) -> None:
        answer = self._ask("DELETE", f"/tasks/{task_id}")
        if answer is None:
            self._doomed.add(task_id)
            if None not in self._tasks[task_id]:
                self._tasks[task_id].append(None)
        elif answer.status_code == 404:
            self._gone(task_id)
        else:
            assert answer.status_code == 204
            self._tasks[task_id] = [None]

    def _read(self, task_id: str) -> httpx2.Response | None:
        answer = self._ask("GET", f"/tasks/{task_id}")
        if answer is not None and answer.status_code == 404:
            self._gone(task_id)
        elif answer is not None:
            assert _content(answer.json()) in self._tasks[task_id]
        return answer

    def _gone(self, task_id: str) -> None:
        assert None in self._tasks[task_id], "A task is gone that nobody has deleted"
        self._tasks[task_id] = [None]

    def _ask(self, method: str, path: str, **arguments: Any) -> httpx2.Response | None:
        """None for what may have happened or not."""
        answer = self._client.request(method, path, **arguments)
        if answer.status_code == 503:
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.headers["Retry-After"]
            return None
        assert answer.status_code < 500, answer.text
        return answer


def _content(task: dict[str, Any] | None) -> dict[str, Any] | None:
    return task and {name: task[name] for name in ("title", "description", "completed")}


@pytest.mark.deeper
def test_what_was_promised_holds(
    network: FaultyNetwork,
    random: Random,
    clock: ManualClock,
    sign_up: Callable[[str], httpx2.Client],
    record_property: Callable[[str, object], None],
) -> None:
    people = [Promised(sign_up(f"user{number}"), random) for number in range(PEOPLE)]
    for number in range(OPS):
        clock.advance(seconds=random.randrange(1, 5) / 1000)
        network.share = SHARE
        random.choice(people).act()
        if number % 200 == 199:
            network.heal()
            for person in people:
                person.check()
    network.heal()
    for person in people:
        person.check()
    record_property("summary", f"faults: {OPS} operations of {PEOPLE} users held")


@pytest.mark.deep
def test_the_model_notices_what_is_lost(
    network: FaultyNetwork,
    random: Random,
    clock: ManualClock,
    sign_up: Callable[[str], httpx2.Client],
) -> None:
    person = Promised(sign_up("ada"), random)
    for _ in range(30):
        clock.advance(seconds=0.001)
        person.act()
    network.heal()
    person.check()
    fake = network._fake
    tasks = [key for key in fake.items["DataTable"] if key[1].startswith("TASK#")]
    del fake.items["DataTable"][tasks[0]]
    with pytest.raises(AssertionError):
        person.check()
