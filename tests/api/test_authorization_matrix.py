"""Every operation of the OpenAPI document, asked for by every kind of caller.

What the document has and MATRIX has not, or the other way round, fails. Run with
`python -m pytest tests/api/test_authorization_matrix.py`, which ends in a line of summary.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from errand.identity.access_tokens import LEEWAY_SECONDS, LIFETIME_SECONDS, TokenIssuer
from errand.identity.recovery.model import Purpose
from errand.identity.scopes import OF_EVERYBODY, Scope
from errand.ids import new_id
from errand.keys import KeyRing
from errand_api.services import Services
from errand_testkit.cast import RECOVERY_CODE, Person
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import new_account
from errand_testkit.push import Browser
from errand_testkit.stored import session_token, store_personal_token

PASSWORD = "correct horse battery"
CALLERS = (
    "no token",
    "expired",
    "other user",
    "disabled",
    "wrong scope",
    "PAT read-only",
    "PAT of everything",
    "owner",
    "admin",
)
READING = frozenset({Scope.TASKS_READ, Scope.ACCOUNT_READ})
# What tokens allow, where it is not all that everybody may.
HELD = {"PAT read-only": READING, "admin": frozenset(Scope)}

type Prepare = Callable[[Person], None]
# Of whom the path and the body are about: what httpx2 is to send.
type Send = Callable[[Person], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Row:
    """`answer`: to who may. `scopes`: what their token needs; empty: anybody may, without one.

    `in_person`: it takes a log-in.
    `prepare`: done by who asks; `of_owner`: by whose the path is. `but`: callers who are answered
    otherwise than `expected` says.
    """

    scopes: str = ""
    answer: int = 200
    in_person: bool = False
    send: Send = lambda _: {}
    prepare: Prepare = lambda _: None
    of_owner: Prepare = lambda _: None
    but: Mapping[str, int] = field(default_factory=dict)

    @property
    def needed(self) -> frozenset[Scope]:
        return frozenset(map(Scope, self.scopes.split()))


def body(**fields: object) -> Send:
    return lambda _: {"json": fields}


# Whoever makes one reads tasks for as long as it is there.
OF_WEBHOOKS = partial(Row, scopes="account:write tasks:read", in_person=True)
OF_BROWSERS = OF_WEBHOOKS


def form(**fields: str) -> Send:
    return lambda _: {"data": fields}


def mailed(purpose: Purpose, **fields: object) -> Send:
    return lambda person: {"json": {"token": person.mailed[purpose], **fields}}


TITLE = body(title="Buy milk")
# These act for whomever the body names, and not for somebody who is disabled.
OF_A_DISABLED_USER = {"disabled": 400}

MATRIX = {
    # Anybody, with any token or none.
    "welcome": Row(),
    "health": Row(),
    "authorization_server": Row(),
    "register": Row(answer=201, send=body(username="newcomer", password=PASSWORD)),
    "log_in": Row(
        send=lambda person: {"data": {"username": person.account.username, "password": PASSWORD}},
        but=OF_A_DISABLED_USER,
    ),
    "revoke_token": Row(send=form(token="unknown")),
    "request_password_recovery": Row(answer=202, send=body(email="owner@example.com")),
    "reset_password": Row(
        answer=204,
        send=mailed(Purpose.PASSWORD_RECOVERY, new_password="staple battery horse"),
        but=OF_A_DISABLED_USER,
    ),
    "verify_email": Row(
        answer=204, send=mailed(Purpose.EMAIL_VERIFICATION), but=OF_A_DISABLED_USER
    ),
    "ask_to_unsubscribe": Row(),
    "unsubscribe": Row(send=form(**{"List-Unsubscribe": "One-Click"})),
    "ask_to_snooze": Row(but={"disabled": 404}),
    "snooze_reminder": Row(send=form(until="hour"), but={"disabled": 404}),
    # One's own account.
    "read_account": Row(scopes="account:read"),
    "update_account": Row(scopes="account:write", send=body(full_name="Somebody")),
    "delete_account": Row(
        scopes="account:write", in_person=True, answer=204, send=body(password=PASSWORD)
    ),
    "request_email_verification": Row(scopes="account:write", in_person=True, answer=202),
    "list_security_log": Row(scopes="account:read"),
    "export_account": Row(scopes="account:read tasks:read"),
    "list_sessions": Row(scopes="account:read"),
    "end_other_sessions": Row(scopes="account:write", in_person=True, answer=204),
    "end_session": Row(scopes="account:write", in_person=True, answer=204),
    "list_tokens": Row(scopes="account:read"),
    "create_token": Row(
        scopes="account:write",
        answer=201,
        in_person=True,
        send=body(name="Another", scopes=["account:write"], current_password=PASSWORD),
    ),
    "delete_token": Row(scopes="account:write", in_person=True, answer=204),
    "enrol_totp": Row(scopes="account:write", in_person=True, send=body(password=PASSWORD)),
    "confirm_totp": Row(
        scopes="account:write",
        in_person=True,
        prepare=Person.begin_two_steps,
        send=lambda person: {"json": {"otp": person.otp()}},
    ),
    "disable_totp": Row(
        scopes="account:write",
        in_person=True,
        answer=204,
        prepare=Person.take_two_steps,
        send=body(password=PASSWORD, otp=RECOVERY_CODE),
    ),
    # One's own tasks.
    "create_task": Row(scopes="tasks:write", answer=201, send=TITLE),
    "list_tasks": Row(scopes="tasks:read"),
    "read_task": Row(scopes="tasks:read"),
    "put_task": Row(scopes="tasks:write", send=TITLE),
    "patch_task": Row(scopes="tasks:write", send=TITLE),
    "delete_task": Row(scopes="tasks:write", answer=204),
    "create_project": Row(scopes="tasks:write", answer=201, send=body(name="Home")),
    "list_projects": Row(scopes="tasks:read"),
    "read_project": Row(scopes="tasks:read"),
    "update_project": Row(scopes="tasks:write", send=body(name="Garden")),
    "delete_project": Row(scopes="tasks:write", answer=204),
    "create_label": Row(
        scopes="tasks:write", answer=201, send=lambda _: {"json": {"name": f"bank {new_id()}"}}
    ),
    "list_labels": Row(scopes="tasks:read"),
    "read_label": Row(scopes="tasks:read"),
    "update_label": Row(scopes="tasks:write", send=body(name="banks")),
    "delete_label": Row(scopes="tasks:write", answer=204),
    "create_section": Row(scopes="tasks:write", answer=201, send=body(name="Later")),
    "list_sections": Row(scopes="tasks:read"),
    "read_section": Row(scopes="tasks:read"),
    "update_section": Row(scopes="tasks:write", send=body(name="Some day")),
    "delete_section": Row(scopes="tasks:write", answer=204),
    "create_filter": Row(scopes="tasks:write", answer=201, send=body(name="Late", query="overdue")),
    "list_filters": Row(scopes="tasks:read"),
    "read_filter": Row(scopes="tasks:read"),
    "update_filter": Row(scopes="tasks:write", send=body(query="recurring")),
    "delete_filter": Row(scopes="tasks:write", answer=204),
    "create_comment": Row(scopes="tasks:write", answer=201, send=body(text="None left")),
    "list_comments": Row(scopes="tasks:read"),
    "read_comment": Row(scopes="tasks:read"),
    "update_comment": Row(scopes="tasks:write", send=body(text="One left")),
    "delete_comment": Row(scopes="tasks:write", answer=204),
    "move_task": Row(scopes="tasks:write", send=body(at="start")),
    "send_commands": Row(
        scopes="tasks:write",
        send=body(commands=[{"id": "1", "method": "DELETE", "path": "/tasks/nothing"}]),
    ),
    "import_tasks": Row(
        scopes="tasks:write",
        answer=201,
        send=lambda _: {"params": {"format": "json_lines"}, "json": {"title": "Buy milk"}},
    ),
    "create_import": Row(scopes="tasks:write", answer=201, send=body(format="todoist")),
    "list_imports": Row(scopes="tasks:read"),
    "read_import": Row(scopes="tasks:read"),
    "read_import_report": Row(scopes="tasks:read"),
    "cancel_import": Row(scopes="tasks:write", answer=204),
    "search_tasks": Row(scopes="tasks:read", send=lambda _: {"params": {"q": "milk"}}),
    "export_tasks": Row(scopes="tasks:read", send=lambda _: {"params": {"format": "vtodo"}}),
    "quick_add_task": Row(scopes="tasks:write", answer=201, send=body(text="Buy milk tomorrow")),
    "list_trash": Row(scopes="tasks:read"),
    "restore_task": Row(scopes="tasks:write", of_owner=Person.throws_away),
    "delete_task_for_good": Row(scopes="tasks:write", answer=204, of_owner=Person.throws_away),
    "complete_task": Row(scopes="tasks:write"),
    "skip_occurrence": Row(scopes="tasks:write", of_owner=Person.comes_again),
    "list_occurrences": Row(scopes="tasks:read", of_owner=Person.comes_again),
    "move_occurrence": Row(
        scopes="tasks:write",
        of_owner=Person.comes_again,
        send=body(occurrence={"type": "date", "date": "2030-01-02"}, due=None),
    ),
    "list_completions": Row(scopes="tasks:read"),
    "list_task_history": Row(scopes="tasks:read"),
    # It has not changed since it was made.
    "undo_task": Row(scopes="tasks:write", answer=409),
    "list_activity": Row(scopes="tasks:read"),
    "sync": Row(scopes="tasks:read"),
    "create_socket_ticket": Row(scopes="tasks:read"),
    "stream_events": Row(scopes="tasks:read"),
    "undo_completion": Row(scopes="tasks:write", of_owner=Person.comes_again),
    "preview_links": Row(scopes="tasks:read"),
    # By which calendar programs read them.
    "create_feed": Row(
        scopes="account:write tasks:read",
        answer=201,
        in_person=True,
        send=body(name="Mine", current_password=PASSWORD),
    ),
    "list_feeds": Row(scopes="account:read"),
    "delete_feed": Row(scopes="account:write", in_person=True, answer=204),
    # Which is told what happens to them.
    "create_webhook": OF_WEBHOOKS(answer=201, send=body(url="https://hooks.example.com/")),
    "list_webhooks": Row(scopes="account:read tasks:read"),
    "read_webhook": Row(scopes="account:read tasks:read"),
    "update_webhook": OF_WEBHOOKS(send=body(enabled=False)),
    "delete_webhook": OF_WEBHOOKS(answer=204),
    "rotate_webhook_secret": OF_WEBHOOKS(send=body(overlap_hours=1)),
    "test_webhook": OF_WEBHOOKS(answer=202),
    "list_deliveries": Row(scopes="account:read tasks:read"),
    "redeliver": OF_WEBHOOKS(answer=202),
    # And browsers that show their reminders.
    "read_push_key": Row(scopes="account:read tasks:read", of_owner=Person.has_push_key),
    "register_push_subscription": OF_BROWSERS(answer=201, send=body(**Browser().to_json())),
    "list_push_subscriptions": Row(scopes="account:read tasks:read"),
    "delete_push_subscription": OF_BROWSERS(answer=204),
    "read_calendar": Row(but=OF_A_DISABLED_USER),
    # Everybody's accounts.
    "list_users": Row(scopes="admin", in_person=True),
    "update_user": Row(scopes="admin", in_person=True, send=body(disabled=True)),
}


def expected(caller: str, row: Row, path: str) -> int:
    if caller in row.but:
        return row.but[caller]
    if not row.needed:
        return row.answer
    if caller in {"no token", "expired"}:
        return 401
    if caller == "disabled":
        return 400
    is_narrow = caller == "wrong scope" or not row.needed <= HELD.get(caller, OF_EVERYBODY)
    if is_narrow or (row.in_person and caller.startswith("PAT")):
        return 403
    # Somebody else's is as if it were not there, for administrators, too.
    names_a_thing_of_its_owner = "{" in path and Scope.ADMIN not in row.needed
    return 404 if names_a_thing_of_its_owner and caller in {"other user", "admin"} else row.answer


@dataclass(frozen=True, kw_only=True)
class Cast:
    owner: Person
    other: Person
    disabled: Person
    admin: Person
    ring: KeyRing
    clock: ManualClock

    def sender(self, caller: str, row: Row) -> tuple[Person, str | None]:
        """Who asks, and with what token."""
        if caller == "no token":
            return self.owner, None
        if caller.startswith("PAT"):
            scopes = HELD.get(caller, OF_EVERYBODY)
            account = self.owner.account
            return self.owner, store_personal_token(account, now=self.clock(), scopes=scopes)[1]
        if caller == "expired":
            long_ago = ManualClock(self.clock() - (LIFETIME_SECONDS + LEEWAY_SECONDS) * 1000)
            issuer = TokenIssuer(ring=self.ring, clock=long_ago)
            return self.owner, issuer.issue(
                user_id=self.owner.account.id,
                session_id=self.owner.session_id,
                scopes=OF_EVERYBODY,
            )
        if caller == "wrong scope":
            # All but one of those that are needed, of somebody who could have it.
            person = self.admin if Scope.ADMIN in row.needed else self.owner
            return person, self._token(person, frozenset(Scope) - {*sorted(row.needed)[:1]})
        person = {"owner": self.owner, "other user": self.other, "disabled": self.disabled}.get(
            caller, self.admin
        )
        return person, self._token(person)

    def _token(self, person: Person, scopes: frozenset[Scope] | None = None) -> str:
        return session_token(person.account, ring=self.ring, clock=self.clock, scopes=scopes)


@pytest.fixture
def cast(
    services: Services,  # noqa: ARG001 - makes the tables
    ring: KeyRing,
    clock: ManualClock,
) -> Cast:
    def person(name: str, *, disabled: bool = False, admin: bool = False) -> Person:
        account = new_account(name, now=clock(), disabled=disabled, admin=admin)
        return Person.make(account, clock)

    return Cast(
        owner=person("owner"),
        other=person("other"),
        disabled=person("disabled", disabled=True),
        admin=person("admin", admin=True),
        ring=ring,
        clock=clock,
    )


@pytest.fixture
def undo(
    cast: Cast,  # noqa: ARG001 - is in the tables
    dynamodb: FakeDynamo,
) -> Callable[[], None]:
    """Puts the tables back to where they were when the test began."""
    # No write changes an item in its place.
    before = {name: {**items} for name, items in dynamodb.items.items()}

    def undo() -> None:
        dynamodb.items = {name: {**items} for name, items in before.items()}

    return undo


def operations(app: FastAPI) -> Iterator[tuple[str, str, str, frozenset[str]]]:
    """Id, method, path and scopes of each."""
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            ways = [way for security in operation.get("security", []) for way in security.values()]
            yield operation["operationId"], method, path, frozenset(chain.from_iterable(ways))


def test_every_operation_has_a_row_and_every_row_an_operation(app: FastAPI) -> None:
    assert {name for name, *_ in operations(app)} == MATRIX.keys()


def test_every_operation_declares_the_scopes_of_its_row(app: FastAPI) -> None:
    assert {name: scopes for name, _, _, scopes in operations(app)} == {
        name: row.needed for name, row in MATRIX.items()
    }


# A sample over the other transport: what it does not share with the first is how a header arrives.
@pytest.mark.parametrize(
    ("transport", "callers"),
    [("lambda", CALLERS), pytest.param("asgi", ("no token", "owner"), marks=pytest.mark.deep)],
)
def test_every_operation_answers_every_caller_as_it_should(
    app: FastAPI,
    client: httpx2.Client,
    cast: Cast,
    undo: Callable[[], None],
    callers: tuple[str, ...],
    transport: str,
    record_property: Callable[[str, object], None],
) -> None:
    wrong: dict[tuple[str, str], str] = {}
    sent = 0
    for name, method, path, _ in operations(app):
        row = MATRIX[name]
        for caller in callers:
            undo()
            person, token = cast.sender(caller, row)
            subject = cast.disabled if caller == "disabled" else cast.owner
            row.prepare(person)
            row.of_owner(subject)
            answer = client.request(
                method,
                path.format_map(subject.names()),
                headers={"Authorization": f"Bearer {token}"} if token else {},
                **row.send(person if row.needed else subject),
            )
            sent += 1
            status = expected(caller, row, path)
            if answer.status_code != status:
                wrong[name, caller] = f"{answer.status_code} instead of {status}: {answer.text}"
    assert wrong == {}
    record_property(
        "summary",
        f"authorization matrix: {len(MATRIX)} operations x {len(callers)} callers = {sent} "
        f"requests over {transport}, all as expected",
    )
