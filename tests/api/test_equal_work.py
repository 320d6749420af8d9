"""Known and unknown names cost the same: what is sent to DynamoDB, how often argon2 computes.

tests/benchmarks/guessing.py measures the time; here it is counted, and no clock is asked.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import argon2.low_level
import httpx2
import pytest
from botocore.awsrequest import AWSPreparedRequest

from errand.storage.tables import DataItem
from errand_testkit.cast import Person
from errand_testkit.fakes import ManualClock
from errand_testkit.mails import KeptOutbox
from errand_testkit.people import new_account
from errand_testkit.stored import store_account

_BEFORE_SEND = "before-send"
pytestmark = pytest.mark.usefixtures("_on_the_wire")

WRONG = "wrong horse battery"


@pytest.fixture
def transport() -> str:
    return "lambda"


@dataclass
class Work:
    """Operations with their tables, in order, and computations of argon2."""

    operations: list[str] = field(default_factory=list)
    hashes: int = 0

    def since_last(self) -> tuple[list[str], int]:
        done = self.operations[:], self.hashes
        self.operations.clear()
        self.hashes = 0
        return done


@pytest.fixture
def work(app: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:  # noqa: ARG001 - is connected then
    work = Work()

    def note(request: AWSPreparedRequest, event_name: str, **_: Any) -> None:
        content: Any = request.body
        tables = _tables(json.loads(content))
        work.operations.append(f"{event_name.rpartition('.')[2]} {' '.join(tables)}")

    def counted[**P, T](function: Callable[P, T]) -> Callable[P, T]:
        def count(*arguments: P.args, **named: P.kwargs) -> T:
            work.hashes += 1
            return function(*arguments, **named)

        return count

    for name in ("hash_secret", "verify_secret"):
        original = getattr(argon2.low_level, name)
        monkeypatch.setattr(argon2.low_level, name, counted(original))
    client: Any = DataItem._get_connection().connection.client
    client.meta.events.register_first(_BEFORE_SEND, note)
    yield work
    client.meta.events.unregister(_BEFORE_SEND, note)


def _tables(request: dict[str, Any]) -> list[str]:
    if "TransactItems" in request:
        writes = [write for item in request["TransactItems"] for write in item.values()]
        return [write["TableName"] for write in writes]
    return [request["TableName"]] if "TableName" in request else list(request["RequestItems"])


@pytest.fixture
def people(clock: ManualClock, work: Work) -> dict[str, str]:
    """What they are like -> a name that is as long for each of them."""
    now = clock()
    for account in (
        new_account("somebody-1", now=now),
        new_account("somebody-2", now=now, disabled=True),
        new_account("somebody-3", now=now, admin=True),
    ):
        store_account(account)
    Person.make(new_account("somebody-4", now=now), clock).take_two_steps()
    work.since_last()
    return {
        "nobody": "somebody-0",
        "a user": "somebody-1",
        "disabled": "somebody-2",
        "an administrator": "somebody-3",
        "with two steps": "somebody-4",
    }


def test_a_wrong_password_costs_what_an_unknown_name_costs(
    client: httpx2.Client, people: dict[str, str], work: Work
) -> None:
    done = {}
    for who, name in people.items():
        answer = client.post("/token", data={"username": name, "password": WRONG, "otp": "123456"})
        assert answer.status_code == 401, who
        done[who] = work.since_last()
    assert done == dict.fromkeys(
        people,
        (
            [
                "GetItem DataTable",
                "GetItem DataTable",
                "TransactWriteItems EphemeralTable EphemeralTable",
                "PutItem DataTable",
            ],
            1,
        ),
    )


def test_the_answers_differ_in_nothing_but_their_id(
    client: httpx2.Client, people: dict[str, str]
) -> None:
    answers = set()
    for name in people.values():
        answer = client.post("/token", data={"username": name, "password": WRONG})
        del answer.headers["x-request-id"]
        answers.add((answer.status_code, answer.text, str(answer.headers)))
    assert len(answers) == 1


@pytest.mark.deep
def test_a_name_that_must_wait_costs_the_same(
    client: httpx2.Client, people: dict[str, str], work: Work
) -> None:
    done = {}
    for who, name in people.items():
        form = {"username": name, "password": WRONG}
        while client.post("/token", data=form).status_code != 429:
            work.since_last()
        done[who] = work.since_last()
    assert len({str(work) for work in done.values()}) == 1
    assert done["nobody"][1] == 0


def test_a_recovery_costs_the_same(
    client: httpx2.Client, people: dict[str, str], work: Work, outbox: KeptOutbox
) -> None:
    done = {}
    for who, name in people.items():
        answer = client.post("/password-recovery", json={"email": f"{name}@example.com"})
        assert answer.status_code == 202, who
        done[who] = work.since_last()
    assert done == dict.fromkeys(people, (["TransactWriteItems EphemeralTable EphemeralTable"], 0))
    assert len(outbox.requests) == len(people)
