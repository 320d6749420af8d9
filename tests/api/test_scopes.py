"""What a token allows: each operation declares it, and asks for it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx2
import pytest
from fastapi import FastAPI

from errand.identity.scopes import MEANINGS, Scope, allowed
from errand.keys import KeyRing
from errand_testkit.fakes import ManualClock
from errand_testkit.stored import change_account, session_token
from errand_testkit.visitors import PUBLIC, SignUp, account_named, bearer, make_token

OF_TASKS = (
    *("/tasks", "/trash", "/projects", "/labels", "/activity", "/sync", "/filters", "/imports"),
    *("/search", "/exports", "/realtime", "/events"),
)
# What shows tasks, and is the account's.
OF_BOTH = ("/users/me/export", "/webhooks", "/push")
EVERY_SCOPE = frozenset(Scope)


class Operation(NamedTuple):
    name: str
    method: str
    path: str
    scopes: frozenset[str] | None  # None: public

    def request(self, client: httpx2.Client, token: str | None = None) -> httpx2.Response:
        path = self.path.format(
            task_id="0" * 26,
            user_id="0" * 26,
            session_id="0" * 26,
            token_id="0" * 26,
            feed_id="0" * 26,
            webhook_id="0" * 26,
            subscription_id="0" * 26,
            delivery_id="0" * 26,
            token="0" * 86,
            mail_token="0" * 64,
            snooze_token="0" * 64,
            completion_id="0" * 26,
            project_id="0" * 26,
            section_id="0" * 26,
            comment_id="0" * 26,
            filter_id="0" * 26,
            import_id="0" * 26,
            label_id="0" * 26,
        )
        return client.request(self.method, path, headers=bearer(token) if token else None)


@pytest.fixture
def operations(app: FastAPI) -> list[Operation]:
    return [*_operations(app.openapi())]


def _operations(schema: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            scopes = None
            if operation["security"]:
                oauth, pasted = operation["security"]
                ((_, declared),) = oauth.items()
                assert pasted == {"Token": []}
                scopes = frozenset(declared)
            yield Operation(operation["operationId"], method.upper(), path, scopes)


@pytest.fixture
def token_for(ring: KeyRing, clock: ManualClock, sign_up: SignUp) -> Any:
    """A token of an administrator, with these scopes only."""
    sign_up("root", admin=True)
    account = account_named("root")

    def token_for(scopes: frozenset[str]) -> str:
        # One of the operations ends all sessions opened until then.
        clock.advance(0.001)
        return session_token(account, ring=ring, clock=clock, scopes=frozenset(map(Scope, scopes)))

    return token_for


def expected(operation: Operation) -> frozenset[str] | None:
    """By what stands first in the path, and by the method."""
    if operation.name in PUBLIC:
        return None
    way = "read" if operation.method == "GET" else "write"
    if operation.path.startswith(OF_BOTH):
        return frozenset({f"account:{way}", "tasks:read"})
    if operation.name == "create_feed":
        return frozenset({"account:write", "tasks:read"})
    if operation.path.startswith("/users") and not operation.path.startswith("/users/me"):
        return frozenset({"admin"})
    if operation.name == "create_socket_ticket":
        # Nothing of the account's but who may listen.
        return frozenset({"tasks:read"})
    what = "tasks" if operation.path.startswith(OF_TASKS) else "account"
    return frozenset({f"{what}:{way}"})


def test_every_operation_declares_its_scope(operations: list[Operation]) -> None:
    assert {each.name: each.scopes for each in operations} == {
        each.name: expected(each) for each in operations
    }
    assert {each.name for each in operations if each.scopes is None} == PUBLIC


def test_the_scheme_explains_the_scopes(app: FastAPI) -> None:
    schemes = {**app.openapi()["components"]["securitySchemes"]}
    flow = schemes.pop("OAuth2PasswordBearer")["flows"]["password"]
    assert {(scheme["type"], scheme["scheme"]) for scheme in schemes.values()} == {
        ("http", "bearer")
    }
    assert flow["scopes"] == {str(scope): MEANINGS[scope] for scope in Scope}
    assert flow["tokenUrl"] == flow["refreshUrl"] == "token"


def test_without_a_token_nothing_but_the_public_answers(
    client: httpx2.Client, operations: list[Operation]
) -> None:
    for operation in operations:
        answer = operation.request(client)
        assert (answer.status_code == 401) == (operation.scopes is not None), operation
        if operation.scopes:
            assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_without_the_scope_is_refused(
    client: httpx2.Client, operations: list[Operation], token_for: Any
) -> None:
    for operation in operations:
        for scope in operation.scopes or ():
            answer = operation.request(client, token_for(EVERY_SCOPE - {scope}))
            assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
            # RFC 6750, section 3.1.
            needed = " ".join(sorted(operation.scopes or ()))
            assert answer.headers["WWW-Authenticate"] == (
                f'Bearer error="insufficient_scope", scope="{needed}"'
            )


def test_a_token_with_nothing_but_the_scope_is_let_in(
    client: httpx2.Client, operations: list[Operation], token_for: Any
) -> None:
    for operation in operations:
        if operation.scopes:
            answer = operation.request(client, token_for(operation.scopes))
            assert answer.status_code not in {401, 403}, operation


def test_a_token_of_no_scope_opens_nothing(
    client: httpx2.Client, operations: list[Operation], token_for: Any
) -> None:
    token = token_for(frozenset())
    for operation in operations:
        if operation.scopes:
            assert operation.request(client, token).status_code == 403


@pytest.mark.parametrize("scope", sorted(allowed(admin=False)))
def test_scripts_are_held_to_theirs(
    john: httpx2.Client, client: httpx2.Client, operations: list[Operation], scope: str
) -> None:
    script = make_token(john, scope)
    for operation in operations:
        if operation.scopes and operation.method == "GET":
            answer = operation.request(client, script)
            assert (answer.status_code == 403) == (operation.scopes != {scope}), operation


def test_being_in_the_role_does_not_widen_a_token(
    client: httpx2.Client, operations: list[Operation], sign_up: SignUp, ring: KeyRing
) -> None:
    sign_up("johndoe")
    clock = ManualClock()
    token = session_token(account_named("johndoe"), ring=ring, clock=clock)
    account = account_named("johndoe")
    change_account(account, now=clock(), admin=True)
    (listing,) = (each for each in operations if each.name == "list_users")
    assert listing.request(client, token).status_code == 403
