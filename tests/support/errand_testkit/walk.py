"""A walk through every operation of the API, as a person with a mailbox and an authenticator."""

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pyotp

from errand_testkit.push import Browser

PASSWORD, NEW_PASSWORD = "correct horse battery", "another horse battery"
EMAIL = "ada@example.com"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


class Walker:
    """`mailed`: the token in the mail that came last; `promote`: makes a user an administrator.

    `recorded`: has the log tell that every task has changed, as far as it has. `published`: has
    the key told that browsers are subscribed with.
    """

    def __init__(
        self,
        client: httpx2.Client,
        *,
        mailed: Callable[[], str],
        promote: Callable[[str], None],
        recorded: Callable[[], None],
        published: Callable[[], None],
    ) -> None:
        self.taken: set[tuple[str, str]] = set()  # method and path of each request answered 2xx
        self._client = client
        self._mailed = mailed
        self._promote = promote
        self._recorded = recorded
        self._published = published

    def walk(self) -> str:
        """The id of a user who registered, took every operation and is gone."""
        for path in ("/", "/health", "/.well-known/oauth-authorization-server"):
            self._send("GET", path)
        ada = {"username": "ada", "password": PASSWORD, "email": EMAIL}
        user_id: str = self._send("POST", "/register", json=ada, key="register")["id"]
        self._promote(user_id)
        refresh = self._log_in("ada", PASSWORD)["refresh_token"]
        self._send("POST", "/token", data={"grant_type": "refresh_token", "refresh_token": refresh})
        self._tasks()
        self._account()
        self._mails()
        otp = self._second_step()
        self._sessions()
        self._administration()
        self._send("GET", "/users/me/export")
        self._send("DELETE", "/users/me/mfa/totp", json={"password": NEW_PASSWORD, "otp": otp})
        self._send("DELETE", "/users/me", json={"password": NEW_PASSWORD})
        return user_id

    def _tasks(self) -> None:
        self._send("POST", "/tasks", json={"title": "Buy milk"}, key="create")
        task = f"/tasks/{self._send('POST', '/tasks', json={'title': 'Buy oat milk'})['id']}"
        self._send("GET", "/tasks")
        self._send("GET", "/tasks?completed=false")
        self._send("GET", "/tasks?view=today")
        self._send("GET", "/tasks?priority=1")
        self._send("GET", "/search?q=milk")
        self._send("PUT", task, json={"completed": True})
        self._send("PATCH", task, json={"description": "Two litres"})
        self._send("GET", task)
        self._send("GET", f"{task}/links")
        self._comments(task)
        self._send("DELETE", task)
        trashed = task.replace("/tasks/", "/trash/")
        self._send("GET", "/trash")
        self._send("POST", f"{trashed}/restore")
        self._send("DELETE", task)
        self._send("DELETE", trashed)
        self._occurrences()
        self._projects()
        self._labels()
        self._filters()
        self._history()
        self._commands()

    def _commands(self) -> None:
        made = {"id": "1", "method": "POST", "path": "/tasks", "body": {"title": "Offline"}}
        done = {"id": "2", "method": "DELETE", "path": "/tasks/temp-1"}
        self._send("POST", "/sync", json={"commands": [made | {"temp_id": "temp-1"}, done]})

    def _comments(self, task: str) -> None:
        new = {"text": "The shop has none"}
        comments = f"{task}/comments"
        self._send("POST", comments, json=new)
        comment_id = self._send("POST", comments, json=new, key="comment")["id"]
        self._send("GET", comments)
        self._send("GET", f"{comments}/{comment_id}")
        self._send("PATCH", f"{comments}/{comment_id}", json={"text": "It has one"})
        self._send("DELETE", f"{comments}/{comment_id}")

    def _history(self) -> None:
        task = f"/tasks/{self._send('POST', '/tasks', json={'title': 'Buy bread'})['id']}"
        self._send("PATCH", task, json={"title": "Buy rye bread"})
        self._recorded()
        self._send("GET", f"{task}/history")
        self._send("POST", f"{task}/undo", key="undo")
        self._send("GET", "/activity")
        self._send("GET", "/sync")
        self._send("POST", "/realtime/ticket")
        self._calendar()

    def _projects(self) -> None:
        self._send("POST", "/tasks/quick", json={"text": "Call mum tomorrow #home"}, key="quick")
        line = {"title": "Call mum"}
        self._send("POST", "/imports?format=json_lines", json=line, key="import")
        self._imports()
        project_id = self._send("POST", "/projects", json={"name": "Home"}, key="project")["id"]
        self._send("GET", "/projects")
        self._send("GET", f"/projects/{project_id}")
        self._send("PATCH", f"/projects/{project_id}", json={"archived": True})
        new = {"title": "Mow the lawn", "project_id": project_id}
        task = f"/tasks/{self._send('POST', '/tasks', json=new)['id']}"
        self._send("GET", f"/tasks?project_id={project_id}")
        sections = f"/projects/{project_id}/sections"
        section_id = self._send("POST", sections, json={"name": "Later"}, key="section")["id"]
        self._send("GET", sections)
        self._send("GET", f"{sections}/{section_id}")
        self._send("PATCH", f"{sections}/{section_id}", json={"name": "Some day"})
        self._send("POST", f"{task}/move", json={"section_id": section_id})
        self._send("GET", f"/tasks?project_id={project_id}&section_id={section_id}")
        self._family(task)
        self._send("PATCH", task, json={"project_id": "inbox"})
        self._send("DELETE", f"{sections}/{section_id}")
        self._send("DELETE", f"/projects/{project_id}")

    def _imports(self) -> None:
        new = {"format": "plain_csv"}
        import_id = self._send("POST", "/imports/uploads", json=new, key="upload")["id"]
        self._send("GET", "/imports")
        self._send("GET", f"/imports/{import_id}")
        self._send("GET", f"/imports/{import_id}/report")
        self._send("DELETE", f"/imports/{import_id}")

    def _family(self, task: str) -> None:
        """A task with two below it, one moved before the other."""
        parent_id = task.rpartition("/")[2]
        new = {"title": "Fetch the mower", "parent_id": parent_id}
        first, second = (self._send("POST", "/tasks", json=new)["id"] for _ in range(2))
        self._send("POST", f"/tasks/{second}/move", json={"before": first})
        self._send("GET", f"/tasks?parent_id={parent_id}")
        self._send("POST", f"{task}/complete")
        self._send("PATCH", task, json={"completed": False})
        self._send("DELETE", task)
        self._send("POST", f"/trash/{parent_id}/restore")

    def _filters(self) -> None:
        new = {"name": "Late", "query": "overdue"}
        filter_id = self._send("POST", "/filters", json=new, key="filter")["id"]
        self._send("POST", "/filters", json=new)
        self._send("GET", "/filters")
        self._send("GET", f"/filters/{filter_id}")
        self._send("PATCH", f"/filters/{filter_id}", json={"query": "overdue | @bank"})
        self._send("PATCH", f"/filters/{filter_id}", json={"query": "overdue"})
        self._send("GET", f"/tasks?saved_filter={filter_id}")
        self._send("DELETE", f"/filters/{filter_id}")

    def _labels(self) -> None:
        label_id = self._send("POST", "/labels", json={"name": "bank"}, key="label")["id"]
        self._send("GET", "/labels")
        self._send("GET", f"/labels/{label_id}")
        new = {"title": "Pay the rent", "labels": ["Bank", "rent"]}
        task = f"/tasks/{self._send('POST', '/tasks', json=new)['id']}"
        self._send("PATCH", f"/labels/{label_id}", json={"name": "banks"})
        self._send("GET", task)
        self._send("GET", "/tasks?filter=@banks")
        self._send("DELETE", f"/labels/{label_id}")

    def _occurrences(self) -> None:
        daily = {"due_date": "2030-01-01", "recurrence": {"rule": "FREQ=DAILY"}}
        task = (
            f"/tasks/{self._send('POST', '/tasks', json={'title': 'Water plants'} | daily)['id']}"
        )
        self._send("GET", f"{task}/occurrences")
        self._send("POST", f"{task}/complete", key="complete")
        [completion] = self._send("GET", f"{task}/completions")
        self._send("DELETE", f"{task}/completions/{completion['completion_id']}")
        self._send("POST", f"{task}/skip")
        move = {"occurrence": {"type": "date", "date": "2030-01-09"}, "due": None}
        self._send("PATCH", f"{task}/occurrences", json=move)

    def _calendar(self) -> None:
        new = {"name": "Mine", "current_password": PASSWORD}
        feed = self._send("POST", "/calendar/feeds", json=new, key="feed")
        self._send("GET", "/calendar/feeds")
        answer = self._client.get(path := urlsplit(feed["url"]).path)
        assert answer.text.startswith("BEGIN:VCALENDAR"), answer.text
        self.taken.add(("GET", path))
        self._send("DELETE", f"/calendar/feeds/{feed['id']}")
        self._webhooks()
        self._browsers()
        answer = self._client.get("/exports?format=vtodo")
        assert answer.text.startswith("BEGIN:VCALENDAR"), answer.text
        self.taken.add(("GET", "/exports"))

    def _webhooks(self) -> None:
        new = {"url": "https://hooks.example.invalid/", "events": ["task.completed"]}
        self._send("POST", "/webhooks", json=new)
        webhook = f"/webhooks/{self._send('POST', '/webhooks', json=new, key='webhook')['id']}"
        self._send("GET", "/webhooks")
        self._send("GET", webhook)
        self._send("PATCH", webhook, json={"in_order": True})
        self._send("POST", f"{webhook}/secret", json={"overlap_hours": 1})
        delivery = self._send("POST", f"{webhook}/test")["id"]
        self._send("GET", f"{webhook}/deliveries")
        self._send("POST", f"{webhook}/deliveries/{delivery}/redeliver")
        self._send("DELETE", webhook)

    def _browsers(self) -> None:
        if self._client.get("/push/key").status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            self._published()
        self._send("GET", "/push/key")
        browser = Browser(endpoint="https://push.example.invalid/").to_json()
        subscription = self._send("POST", "/push/subscriptions", json=browser)
        self._send("GET", "/push/subscriptions")
        self._send("DELETE", f"/push/subscriptions/{subscription['id']}")

    def _account(self) -> None:
        self._send("GET", "/users/me")
        self._send("PATCH", "/users/me", json={"full_name": "Ada Lovelace"})
        names = {"username": "lovelace", "current_password": PASSWORD}
        self._send("PATCH", "/users/me", json=names)
        self._send("PATCH", "/users/me", json={"password": PASSWORD, "current_password": PASSWORD})
        self._send("GET", "/users/me/security-log")
        new = {"name": "t", "scopes": ["tasks:read"], "current_password": PASSWORD}
        token = self._send("POST", "/users/me/tokens", json=new, key="token")
        self._send("GET", "/tasks", headers={"Authorization": f"Bearer {token['token']}"})
        self._send("GET", "/users/me/tokens")
        self._send("DELETE", f"/users/me/tokens/{token['id']}")

    def _mails(self) -> None:
        self._send("POST", "/users/me/email/verification")
        self._send("POST", "/email/verify", json={"token": self._mailed()})
        self._send("POST", "/password-recovery", json={"email": EMAIL})
        # No mail there is has such a link yet.
        path = f"/mail/unsubscribe/{'0' * 64}"
        for answer in (self._client.get(path), self._client.post(path, data=ONE_CLICK)):
            assert answer.status_code == HTTPStatus.NOT_FOUND, answer.text
            self.taken.add((answer.request.method, path))
        path = f"/mail/snooze/{'0' * 64}"
        for answer in (self._client.get(path), self._client.post(path, data={"until": "hour"})):
            assert answer.status_code == HTTPStatus.NOT_FOUND, answer.text
            self.taken.add((answer.request.method, path))
        reset = {"token": self._mailed(), "new_password": NEW_PASSWORD}
        self._send("POST", "/password-reset", json=reset)
        self._log_in("lovelace", NEW_PASSWORD)

    def _second_step(self) -> str:
        """A one-time password that is left."""
        secret = self._send("POST", "/users/me/mfa/totp", json={"password": NEW_PASSWORD})["secret"]
        shown = pyotp.TOTP(secret).now()
        confirmed = self._send("POST", "/users/me/mfa/totp/confirm", json={"otp": shown})
        first, second, *_ = confirmed["recovery_codes"]
        self._log_in("lovelace", NEW_PASSWORD, otp=first)
        return str(second)

    def _sessions(self) -> None:
        others = [one for one in self._send("GET", "/users/me/sessions") if not one["current"]]
        self._send("DELETE", f"/users/me/sessions/{others[0]['id']}")
        self._send("DELETE", "/users/me/sessions")

    def _administration(self) -> None:
        bob = {"username": "bob", "password": PASSWORD}
        user_id = self._send("POST", "/register", json=bob)["id"]
        own = self._client.headers["Authorization"]
        refresh = self._log_in("bob", PASSWORD)["refresh_token"]
        self._send("POST", "/token/revoke", data={"token": refresh})
        self._client.headers["Authorization"] = own
        self._send("GET", "/users")
        self._send("PATCH", f"/users/{user_id}", json={"disabled": True, "log_out": True})

    def _log_in(self, username: str, password: str, **otp: str) -> Any:
        form = {"username": username, "password": password} | otp
        answer = self._send("POST", "/token", data=form)
        self._client.headers["Authorization"] = f"Bearer {answer['access_token']}"
        return answer

    def _send(self, method: str, url: str, *, key: str = "", **request: Any) -> Any:
        if key:
            request["headers"] = {"Idempotency-Key": key}
        answer = self._client.request(method, url, **request)
        assert answer.is_success, f"{method} {url}: {answer.status_code} {answer.text}"
        self.taken.add((method, url.partition("?")[0]))
        return answer.json() if answer.content else None


# On Lambda no answer goes on.
NOT_ON_LAMBDA = {"GET /events"}


def untaken(taken: set[tuple[str, str]], paths: dict[str, Any]) -> set[str]:
    """Operations in OpenAPI's `paths` that no request was for, as `GET /tasks`."""
    return {
        f"{method.upper()} {path}"
        for path, operations in paths.items()
        for method in operations
        if not any(
            method.upper() == sent and re.fullmatch(re.sub(r"\{\w+\}", r"[^/]+", path), url)
            for sent, url in taken
        )
    } - NOT_ON_LAMBDA
