"""What each operation takes in accounts of 100, 10,000 and 100,000 tasks.

    python -m tests.benchmarks.accounts [--sizes 100 10000 100000] [--searches]

DynamoDB is the one in memory that the tests hold against moto, by whose answers units are counted
with AWS's rules: the embedded AWS takes any read for one unit. CPU is that of all but the database.
Calls that are made at once are one round trip. `--searches`: in accounts of tasks with texts as
people write them, and an index of these.
"""

import argparse
import os
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, partial
from itertools import batched, count
from math import ceil
from pydoc_data.topics import topics
from random import Random
from typing import Any

from starlette.testclient import TestClient

from errand import deadline
from errand.clock import system_clock
from errand.ids import new_id
from errand.mails.outbox import NoOutbox
from errand.records import load
from errand.search.documents import DAY
from errand.search.growing import grown
from errand.search.head import Head
from errand.search.texts import document
from errand.storage.kinds import TASK
from errand.tasks.due import Due
from errand.tasks.model import Task
from errand.tasks.repository import DynamoTasks
from errand_api.app import create_app
from errand_api.services import Services, inline
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.index import index_store, of_kind
from errand_testkit.people import new_account
from errand_testkit.stored import session_token, store_account
from errand_testkit.sync_devices import EPOCH, RING
from errand_testkit.units import item_bytes, read_units

_WRITE_UNIT_BYTES = 1024
_READS = frozenset({"GetItem", "BatchGetItem", "Query"})


@dataclass
class Taken:
    """`items` and `read_units` of what was read, strongly unless told otherwise."""

    trips: int = 0
    calls: int = 0
    items: int = 0
    read_units: float = 0
    write_units: int = 0
    in_database: float = 0
    cpu_ms: float = 0


class Metered(FakeDynamo):
    """Counts what goes through it."""

    def __init__(self) -> None:
        super().__init__()
        self.taken = Taken()
        self._counting = threading.Lock()

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        # Whoever has a thread of errand.at_once asks while another one waits, too.
        is_beside = threading.current_thread().name.startswith("ThreadPoolExecutor")
        with self._counting:
            return self._counted(operation, request, is_beside=is_beside)

    def _counted(
        self, operation: str, request: Mapping[str, Any], *, is_beside: bool
    ) -> dict[str, Any]:
        begun = time.thread_time()
        before = {}
        if operation not in _READS:
            before = {name: {**items} for name, items in self.items.items()}
        answer = super().call(operation, request)
        self.taken.trips += not is_beside
        self.taken.calls += 1
        self._read(operation, request, answer)
        if before:
            self._written(before, is_twice=operation == "TransactWriteItems")
        self.taken.in_database += time.thread_time() - begun
        return answer

    def _read(self, operation: str, request: Mapping[str, Any], answer: Any) -> None:
        if operation == "BatchGetItem":
            found = []
            for table, wanted in request["RequestItems"].items():
                items = answer["Responses"][table]
                share = 1 if wanted.get("ConsistentRead") else 0.5
                # What is not there is one unit, too.
                missing = len(wanted["Keys"]) - len(items)
                units = sum(_read_units(item, share) for item in items) + missing * share
                self.taken.read_units += units
                found += items
        elif operation in {"GetItem", "Query"}:
            found = answer["Items"] if operation == "Query" else [answer.get("Item", {})]
            share = 1 if request.get("ConsistentRead") else 0.5
            self.taken.read_units += share * read_units(found)
        else:
            return
        self.taken.items += len(found)

    def _written(self, before: Mapping[str, Mapping[Any, Any]], *, is_twice: bool) -> None:
        for table, items in self.items.items():
            for key in {*items, *before[table]}:
                old, new = before[table].get(key), items.get(key)
                if old is not new and old != new:
                    base = max(_units(old), _units(new))
                    self.taken.write_units += base * (2 if is_twice else 1)
                    self.taken.write_units += sum(self._views(table, old, new))

    def _views(self, table: str, old: Any, new: Any) -> Iterator[int]:
        for name, index in self._indexes[table].items():
            if name is None:
                continue
            names = {index.sort, index.partition}
            entries: list[Any] = [
                index.projected(item) if item and names <= item.keys() else None
                for item in (old, new)
            ]
            if entries[0] == entries[1]:
                continue
            gone, come = map(_units, entries)
            is_moved = all(entries) and entries[0][index.sort] != entries[1][index.sort]
            yield gone + come if is_moved else max(gone, come)


def _read_units(item: Any, share: float) -> float:
    return share * read_units([item])


def _units(item: Any) -> int:
    return ceil(item_bytes(item) / _WRITE_UNIT_BYTES) if item else 0


def _task(number: int, project_id: str) -> Task:
    """Half of them due, a fifth completed, a tenth of a priority, a twentieth in one project."""
    fields: dict[str, Any] = {"title": f"Task {number} of those that have to be done"}
    if number % 2:
        fields["due"] = Due(date.today() + timedelta(days=number % 200 - 20))  # noqa: DTZ011
    if number % 10 == 3:
        fields["priority"] = 1
    if number % 20 == 1:
        fields["project_id"] = project_id
    task = Task.new(new_id(), fields, now=system_clock())
    return replace(task, completed_at=task.created_at) if not number % 5 else task


@cache
def _vocabulary() -> tuple[list[str], list[int]]:
    """Words of a text that every Python has, and how often each is there."""
    counted = Counter(re.findall(r"[a-z]{2,}", " ".join(topics.values()).lower()))
    return [*counted], [*counted.values()]


def _words(random: Random, least: int, most: int) -> str:
    words, weights = _vocabulary()
    return " ".join(random.choices(words, weights, k=random.randint(least, most)))


def _worded(number: int, _: str) -> Task:
    """A title of three to seven words; 30 % with one to four sentences more: 71 bytes a task."""
    random = Random(number)  # noqa: S311 - texts, not secrets
    fields: dict[str, Any] = {"title": _words(random, 3, 7)}
    if number % 10 < 3:
        sentences = (_words(random, 5, 12) for _ in range(random.randint(1, 4)))
        fields["description"] = ". ".join(sentences)
    task = Task.new(new_id(), fields, now=system_clock() - DAY)
    return replace(task, completed_at=task.created_at) if number % 5 == 0 else task


@contextmanager
def _account(
    size: int, make: Callable[[int, str], Task] = _task
) -> Iterator[tuple[TestClient, Metered, str]]:
    # Of its own, that the token stays good however long it takes.
    fake, clock = Metered(), partial(next, count(system_clock()))
    fake.connected()
    account = new_account("ada", now=clock())
    store_account(account)
    services = Services(ring=RING, run=inline, outbox=NoOutbox, clock=clock, epoch=EPOCH)
    client = TestClient(create_app(services))
    client.headers["Authorization"] = f"Bearer {session_token(account, ring=RING, clock=clock)}"
    project_id = client.post("/projects", json={"name": "Home"}).json()["id"]
    items = DynamoTasks()._items
    for number in range(size):
        task = make(number, project_id)
        written = items.item(TASK.key(account.id, task.id), task).serialize()
        fake.items["DataTable"][written["pk"]["S"], written["sk"]["S"]] = written
    yield client, fake, project_id


type Ask = Callable[[TestClient, str], Any]


def _on_new(method: str, path: str = "", **body: Any) -> Ask:
    """Of a task that is made for it; what that takes is not counted (see `_taken`)."""

    def ask(client: TestClient, _: str) -> Any:
        made = client.post("/tasks", json={"title": "Buy milk"}).json()["id"]
        return lambda: client.request(method, f"/tasks/{made}{path}", json=body or None)

    return ask


def _of(url: str) -> Ask:
    return lambda client, project: client.get(url.replace("{project}", project))


OPERATIONS: dict[str, Ask] = {
    "a page of 25": _of("/tasks?limit=25"),
    "open ones": _of("/tasks?limit=25&completed=false"),
    "due today": _of("/tasks?limit=25&view=today"),
    "of a project": _of("/tasks?limit=25&project_id={project}"),
    "of a priority": _of("/tasks?limit=25&priority=1"),
    "filter, a range": _of("/tasks?limit=25&filter=due < tomorrow %26 open"),
    "filter, no range": _of('/tasks?limit=25&filter=text ~ "nowhere"'),
    "sorted by title": _of("/tasks?limit=25&sort=title&filter=due <= today %26 open"),
    "everything to sync, a page": _of("/sync?limit=100"),
    "create": lambda client, _: client.post("/tasks", json={"title": "Buy milk"}),
    "edit": _on_new("PATCH", title="Buy bread"),
    "reschedule": _on_new("PATCH", due_date="2026-12-24"),
    "move before another": _on_new("POST", "/move", at="start"),
    "complete": _on_new("POST", "/complete"),
    "delete": _on_new("DELETE"),
}


SEARCHES: dict[str, Ask] = {
    "a word of many tasks": _of("/search?q=class"),
    "two words": _of("/search?q=operator class"),
    "a word that is nowhere": _of("/search?q=nowhereatall"),
    "completed ones": _of("/search?q=class&completed=true"),
    "a letter": _of("/search?q=a"),
    "a hundred results": _of("/search?q=class&limit=100"),
}


def _index(fake: Metered) -> None:
    """Of all tasks, as if they had come by four thousands."""
    unmetered = FakeDynamo()
    unmetered.items = fake.items
    store = index_store(unmetered)
    [owner] = [pk.partition("#")[2] for pk, sk in fake.items["DataTable"] if sk == "ACCOUNT"]
    tasks = [load(Task, item) for item in of_kind(fake, TASK, owner)]
    head = replace(Head.empty(stream=EPOCH, at=system_clock()), reached=None)
    for some in batched(tasks, 4_000, strict=False):
        documents = [document(task, head.version + 1) for task in some]
        growth = grown(
            head,
            documents,
            read=lambda told: store.segment(owner, told),
            new_stamp=new_id,
        )
        store.commit(owner, growth)
        head = growth.head


def _searched(sizes: Sequence[int]) -> dict[str, list[Taken]]:
    table: dict[str, list[Taken]] = {name: [] for name in SEARCHES}
    for size in sizes:
        with _account(size, _worded) as (client, fake, project_id):
            _index(fake)
            for name, ask in SEARCHES.items():
                _taken(fake, client, project_id, ask)
                table[name].append(_taken(fake, client, project_id, ask))
    return table


def _taken(fake: Metered, client: TestClient, project_id: str, ask: Ask) -> Taken:
    client.get("/tasks?limit=1")  # so that the caller is known, and the route made
    fake.taken = Taken()
    begun = time.process_time()
    answer = ask(client, project_id)
    if callable(answer):
        fake.taken = Taken()
        begun = time.process_time()
        answer = answer()
    cpu = time.process_time() - begun
    assert answer.status_code < 300, answer.text
    taken, fake.taken = fake.taken, Taken()
    taken.cpu_ms = (cpu - taken.in_database) * 1000
    return taken


def _operated(sizes: Sequence[int]) -> dict[str, list[Taken]]:
    table: dict[str, list[Taken]] = {name: [] for name in OPERATIONS}
    for size in sizes:
        with _account(size) as (client, fake, project_id):
            for name, ask in OPERATIONS.items():
                _taken(fake, client, project_id, ask)
                table[name].append(_taken(fake, client, project_id, ask))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 10_000, 100_000])
    parser.add_argument("--searches", action="store_true")
    arguments = parser.parse_args()
    sizes = arguments.sizes
    # The database in memory looks at every item for each query.
    deadline.SECONDS = 3600.0
    # Nothing is asked of AWS, but botocore asks for them.
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        os.environ[name] = "local"
    table = _searched(sizes) if arguments.searches else _operated(sizes)
    lines = [
        "| operation | round trips | items read | RU | WU | CPU, ms |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        *(_line(name, row) for name, row in table.items()),
    ]
    print("\n".join(lines))  # noqa: T201 - what it is for


def _line(name: str, row: list[Taken]) -> str:
    columns = (
        [_trips(one) for one in row],
        [str(one.items) for one in row],
        [f"{one.read_units:g}" for one in row],
        [str(one.write_units) for one in row],
        [f"{one.cpu_ms:.1f}" for one in row],
    )
    told = (" / ".join(values) if len({*values}) > 1 else values[0] for values in columns)
    return f"| {name} | {' | '.join(told)} |"


def _trips(one: Taken) -> str:
    return str(one.trips) if one.trips == one.calls else f"{one.trips} ({one.calls} calls)"


if __name__ == "__main__":
    main()
