"""A walk through a deployment as somebody new, who leaves again: what says that it can be used.

Asked from outside by `make smoke`, and by `check_version` of a version that nobody uses yet.
"""

import secrets
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Protocol


class Failed(Exception):
    """Which step did not answer as it should, and how it did, in one line."""

    def __init__(self, why: str, *, status: int | None = None) -> None:
        super().__init__(why)
        self.status = status


class Answer(Protocol):
    """As of httpx: `headers` by names in whichever case."""

    @property
    def status_code(self) -> int: ...
    @property
    def headers(self) -> Mapping[str, str]: ...
    def json(self) -> Any:
        """Raises ValueError for what is none."""


# request(method, path, headers=…, json=…, data=…, params=…), as of a client of httpx.
type Request = Callable[..., Answer]


def walk(request: Request, tell: Callable[[str], object]) -> None:
    """Raises Failed, or what `request` does: of the first step that failed, with notes."""
    walker = _Walker(request, tell)
    walker.ask("is there", "GET", "/health")
    body = {"username": f"smoke-{secrets.token_hex(8)}", "password": secrets.token_urlsafe(24)}
    try:
        walker.ask("registers", "POST", "/register", json=body, expect=HTTPStatus.CREATED)
        walker.is_somebody = True
        walker.log_in("logs in", body)
        _use(walker)
    except BaseException as failure:
        try:
            _leave_if_there(walker, body)
        except Exception as another:  # noqa: BLE001 - the first is the one to tell of
            failure.add_note(f"{body['username']} may be left: {told(another)}")
        raise
    _leave(walker, body)


def told(error: BaseException) -> str:
    """In a line."""
    return str(error) or type(error).__name__


class _Walker:
    def __init__(self, request: Request, tell: Callable[[str], object]) -> None:
        self._request = request
        self._tell = tell
        self._headers: dict[str, str] = {}
        self.answer: Any = None
        self.is_somebody = False

    def ask(self, step: str, method: str, path: str, *, expect: int = 200, **more: Any) -> None:
        """Keep the answer. Raises Failed if it is of another status."""
        headers = self._headers | more.pop("headers", {})
        response = self._request(method, path, headers=headers, **more)
        self.answer = _content(response)
        if response.status_code != expect:
            problem = self.answer if isinstance(self.answer, dict) else {}
            code = problem.get("code", "without a code")
            request_id = response.headers.get("x-request-id", "none")
            raise Failed(
                f"{step}: {method} {path} is {response.status_code} {code}, not {int(expect)} "
                f"(request {request_id})",
                status=response.status_code,
            )
        self._tell(f"{step}: {method} {path} {response.status_code}")

    def read[T](self, wrong: str, of: Callable[[Any], T]) -> T:
        """Of the answer. Raises Failed, as `wrong` says, if it is of another shape."""
        try:
            return of(self.answer)
        except (AttributeError, LookupError, TypeError):
            raise Failed(wrong) from None

    def check(self, wrong: str, of: Callable[[Any], bool]) -> None:
        """Raises Failed if that does not hold of the answer."""
        if not self.read(wrong, of):
            raise Failed(wrong)

    def log_in(self, step: str, body: Mapping[str, str]) -> None:
        """Ask as that account from now on. Raises Failed."""
        self._headers = {}
        self.ask(step, "POST", "/token", data=body)
        token = self.read("a log-in has no token", lambda answer: answer["access_token"])
        self._headers = {"Authorization": f"Bearer {token}"}


def _use(walker: _Walker) -> None:
    new = {"title": "Buy oat milk"}
    key = {"Idempotency-Key": secrets.token_hex(8)}
    walker.ask("creates", "POST", "/tasks", json=new, headers=key, expect=HTTPStatus.CREATED)
    task = walker.read("a new task has no id", lambda answer: answer["id"])
    walker.ask("retries", "POST", "/tasks", json=new, headers=key, expect=HTTPStatus.CREATED)
    walker.check("a retry made another task", lambda answer: answer["id"] == task)
    walker.ask("lists", "GET", "/tasks")
    walker.check("a new task is not listed", lambda answer: [one["id"] for one in answer] == [task])
    walker.ask("finds", "GET", "/search", params={"q": "oat"})
    walker.check(
        "a new task is not found",
        lambda answer: [one["task"]["id"] for one in answer["results"]] == [task],
    )
    path = f"/tasks/{task}"
    walker.ask("changes", "PATCH", path, json=new | {"priority": 1})
    walker.ask("completes", "PATCH", path, json={"completed": True})
    walker.check("a task is not completed", lambda answer: answer["completed"] is True)
    walker.ask("copies", "GET", "/sync")
    walker.ask("deletes", "DELETE", path, expect=HTTPStatus.NO_CONTENT)
    walker.ask("has lost", "GET", path, expect=HTTPStatus.NOT_FOUND)


def _leave(walker: _Walker, body: Mapping[str, str]) -> None:
    """Whatever happened before: with a log-in of its own."""
    walker.log_in("logs in again", body)
    password = {"password": body["password"]}
    walker.ask("leaves", "DELETE", "/users/me", json=password, expect=HTTPStatus.NO_CONTENT)


def _leave_if_there(walker: _Walker, body: Mapping[str, str]) -> None:
    """An account may be there without an answer that says so."""
    try:
        _leave(walker, body)
    except Failed as failure:
        is_nobody = failure.status == HTTPStatus.UNAUTHORIZED and not walker.is_somebody
        if not is_nobody:
            raise


def _content(response: Answer) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
