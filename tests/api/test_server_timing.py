"""Time, round trips and capacity in the headers of an answer, where a setting asks for them."""

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from botocore.exceptions import ReadTimeoutError
from fastapi import FastAPI

from errand.clock import system_clock
from errand.config import get_settings
from errand.keys import KeyRing
from errand.storage.tables import DataItem
from errand_api import services
from errand_api.app import create_app
from errand_testkit.dynamo import SETTINGS, TABLES, FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.visitors import SignUp, Transport
from errand_testkit.wire import Answer, Wire, error

pytestmark = pytest.mark.both_transports

HEADERS = ["Server-Timing", "X-Consumed-Capacity"]
PAGE = Answer({"Items": [], "ConsumedCapacity": {"TableName": "DataTable", "CapacityUnits": 12.5}})
WRITTEN = Answer(
    {"ConsumedCapacity": [{"TableName": name, "CapacityUnits": 3.0} for name in TABLES]}
)
LOST = ReadTimeoutError(endpoint_url="https://dynamodb")


@pytest.fixture
def clock() -> ManualClock:
    """What is deployed goes by the real one."""
    return ManualClock(system_clock())


@pytest.fixture(params=["1"])
def setting(request: pytest.FixtureRequest) -> str | None:
    value: str | None = request.param
    return value


@pytest.fixture
def app(
    tables: None,  # noqa: ARG001 - are empty
    dynamodb: FakeDynamo,
    setting: str | None,
    transport: Transport,
    ring: KeyRing,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[FastAPI]:
    """As the environment describes it."""
    for name, value in {
        "ERRAND_DATA_TABLE": SETTINGS.data_table,
        "ERRAND_LOG_TABLE": SETTINGS.log_table,
        "ERRAND_EPHEMERAL_TABLE": SETTINGS.ephemeral_table,
        "ERRAND_SIGNING_SECRET": "signing",
        "ERRAND_SERVER_TIMING": setting,
        "AWS_LAMBDA_FUNCTION_NAME": "errand-api" if transport == "lambda" else None,
    }.items():
        if value is not None:
            monkeypatch.setenv(name, value)
    monkeypatch.setattr(services, "load_ring", lambda *_, **__: ring)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    get_settings.cache_clear()
    app = create_app()
    dynamodb.serve(DataItem._get_connection().connection.client)
    yield app
    get_settings.cache_clear()
    dynamodb.connected()


@pytest.fixture
def dynamodb_answers() -> Callable[..., None]:
    """Puts canned answers before the tables'."""

    def put(*answers: Answer | Exception) -> None:
        wire = Wire(*answers)
        client: Any = DataItem._get_connection().connection.client
        # Registered after the meter's.
        client.meta.events.register("before-send.dynamodb", lambda request, **_: wire.send(request))

    return put


def timing(answer: httpx2.Response) -> tuple[float, float, int]:
    """Milliseconds of the application and of the database, and round trips."""
    found = re.fullmatch(
        r'app;dur=(\d+\.\d\d), db;dur=(\d+\.\d\d), db-calls;desc="(\d+)"',
        answer.headers["Server-Timing"],
    )
    assert found
    return float(found[1]), float(found[2]), int(found[3])


@pytest.mark.parametrize("setting", [None, "0", ""], indirect=True)
def test_it_is_off_unless_asked_for(john: httpx2.Client) -> None:
    answer = john.get("/tasks")
    assert answer.status_code == 200
    assert not set(HEADERS) & set(answer.headers)


def test_first_request_of_a_token_is_two_round_trips_the_next_one(john: httpx2.Client) -> None:
    calls = [timing(john.get("/tasks"))[2] for _ in range(2)]
    assert calls == [2, 1]


def test_no_round_trip_costs_nothing(client: httpx2.Client) -> None:
    answer = client.get("/health")
    app_ms, db_ms, calls = timing(answer)
    assert app_ms > 0
    assert (db_ms, calls) == (0, 0)
    assert answer.headers["X-Consumed-Capacity"] == "0"


def test_capacity_is_what_dynamodb_reports(
    john: httpx2.Client, dynamodb_answers: Callable[..., None]
) -> None:
    john.get("/tasks")
    dynamodb_answers(PAGE)
    answer = john.get("/tasks")
    assert answer.headers["X-Consumed-Capacity"] == "12.5"
    app_ms, db_ms, calls = timing(answer)
    assert app_ms > 0
    assert db_ms > 0
    assert calls == 1


def test_transaction_counts_every_table(
    john: httpx2.Client, dynamodb_answers: Callable[..., None]
) -> None:
    john.get("/tasks")
    dynamodb_answers(WRITTEN)
    answer = john.post("/tasks", json={"title": "Buy milk"}, headers={"Idempotency-Key": "1"})
    assert answer.status_code == 201
    assert answer.headers["X-Consumed-Capacity"] == str(3 * len(TABLES))


@pytest.mark.parametrize("first", [error("ThrottlingException"), LOST], ids=["refused", "lost"])
def test_repeated_attempt_is_a_round_trip_of_its_own(
    john: httpx2.Client, dynamodb_answers: Callable[..., None], first: Answer | Exception
) -> None:
    john.get("/tasks")
    dynamodb_answers(first, PAGE)
    answer = john.get("/tasks")
    assert (answer.status_code, timing(answer)[2]) == (200, 2)
    assert answer.headers["X-Consumed-Capacity"] == "12.5"


def test_refusals_and_failures_tell_it_too(
    john: httpx2.Client, dynamodb_answers: Callable[..., None]
) -> None:
    john.get("/tasks")
    refused = john.post("/tasks", content="x", headers={"Content-Type": "text/plain"})
    assert (refused.status_code, timing(refused)[2]) == (415, 0)
    dynamodb_answers(LOST)
    failed = john.get("/tasks")
    assert (failed.status_code, timing(failed)[2]) == (503, 3)


def test_clients_do_not_see_each_others_calls(sign_up: SignUp) -> None:
    first, second = sign_up("johndoe"), sign_up("janedoe")
    first.get("/tasks")
    assert [timing(client.get("/tasks"))[2] for client in (first, second)] == [1, 2]
