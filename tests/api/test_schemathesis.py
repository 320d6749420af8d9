"""Whatever the OpenAPI document allows is accepted, whatever it does not is refused.

Schemathesis makes both up, and checks every answer with all the checks it has.
"""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.engine import from_schema
from schemathesis.engine.events import EngineFinished, FatalError, NonFatalError, ScenarioFinished

from errand import ids
from errand.accounts import passwords
from errand.accounts.model import Account
from errand.errors import NotFound
from errand.tasks.schemas import TaskCreate
from errand_api.services import Services

EXAMPLES = 10
OPERATIONS = 14

CONFIG: dict[str, Any] = {
    "seed": 1,
    "generation": {"deterministic": True, "max-examples": EXAMPLES, "database": "none"},
    "checks": {
        # No document can rule out a name that is taken, a password that is wrong (400), nobody of
        # this name (401), a task that is not there (404) or is in another version (412).
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "3xx", "400", "401", "404", "412"],
        },
    },
}


@pytest.fixture
def transport() -> str:
    return "asgi"


class Somebody:
    """An account with a task, both made again whenever an operation has deleted them."""

    def __init__(self, services: Services, password_hash: str) -> None:
        self._accounts = services.accounts._accounts
        self._tokens = services.accounts._tokens
        self._tasks = services.tasks
        self._password_hash = password_hash
        self._user_id = self._task_id = ids.new_id()

    def token(self) -> str:
        if self._accounts.read(self._user_id) is None:
            self._user_id = ids.new_id()
            account = Account(
                id=self._user_id,
                username=self._user_id,
                password_hash=self._password_hash,
                created_at=0,
                updated_at=0,
            )
            self._accounts.add(account, receipt=None, answer="")
        return self._tokens.issue(self._user_id)

    def task_id(self) -> str:
        self.token()
        try:
            self._tasks.read(user_id=self._user_id, task_id=self._task_id)
        except NotFound:
            new = TaskCreate(title="Buy milk", links=["https://example.com/"])
            self._task_id = self._tasks.create(user_id=self._user_id, new=new).id
        return self._task_id


@pytest.fixture
def schema(
    app: FastAPI, services: Services, password_hash: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[schemathesis.BaseSchema]:
    # Hundreds of registrations: what a hash costs is looked at elsewhere.
    monkeypatch.setattr(passwords, "_MEMORY_KIB", 8)
    monkeypatch.setattr(passwords, "_TIME_COST", 1)
    passwords._context.cache_clear()

    visible = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")))
    schemathesis.openapi.format("visible", visible)

    config = SchemathesisConfig.from_dict(CONFIG)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=config)
    somebody = Somebody(services, password_hash)
    keys = count()

    @schema.auth(refresh_interval=None)
    class _Auth:
        def get(self, case: Any, context: Any) -> str:  # noqa: ARG002 - schemathesis' protocol
            return somebody.token()

        def set(self, case: Any, data: str, context: Any) -> None:  # noqa: ARG002 - as above
            case.headers["Authorization"] = f"Bearer {data}"

    @schema.hook
    def map_case(context: Any, case: Any) -> Any:  # noqa: ARG001 - as above
        """Cursors, versions and the like are valid only where they come from the server."""
        if not case.meta or not case.meta.generation.mode.is_positive:
            return case
        (case.query or {}).pop("cursor", None)
        if "idempotency-key" in (case.headers or {}):
            case.headers["idempotency-key"] = f"key-{next(keys)}"
        if "if-match" in (case.headers or {}):
            case.headers["if-match"] = "*"
        if "task_id" in (case.path_parameters or {}) and next(keys) % 4:
            case.path_parameters["task_id"] = somebody.task_id()
        if case.path == "/users/me" and isinstance(case.body, dict) and next(keys) % 4:
            case.body.pop("password", None)
        return case

    yield schema
    passwords._context.cache_clear()


def failures(schema: schemathesis.BaseSchema) -> Iterator[str]:
    """One text for everything that schemathesis finds in all of its phases."""
    tested = set()
    for event in from_schema(schema).execute():
        match event:
            case ScenarioFinished():
                tested.add(event.label)
                for checks in event.recorder.checks.values():
                    for check in checks:
                        if check.failure_info:
                            yield f"{check.failure_info.failure}\n{check.failure_info.code_sample}"
            case NonFatalError() | FatalError():
                yield repr(event)
            case EngineFinished():
                yield from map(str, event.failures)
    assert len(tested) >= OPERATIONS


def test_nothing_is_found(schema: schemathesis.BaseSchema) -> None:
    operations = [result for result in schema.get_all_operations() if isinstance(result, Ok)]
    assert len(operations) == OPERATIONS
    assert list(failures(schema)) == []
