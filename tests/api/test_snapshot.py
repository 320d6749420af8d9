"""SnapStart: what happens around a snapshot, and that nothing of it happens without one."""

import asyncio
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
import snapshot_restore_py  # type: ignore[import-untyped]
from fastapi import FastAPI
from moto import mock_aws

from errand.clock import system_clock
from errand.errors import ConfigurationError
from errand.keys import Key, LiveRing, load_ring
from errand.storage.tables import DataItem, connect
from errand_api import snapshot
from errand_api.gateway import lambda_handler
from errand_api.providers import authenticator
from errand_api.services import Services
from errand_testkit.dynamo import SETTINGS, TABLES, FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.lambda_client import Handler, lambda_client
from errand_testkit.template import table_properties

OLD = Key("1", b"the signing key of the snapshot, 32 bytes")
NEW = Key("2", b"another signing key, 32 bytes and more")


@pytest.fixture
def transport() -> str:
    return "lambda"


@pytest.fixture
def clock() -> ManualClock:
    """The warm-up goes by the real one."""
    return ManualClock(system_clock())


def _text(key: Key) -> str:
    return json.dumps({"kid": key.kid, "key": key.secret.decode()})


@pytest.fixture
def tables(_no_real_aws: None, dynamodb: FakeDynamo) -> Iterator[None]:
    """On moto, which has a Secrets Manager, too."""
    with mock_aws():
        client = boto3.client("dynamodb")
        for name in TABLES:
            client.create_table(**table_properties(name))
        connect(SETTINGS)
        yield
    dynamodb.connected()


@pytest.fixture
def secret(tables: None) -> Iterator[Any]:  # noqa: ARG001 - the same AWS
    """A client of the Secrets Manager that holds the ring."""
    client = boto3.client("secretsmanager")
    client.create_secret(Name="signing", SecretString=_text(OLD))
    yield client
    client.delete_secret(SecretId="signing", ForceDeleteWithoutRecovery=True)


@pytest.fixture
def ring(secret: Any) -> LiveRing:  # noqa: ARG001 - what it follows
    return load_ring("signing")


@pytest.fixture
def handler(app: FastAPI) -> Iterator[Handler]:
    with asyncio.Runner() as runner:
        asyncio.set_event_loop(runner.get_loop())
        yield lambda_handler(app)
        asyncio.set_event_loop(None)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Whatever leaves the process for AWS."""
    requests: list[Any] = []

    def send(_: object, request: Any) -> Any:
        requests.append(request)
        raise AssertionError(request.url)

    for session in ("botocore.httpsession.URLLib3Session", "errand.aws.connections.Connections"):
        monkeypatch.setattr(f"{session}.send", send)
    return requests


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """HTTP sessions that have dropped their connections."""
    sessions: list[Any] = []

    def close(session: object) -> None:
        sessions.append(session)

    monkeypatch.setattr("errand.aws.connections.Connections.close", close)
    return sessions


def test_warms_up_without_the_network_and_drops_connections(
    handler: Handler, app: FastAPI, services: Services, sent: list[Any], closed: list[Any]
) -> None:
    snapshot.before_snapshot(handler, app)
    assert sent == []
    client: Any = DataItem._get_connection().connection.client
    assert client._endpoint.http_session in closed
    assert not services.of(authenticator)._seen


def test_tables_are_asked_again_afterwards(handler: Handler, app: FastAPI) -> None:
    """The handler of a restored instance, on moto's tables: nobody of the warm-up is in them."""
    snapshot.before_snapshot(handler, app)
    snapshot.after_restore(app)
    with lambda_client(handler) as client:
        account = {"username": "ada", "password": "correct horse battery"}
        assert client.post("/register", json=account).status_code == 201
        token = client.post("/token", data=account).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        assert client.get("/tasks").json() == []
        assert client.post("/tasks", json={"title": "Thaw"}).status_code == 201
        assert [task["title"] for task in client.get("/tasks").json()] == ["Thaw"]


def test_a_version_that_does_not_work_is_not_published(app: FastAPI) -> None:
    def broken(_event: object, _context: object) -> dict[str, Any]:
        return {"statusCode": 500}

    with pytest.raises(RuntimeError, match=r"^/health was answered 500, not 200$"):
        snapshot.before_snapshot(broken, app)


def test_the_database_is_reachable_again_after_a_failed_warm_up(app: FastAPI) -> None:
    with pytest.raises(ZeroDivisionError):
        snapshot.before_snapshot(lambda _event, _context: 1 / 0, app)
    client: Any = DataItem._get_connection().connection.client
    nobody = {"pk": {"S": "USER#nobody"}, "sk": {"S": "ACCOUNT"}}
    assert "Item" not in client.get_item(TableName="DataTable", Key=nobody)


def test_each_restored_instance_draws_its_own_jitter(app: FastAPI) -> None:
    state = random.getstate()
    drawn = set()
    for _ in range(3):
        random.setstate(state)
        snapshot.after_restore(app)
        drawn.add(random.random())  # noqa: S311 - as the jitter is
    assert len(drawn) == 3


def test_keys_changed_since_the_snapshot_count(app: FastAPI, secret: Any) -> None:
    """The new one signs; the one withdrawn is refused, however young the snapshot."""
    ring: LiveRing = app.state.services.ring
    old = ring.current
    secret.put_secret_value(SecretId="signing", SecretString=_text(NEW))
    assert ring.find(old.kid) == old
    snapshot.after_restore(app)
    assert ring.current == NEW
    assert ring.find(old.kid) is None


def test_an_instance_that_cannot_know_its_keys_is_not_restored(app: FastAPI, secret: Any) -> None:
    secret.put_secret_value(SecretId="signing", SecretString="{}")
    with pytest.raises(ConfigurationError):
        snapshot.after_restore(app)


@pytest.mark.usefixtures("handler")  # sets the loop
def test_hooks_are_where_the_runtime_looks_for_them(app: FastAPI) -> None:
    before = snapshot_restore_py.get_before_snapshot()
    after = snapshot_restore_py.get_after_restore()
    handler = lambda_handler(app)
    snapshot.register(handler)
    assert before.pop() == (snapshot.before_snapshot, (handler, app), {})
    assert after.pop() == (snapshot.after_restore, (app,), {})


@pytest.mark.deep
@pytest.mark.parametrize(("kind", "loaded"), [("on-demand", "False"), ("snap-start", "True")])
def test_loaded_only_where_snapshots_are_taken(
    monkeypatch: pytest.MonkeyPatch, kind: str, loaded: str
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", kind)
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "api")
    for name in ("DATA_TABLE", "LOG_TABLE", "EPHEMERAL_TABLE", "SIGNING_SECRET"):
        monkeypatch.setenv(f"ERRAND_{name}", name)
    code = """
import sys
from errand import keys
keys.load_ring = lambda *_, **__: keys.KeyRing((keys.Key("1", b"k" * 32),))
import errand_api.main
print({"errand_api.snapshot", "snapshot_restore_py"} <= sys.modules.keys())
"""
    done = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == loaded
