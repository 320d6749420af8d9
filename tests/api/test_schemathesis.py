"""Whatever the OpenAPI document allows is accepted, whatever it does not is refused.

Schemathesis makes both up, and checks every answer with all the checks it has: a few requests of
each operation in `make test`, with all of its phases in `make test-deep`.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Annotated, Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.engine import from_schema
from schemathesis.engine.events import EngineFinished, FatalError, NonFatalError, ScenarioFinished
from starlette.types import Receive, Scope, Send

from errand.appearance import width
from errand.keys import KeyRing
from errand.text import OneLine, Prose, Visible
from errand_api.services import Services
from errand_testkit.depth import times
from errand_testkit.fakes import ManualClock
from errand_testkit.people import PASSWORD
from errand_testkit.push import Browser
from errand_testkit.somebody import Somebody

EXAMPLES = times(1, deep=10)
OPERATIONS = 105
# Longer than anybody has to wait after too many attempts.
PAUSE_SECONDS = 60 * 60

BROWSER = Browser().to_json()
# To come of somebody's tasks.
OCCURRENCE = {"type": "date", "date": "2030-01-02"}
# No pattern tells whether each direction of writing that begins, ends, too.
_DIRECTIONS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "x")

CONFIG: dict[str, Any] = {
    "seed": 1,
    "generation": {"deterministic": True, "max-examples": EXAMPLES, "database": "none"},
    "checks": {
        # No document can rule out a name that is taken, a password that is wrong (400), nobody of
        # this name (401), a task that is not there (404), is in another version (412), or of which
        # something else was completed since (409).
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "3xx", "400", "401", "404", "409", "412"],
        },
    },
}


@pytest.fixture
def refuses_common_passwords() -> bool:
    """No document lists them."""
    return False


@pytest.fixture
def somebody(services: Services, ring: KeyRing, clock: ManualClock) -> Somebody:
    return Somebody(services, ring=ring, clock=clock)


@pytest.fixture
def schema(app: FastAPI, clock: ManualClock, somebody: Somebody) -> schemathesis.BaseSchema:
    async def app_with_pauses(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)
        clock.advance(PAUSE_SECONDS)

    for name, rule in {"line": OneLine, "prose": Prose, "visible": Visible}.items():
        schemathesis.openapi.format(name, _texts(rule))
    schemathesis.openapi.format("iana-time-zone", st.sampled_from(["UTC", "Europe/Berlin"]))
    rules = ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,FR", "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=12"]
    schemathesis.openapi.format("recurrence-rule", st.sampled_from(rules))
    filters = ["due < tomorrow & priority <= 2", "overdue | recurring", '!completed & text ~ "a"']
    schemathesis.openapi.format("task-filter", st.sampled_from(filters))
    lines = ['{"title": "Buy milk"}', '{"kind": "project", "name": "Home"}\n{"title": "Mow"}']
    schemathesis.openapi.format("task-file", st.sampled_from(lines))
    schemathesis.openapi.format("search-words", st.sampled_from(["milk", '"pay rent" 京']))
    local = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1))  # noqa: DTZ001 - local
    schemathesis.openapi.format(
        "local-date-time", local.map(lambda one: one.isoformat(timespec="seconds"))
    )
    # Others may have another length once they are normalised.
    schemathesis.openapi.format("password", st.text(st.characters(min_codepoint=32, codec="ascii")))

    config = SchemathesisConfig.from_dict(CONFIG)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app_with_pauses, config=config)
    keys = count()

    @schema.auth(refresh_interval=None)
    class _Auth:
        def get(self, case: Any, context: Any) -> str:  # noqa: ARG002 - schemathesis' protocol
            somebody.prepare(case.operation.definition.raw["operationId"])
            return somebody.access_token()

        def set(self, case: Any, data: str, context: Any) -> None:  # noqa: ARG002 - as above
            case.headers["Authorization"] = f"Bearer {data}"
            # The last that is asked: links from other answers have set their parameters by now.
            if case.meta and case.meta.generation.mode.is_positive:
                ask_for_one_list(case)

    @schema.hook
    def map_case(context: Any, case: Any) -> Any:  # noqa: ARG001 - as above
        if case.meta and case.meta.generation.mode.is_positive:
            make_valid(case, somebody, keys)
        return case

    return schema


def _texts(rule: Any) -> st.SearchStrategy[str]:
    """Those that the rule takes, of characters that can all be seen."""
    taken = TypeAdapter(Annotated[str, rule])

    def is_taken(text: str) -> bool:
        try:
            return width(taken.validate_python(text)) == len(text)
        except ValidationError:
            return False

    characters = st.characters(exclude_categories=("C", "M", "Zl", "Zp"))
    return st.text(characters).filter(is_taken)


def ask_for_one_list(case: Any) -> None:
    """Several of these are of different lists, as a flat schema cannot tell."""
    if case.operation.label != "GET /tasks" or not case.query:
        return
    asked = ["view", "completed", "project_id", "parent_id", "priority", "filter", "saved_filter"]
    asked += ["completed_since", "completed_until"]
    for name in [name for name in asked if name in case.query][1:]:
        del case.query[name]
    if not case.query.get("project_id"):
        case.query.pop("section_id", None)


def make_valid(case: Any, somebody: Somebody, keys: Iterator[int]) -> None:
    """Cursors, versions and the like are valid only where they come from the server."""
    (case.query or {}).pop("cursor", None)
    headers = {"idempotency-key": f"key-{next(keys)}", "if-match": "*", "if-none-match": '"x"'}
    for name, value in headers.items():
        if name in (case.headers or {}):
            case.headers[name] = value
    if case.path_parameters and next(keys) % 4:
        case.path_parameters.update(somebody.place(case.path_parameters.keys()))
    if case.operation.label == "POST /imports":
        case.query["format"] = "json_lines"
    if isinstance(case.body, dict):
        _make_body_valid(case, somebody, keys)


def _make_body_valid(case: Any, somebody: Somebody, keys: Iterator[int]) -> None:
    case.body = _without_directions(case.body) | _needed(case)
    _make_address_valid(case)
    if case.operation.label == "PATCH /webhooks/{webhook_id}" and "enabled" in case.body:
        # One that is disabled is sent nothing again.
        case.body["enabled"] = True
    if case.operation.label == "PATCH /users/{user_id}":
        # Administrators disable everybody but themselves.
        case.path_parameters["user_id"] = somebody.user_id()
    if case.operation.label == "PATCH /users/me" and next(keys) % 4:
        case.body.pop("password", None)
    for name in {"current_password", "password"} & case.body.keys():
        if case.path != "/register" and next(keys) % 2:
            case.body[name] = PASSWORD
    if "due" in case.body:
        # The short form of the same.
        case.body.pop("due_date", None)
    if case.body.get("completed_at") and case.path.endswith("/complete"):
        case.body["completed_at"] = "2026-11-01T00:00:00Z"
    _make_place_valid(case.body)
    _tell_commands_apart(case.body, keys)
    if case.operation.label == "PATCH /tasks/{task_id}/occurrences":
        case.body["occurrence"] = OCCURRENCE
    if case.body.get("expires_at"):
        case.body["expires_at"] = "2126-11-22T00:00:00Z"


def _without_directions(body: Any) -> Any:
    if isinstance(body, dict):
        return {name: _without_directions(value) for name, value in body.items()}
    if isinstance(body, list):
        return [_without_directions(value) for value in body]
    return body.translate(_DIRECTIONS) if isinstance(body, str) else body


def _make_address_valid(case: Any) -> None:
    if "webhook" in case.path and "url" in case.body:
        # Not every URL is a webhook's: credentials, fragments and plain http are refused.
        case.body["url"] = "https://hooks.example.com/errand"
    if case.path == "/push/subscriptions":
        # Nor is every text a point of a curve.
        case.body |= {"endpoint": BROWSER["endpoint"], "keys": BROWSER["keys"]}


def _make_place_valid(body: dict[str, Any]) -> None:
    for name in [one for one in ("before", "after", "at") if one in body][1:]:
        del body[name]
    if body.get("parent_id"):
        # It is in its parent's.
        body.pop("project_id", None)
        body.pop("section_id", None)


def _tell_commands_apart(body: dict[str, Any], keys: Iterator[int]) -> None:
    commands = body.get("commands")
    for number, command in enumerate(commands if isinstance(commands, list) else ()):
        command["id"] = f"{next(keys)}"
        if "was" in command:
            # Of fields of the body, which is of a task.
            command |= {"method": "PATCH", "path": "/tasks/x"}
            command["was"] = {**command.setdefault("body", {})}
        if "temp_id" in command:
            command["temp_id"] = f"temp-{number}"


def _needed(case: Any) -> dict[str, str]:
    """By the grant, which a flat schema cannot tell."""
    if case.path != "/token":
        return {}
    is_refresh = case.body.get("grant_type") == "refresh_token"
    names = ["refresh_token"] if is_refresh else ["username", "password"]
    return {name: case.body.get(name) or "x" for name in names}


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


@pytest.mark.deep
def test_nothing_is_found(schema: schemathesis.BaseSchema) -> None:
    operations = [result for result in schema.get_all_operations() if isinstance(result, Ok)]
    assert len(operations) == OPERATIONS
    assert list(failures(schema)) == []
