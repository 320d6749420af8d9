"""Lambda SnapStart: what is done before the snapshot is taken, and after each restore of it.

Loaded by main.py only where SnapStart is on; docs/snapstart.md says what it costs.
"""

import gc
import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from fastapi import FastAPI
from mangum import Mangum
from pynamodb.connection import Connection
from snapshot_restore_py import (  # type: ignore[import-untyped] # in Lambda's runtime
    register_after_restore,
    register_before_snapshot,
)
from urllib3 import HTTPResponse

from errand.clock import system_clock
from errand.identity.access_tokens import TokenIssuer
from errand.identity.accounts.model import Account
from errand.identity.scopes import OF_EVERYBODY
from errand.identity.sessions.model import Session
from errand.ids import new_id
from errand.keys import LiveRing
from errand.records import kept
from errand.storage.kinds import ACCOUNT, SESSION, TASK, Key, attributes
from errand.storage.tables import DataItem
from errand.tasks.model import Task
from errand_api.providers import authenticator
from errand_api.services import Services

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"


def register(handler: Mangum) -> None:
    app: Any = handler.app
    register_before_snapshot(before_snapshot, handler, app)
    register_after_restore(after_restore, app)


def before_snapshot(handler: Callable[[Any, Any], Any], app: FastAPI) -> None:
    """Answer a page, a create and a log-in; keep the warm code and nothing else.

    Raises RuntimeError, and the version is not published, if they are not answered as they should.
    """
    services: Services = app.state.services
    client = _connection().client
    user_id, session_id = new_id(), new_id()
    token = TokenIssuer(ring=services.ring, clock=system_clock).issue(
        user_id=user_id, session_id=session_id, scopes=OF_EVERYBODY
    )
    with _without_network(client, _answers(user_id, session_id)):
        for event, expected in _requests(token):
            status = handler(event, None)["statusCode"]
            if status != expected:
                raise RuntimeError(f"{event['rawPath']} was answered {status}, not {expected}")
    services.of(authenticator).forget(user_id)
    # After a restore the other end of a connection has long gone.
    client.close()
    # What the collector looks at has to be fetched from the snapshot first.
    gc.collect()
    gc.freeze()


def _connection() -> Connection:
    return DataItem._get_connection().connection  # noqa: SLF001 - PynamoDB has no other way to it


def after_restore(app: FastAPI) -> None:
    """Raises what keeps the secret from being read: then this instance answers nobody."""
    # Every copy of the snapshot would draw the same jitter and retry in step with the others. Ids,
    # tokens and salts come from the kernel (os.urandom), which Lambda seeds anew by itself.
    random.seed()
    # A snapshot may be weeks old: a key withdrawn since then must not sign or verify any more.
    ring: LiveRing = app.state.services.ring
    ring.reload()


def _requests(token: str) -> Iterator[tuple[dict[str, Any], HTTPStatus]]:
    """Events of the HTTP API, and what each is answered."""
    user = {"authorization": f"Bearer {token}"}
    yield _event("GET", "/health"), HTTPStatus.OK
    yield _event("GET", "/tasks"), HTTPStatus.UNAUTHORIZED
    yield _event("POST", "/tasks", '{"title": "Warm up"}', **user, kind=_JSON), HTTPStatus.CREATED
    yield _event("GET", "/tasks", **user), HTTPStatus.OK
    form = "username=nobody&password=nobody-at-all"
    yield _event("POST", "/token", form, kind=_FORM), HTTPStatus.UNAUTHORIZED


def _event(
    method: str, path: str, body: str = "", *, kind: str = "", **headers: str
) -> dict[str, Any]:
    if body:
        headers |= {"content-type": kind, "content-length": str(len(body))}
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers | {"host": "localhost", "x-forwarded-port": "443"},
        "requestContext": {
            "http": {"method": method, "path": path, "sourceIp": "127.0.0.1"},
            "requestId": "before-snapshot",
            "stage": "$default",
        },
        "body": body,
        "isBase64Encoded": False,
    }


def _answers(user_id: str, session_id: str) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    """DynamoDB's answers for a user who is in no table: operation and request -> answer."""
    now = system_clock()
    account = Account(
        id=user_id, username="nobody", password_hash="", created_at=now, updated_at=now, version=1
    )
    session = Session(
        id=session_id,
        user_id=user_id,
        device="",
        address=None,
        scopes=OF_EVERYBODY,
        created_at=now,
        last_used_at=now,
        seed=b"",
        digest="",
    )
    task = Task.new(new_id(), {"title": "Warm up"}, now=now)
    known = {
        key: {**attributes(key), **kept(record)}
        for key, record in (
            (ACCOUNT.key(user_id), account),
            (SESSION.key(user_id, session_id), session),
            (TASK.key(user_id, task.id), task),
        )
    }

    def answer(operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        if operation == "Query":
            items = [known[TASK.key(user_id, task.id)]]
            return {"Items": items, "Count": 1, "ScannedCount": 1}
        if operation == "BatchGetItem":
            found = {
                table: [known[Key(key["pk"]["S"], key["sk"]["S"])] for key in wanted["Keys"]]
                for table, wanted in asked["RequestItems"].items()
            }
            return {"Responses": found}
        return {}

    return answer


@contextmanager
def _without_network(
    client: Any, answer: Callable[[str, dict[str, Any]], dict[str, Any]]
) -> Iterator[None]:
    """Everything but the sending itself: requests are made and signed, answers are parsed."""

    def answer_instead(request: AWSPreparedRequest, event_name: str, **_: object) -> AWSResponse:
        operation = event_name.rpartition(".")[2]
        asked: Any = request.body
        body = json.dumps(answer(operation, json.loads(asked))).encode()
        raw = HTTPResponse(BytesIO(body), preload_content=False)
        return AWSResponse(request.url, HTTPStatus.OK, HTTPHeaders(), raw)

    client.meta.events.register("before-send.dynamodb", answer_instead)
    try:
        yield
    finally:
        client.meta.events.unregister("before-send.dynamodb", answer_instead)
