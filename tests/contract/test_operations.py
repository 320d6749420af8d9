"""Every operation of the OpenAPI document, once, over each way to the API."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import pyotp
import pytest

from errand_testkit.push import Browser

from .conftest import PASSWORD, Person

NEW_PASSWORD = "battery staple correct horse"
NOBODYS = f"/users/{'0' * 26}"
# By whom it was mailed is not seen here: tests/api and tests/e2e follow a mail.
MADE_UP = "0" * 64
MADE_UP_MAIL = {"token": MADE_UP, "new_password": NEW_PASSWORD}


@dataclass(frozen=True)
class Ask:
    """A request and the status of its answer; what is in braces in the path is made before."""

    method: str
    path: str
    # More than one where it depends on the way.
    status: int | tuple[int, ...] = 200
    json: Callable[[Person], dict[str, Any]] | dict[str, Any] | None = None
    data: Callable[[Person], dict[str, str]] | None = None


def _credentials(person: Person) -> dict[str, str]:
    return {"username": person.name, "password": PASSWORD}


def _session(person: Person) -> str:
    person.client.post("/token", data=_credentials(person))
    sessions = person.client.get("/users/me/sessions").json()
    return str(next(session["id"] for session in sessions if not session["current"]))


def _token(person: Person) -> str:
    body = {"name": "Backup script", "scopes": ["tasks:read"], "current_password": PASSWORD}
    return str(person.client.post("/users/me/tokens", json=body).json()["id"])


def _otp(person: Person, *, confirmed: bool) -> dict[str, Any]:
    secret = person.client.post("/users/me/mfa/totp", json={"password": PASSWORD}).json()["secret"]
    app = pyotp.TOTP(secret)
    if not confirmed:
        return {"otp": app.now()}
    person.client.post("/users/me/mfa/totp/confirm", json={"otp": app.now()})
    # The one that follows: that one has been used.
    return {"password": PASSWORD, "otp": app.at(time.time() + app.interval)}


def _feed(person: Person) -> str:
    """The address of a feed."""
    body = {"name": "Mine", "current_password": PASSWORD}
    url: str = person.client.post("/calendar/feeds", json=body).json()["url"]
    return urlsplit(url).path


def _feed_id(person: Person) -> str:
    _feed(person)
    return str(person.client.get("/calendar/feeds").json()[0]["id"])


# Nothing is sent: there is no such name.
WEBHOOK = {"url": "https://hooks.example.invalid/", "events": ["task.completed"]}
BROWSER = Browser(endpoint="https://push.example.invalid/").to_json()
TITLE = {"title": "Buy bread"}
RECURRING = {"due_date": "2030-01-01", "recurrence": {"rule": "FREQ=DAILY"}}
MOVE = {"occurrence": {"type": "date", "date": "2030-01-02"}, "due": None}


def _recurring(person: Person) -> str:
    return f"/tasks/{person.client.post('/tasks', json=TITLE | RECURRING).json()['id']}"


def _trashed(person: Person) -> str:
    """The place of a task in the trash."""
    task = person.create_task()
    person.client.delete(task)
    return task.replace("/tasks/", "/trash/")


def _project(person: Person) -> str:
    """The place of a project."""
    return f"/projects/{person.client.post('/projects', json={'name': 'Home'}).json()['id']}"


def _label(person: Person) -> str:
    """The place of a label."""
    label = person.client.post("/labels", json={"name": f"bank {uuid4()}"}).json()
    return f"/labels/{label['id']}"


def _section(person: Person) -> str:
    """The place of a section."""
    path = "/projects/inbox/sections"
    return f"{path}/{person.client.post(path, json={'name': 'Later'}).json()['id']}"


def _comment(person: Person) -> str:
    """The place of a comment."""
    path = f"{person.create_task()}/comments"
    return f"{path}/{person.client.post(path, json={'text': 'None left'}).json()['id']}"


def _filter(person: Person) -> str:
    """The place of a saved filter."""
    new = {"name": "Late", "query": "overdue"}
    return f"/filters/{person.client.post('/filters', json=new).json()['id']}"


def _import(person: Person) -> str:
    """The place of an import that waits for its file."""
    new = {"format": "todoist"}
    return f"/imports/{person.client.post('/imports/uploads', json=new).json()['id']}"


def _webhook(person: Person) -> str:
    """The place of a webhook; there are at most so many."""
    for webhook in person.client.get("/webhooks").json():
        person.client.delete(f"/webhooks/{webhook['id']}")
    return f"/webhooks/{person.client.post('/webhooks', json=WEBHOOK).json()['id']}"


def _browser(person: Person) -> str:
    made = person.client.post("/push/subscriptions", json=BROWSER).json()
    return f"/push/subscriptions/{made['id']}"


def _delivery(person: Person) -> str:
    """The place of a test."""
    webhook = _webhook(person)
    return f"{webhook}/deliveries/{person.client.post(f'{webhook}/test').json()['id']}"


def _completed(person: Person) -> str:
    """The place of a completion of a task."""
    task = _recurring(person)
    person.client.post(f"{task}/complete")
    [completion] = person.client.get(f"{task}/completions").json()
    return f"{task}/completions/{completion['completion_id']}"


MADE: dict[str, Callable[[Person], str]] = {
    "{session_id}": _session,
    "{token_id}": _token,
    "/tasks/{recurring_id}": _recurring,
    "{completion}": _completed,
    "{trashed}": _trashed,
    "{project}": _project,
    "{section}": _section,
    "{comment}": _comment,
    "{filter}": _filter,
    "{import}": _import,
    "{label}": _label,
    "{webhook}": _webhook,
    "{delivery}": _delivery,
    "{browser}": _browser,
    "{feed}": _feed,
    "{feed_id}": _feed_id,
    "/tasks/{task_id}": Person.create_task,
}
OPERATIONS = {
    "welcome": Ask("GET", "/"),
    "health": Ask("GET", "/health"),
    "authorization_server": Ask("GET", "/.well-known/oauth-authorization-server"),
    "register": Ask("POST", "/register", 400, json=_credentials),
    "log_in": Ask("POST", "/token", data=_credentials),
    "revoke_token": Ask(
        "POST", "/token/revoke", data=lambda person: {"token": person.token["refresh_token"]}
    ),
    "request_password_recovery": Ask("POST", "/password-recovery", 202, {"email": "a@example.com"}),
    "reset_password": Ask("POST", "/password-reset", 400, MADE_UP_MAIL),
    "verify_email": Ask("POST", "/email/verify", 400, {"token": MADE_UP}),
    "ask_to_unsubscribe": Ask("GET", f"/mail/unsubscribe/{MADE_UP}", 404),
    "unsubscribe": Ask(
        "POST",
        f"/mail/unsubscribe/{MADE_UP}",
        404,
        data=lambda _: {"List-Unsubscribe": "One-Click"},
    ),
    "ask_to_snooze": Ask("GET", f"/mail/snooze/{MADE_UP}", 404),
    "snooze_reminder": Ask(
        "POST", f"/mail/snooze/{MADE_UP}", 404, data=lambda _: {"until": "hour"}
    ),
    "read_account": Ask("GET", "/users/me"),
    "update_account": Ask("PATCH", "/users/me", json={"full_name": "Ada Lovelace"}),
    "delete_account": Ask("DELETE", "/users/me", 204, {"password": PASSWORD}),
    "request_email_verification": Ask("POST", "/users/me/email/verification", 202),
    "list_security_log": Ask("GET", "/users/me/security-log"),
    "export_account": Ask("GET", "/users/me/export"),
    "list_sessions": Ask("GET", "/users/me/sessions"),
    "end_other_sessions": Ask("DELETE", "/users/me/sessions", 204),
    "end_session": Ask("DELETE", "/users/me/sessions/{session_id}", 204),
    "list_tokens": Ask("GET", "/users/me/tokens"),
    "create_token": Ask(
        "POST",
        "/users/me/tokens",
        201,
        {"name": "Script", "scopes": ["tasks:read"], "current_password": PASSWORD},
    ),
    "delete_token": Ask("DELETE", "/users/me/tokens/{token_id}", 204),
    "enrol_totp": Ask("POST", "/users/me/mfa/totp", json={"password": PASSWORD}),
    "confirm_totp": Ask(
        "POST", "/users/me/mfa/totp/confirm", json=lambda person: _otp(person, confirmed=False)
    ),
    "disable_totp": Ask(
        "DELETE", "/users/me/mfa/totp", 204, lambda person: _otp(person, confirmed=True)
    ),
    "create_task": Ask("POST", "/tasks", 201, TITLE),
    "list_tasks": Ask("GET", "/tasks"),
    "read_task": Ask("GET", "/tasks/{task_id}"),
    "put_task": Ask("PUT", "/tasks/{task_id}", json=TITLE),
    "patch_task": Ask("PATCH", "/tasks/{task_id}", json=TITLE),
    "delete_task": Ask("DELETE", "/tasks/{task_id}", 204),
    "create_project": Ask("POST", "/projects", 201, {"name": "Home"}),
    "list_projects": Ask("GET", "/projects"),
    "read_project": Ask("GET", "{project}"),
    "update_project": Ask("PATCH", "{project}", json={"archived": True}),
    "delete_project": Ask("DELETE", "{project}", 204),
    "create_label": Ask("POST", "/labels", 201, lambda _: {"name": f"bank {uuid4()}"}),
    "list_labels": Ask("GET", "/labels"),
    "read_label": Ask("GET", "{label}"),
    "update_label": Ask("PATCH", "{label}", json=lambda _: {"name": f"banks {uuid4()}"}),
    "delete_label": Ask("DELETE", "{label}", 204),
    "create_section": Ask("POST", "/projects/inbox/sections", 201, {"name": "Later"}),
    "list_sections": Ask("GET", "/projects/inbox/sections"),
    "read_section": Ask("GET", "{section}"),
    "update_section": Ask("PATCH", "{section}", json={"name": "Some day"}),
    "delete_section": Ask("DELETE", "{section}", 204),
    "create_filter": Ask("POST", "/filters", 201, {"name": "Late", "query": "overdue"}),
    "list_filters": Ask("GET", "/filters"),
    "read_filter": Ask("GET", "{filter}"),
    "update_filter": Ask("PATCH", "{filter}", json={"query": "overdue | recurring"}),
    "delete_filter": Ask("DELETE", "{filter}", 204),
    "create_comment": Ask("POST", "/tasks/{task_id}/comments", 201, {"text": "None left"}),
    "list_comments": Ask("GET", "/tasks/{task_id}/comments"),
    "read_comment": Ask("GET", "{comment}"),
    "update_comment": Ask("PATCH", "{comment}", json={"text": "One left"}),
    "delete_comment": Ask("DELETE", "{comment}", 204),
    "move_task": Ask("POST", "/tasks/{task_id}/move", json={"at": "start"}),
    "send_commands": Ask(
        "POST",
        "/sync",
        json={
            "commands": [{"id": "1", "method": "POST", "path": "/tasks", "body": {"title": "Sync"}}]
        },
    ),
    "import_tasks": Ask("POST", "/imports?format=json_lines", 201, {"title": "Buy milk"}),
    "create_import": Ask("POST", "/imports/uploads", 201, {"format": "todoist"}),
    "list_imports": Ask("GET", "/imports"),
    "read_import": Ask("GET", "{import}"),
    "read_import_report": Ask("GET", "{import}/report"),
    "cancel_import": Ask("DELETE", "{import}", 204),
    "search_tasks": Ask("GET", "/search?q=milk"),
    "export_tasks": Ask("GET", "/exports?format=plain_csv"),
    "quick_add_task": Ask("POST", "/tasks/quick", 201, {"text": "Buy milk tomorrow"}),
    "list_trash": Ask("GET", "/trash"),
    "restore_task": Ask("POST", "{trashed}/restore"),
    "delete_task_for_good": Ask("DELETE", "{trashed}", 204),
    "complete_task": Ask("POST", "/tasks/{task_id}/complete"),
    "skip_occurrence": Ask("POST", "/tasks/{recurring_id}/skip"),
    "list_occurrences": Ask("GET", "/tasks/{recurring_id}/occurrences"),
    "move_occurrence": Ask("PATCH", "/tasks/{recurring_id}/occurrences", json=MOVE),
    "list_completions": Ask("GET", "/tasks/{task_id}/completions"),
    "undo_completion": Ask("DELETE", "{completion}"),
    "list_task_history": Ask("GET", "/tasks/{task_id}/history"),
    # It has not changed since it was made.
    "undo_task": Ask("POST", "/tasks/{task_id}/undo", 409),
    "list_activity": Ask("GET", "/activity"),
    "sync": Ask("GET", "/sync"),
    "create_socket_ticket": Ask("POST", "/realtime/ticket"),
    # On Lambda no answer goes on; elsewhere this one would not end.
    "stream_events": Ask("HEAD", "/events", (501, 200)),
    "preview_links": Ask("GET", "/tasks/{task_id}/links"),
    "create_feed": Ask(
        "POST", "/calendar/feeds", 201, {"name": "Mine", "current_password": PASSWORD}
    ),
    "list_feeds": Ask("GET", "/calendar/feeds"),
    "delete_feed": Ask("DELETE", "/calendar/feeds/{feed_id}", 204),
    "create_webhook": Ask("POST", "/webhooks", 201, WEBHOOK),
    "list_webhooks": Ask("GET", "/webhooks"),
    "read_webhook": Ask("GET", "{webhook}"),
    "update_webhook": Ask("PATCH", "{webhook}", json={"enabled": False}),
    "delete_webhook": Ask("DELETE", "{webhook}", 204),
    "rotate_webhook_secret": Ask("POST", "{webhook}/secret", json={"overlap_hours": 1}),
    "test_webhook": Ask("POST", "{webhook}/test", 202),
    "list_deliveries": Ask("GET", "{webhook}/deliveries"),
    "redeliver": Ask("POST", "{delivery}/redeliver", 202),
    # Whoever has the private key publishes it when it is first asked for.
    "read_push_key": Ask("GET", "/push/key", (200, 503)),
    "register_push_subscription": Ask("POST", "/push/subscriptions", (201, 200), BROWSER),
    "list_push_subscriptions": Ask("GET", "/push/subscriptions"),
    "delete_push_subscription": Ask("DELETE", "{browser}", 204),
    "read_calendar": Ask("GET", "{feed}"),
    # For administrators, whom no request makes.
    "list_users": Ask("GET", "/users", 403),
    "update_user": Ask("PATCH", NOBODYS, 403, {"disabled": True}),
}
# After these she could not log in, or not with her token.
NOT_OF_ADA = {"delete_account", "revoke_token", "enrol_totp", "confirm_totp", "disable_totp"}
# She has one at work.
NOT_OF_ADA |= {"read_import", "read_import_report", "cancel_import"}


def test_every_operation_is_asked(client: httpx2.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]
    assert {operation["operationId"] for operation in operations} == OPERATIONS.keys()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_operation_answers(ada: Person, sign_up: Callable[..., Person], operation: str) -> None:
    ask = OPERATIONS[operation]
    person = sign_up() if operation in NOT_OF_ADA else ada
    path = ask.path
    for place, make in MADE.items():
        if place in path:
            path = path.replace(place, make(person))
    answer = person.client.request(
        ask.method,
        path,
        json=ask.json(person) if callable(ask.json) else ask.json,
        data=ask.data(person) if ask.data else None,
    )
    expected = ask.status if isinstance(ask.status, tuple) else (ask.status,)
    assert answer.status_code in expected, answer.text
