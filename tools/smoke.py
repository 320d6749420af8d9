"""Walks a deployment from outside as somebody new, who then leaves: `make smoke URL=https://…`.

An account of its own, which is deleted at the end, also after a step that failed.
"""

import secrets
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from typing import Any

import httpx

_TIMEOUT = 30.0


class Failed(Exception):
    """Which step did not answer as it should, and how it did, in one line."""


# That of a client of httpx, at the root of the API.
type Request = Callable[..., Any]


def walk(request: Request, tell: Callable[[str], object]) -> None:
    """Raises Failed, and what `request` does."""
    walker = _Walker(request, tell)
    walker.ask("is there", "GET", "/health")
    name, password = f"smoke-{secrets.token_hex(8)}", secrets.token_urlsafe(24)
    body = {"username": name, "password": password}
    walker.ask("registers", "POST", "/register", json=body, expect=201)
    try:
        walker.ask("logs in", "POST", "/token", data=body)
        walker.headers["Authorization"] = f"Bearer {walker.answer['access_token']}"
        _use(walker)
    finally:
        _leave(walker, body)


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the command line, walk, and print each step."""
    parser = ArgumentParser(prog="smoke", description="Walk a deployment from outside.")
    parser.add_argument("url", help="of the API, as in https://api.example.com")
    url = parser.parse_args(argv).url
    try:
        with httpx.Client(base_url=url, timeout=_TIMEOUT) as client:
            walk(client.request, print)
    except (Failed, httpx.HTTPError, httpx.InvalidURL) as error:
        print(f"smoke: {error or type(error).__name__}", file=sys.stderr)
        return 1
    return 0


class _Walker:
    def __init__(self, request: Request, tell: Callable[[str], object]) -> None:
        self._request = request
        self._tell = tell
        self.headers: dict[str, str] = {}
        self.answer: Any = None

    def ask(self, step: str, method: str, path: str, *, expect: int = 200, **more: Any) -> None:
        """Keep the answer. Raises Failed if it is of another status."""
        headers = self.headers | more.pop("headers", {})
        response = self._request(method, path, headers=headers, **more)
        self.answer = _content(response)
        if response.status_code != expect:
            told = self.answer if isinstance(self.answer, dict) else {}
            code = told.get("code", "without a code")
            request_id = response.headers.get("X-Request-Id", "none")
            raise Failed(
                f"{step}: {method} {path} is {response.status_code} {code}, not {expect} "
                f"(request {request_id})"
            )
        self._tell(f"{step}: {method} {path} {response.status_code}")

    def check(self, what: str, *, holds: bool) -> None:
        """Raises Failed."""
        if not holds:
            raise Failed(what)


def _use(walker: _Walker) -> None:
    title = "Buy oat milk"
    key = {"Idempotency-Key": secrets.token_hex(8)}
    walker.ask("creates", "POST", "/tasks", json={"title": title}, headers=key, expect=201)
    task = walker.answer
    walker.ask("retries", "POST", "/tasks", json={"title": title}, headers=key, expect=201)
    walker.check("a retry made another task", holds=walker.answer["id"] == task["id"])
    path = f"/tasks/{task['id']}"
    walker.ask("lists", "GET", "/tasks")
    walker.check(
        "a new task is not listed", holds=[one["id"] for one in walker.answer] == [task["id"]]
    )
    walker.ask("finds", "GET", "/search", params={"q": "oat"})
    found = [one["task"]["id"] for one in walker.answer["results"]]
    walker.check("a new task is not found", holds=found == [task["id"]])
    walker.ask("changes", "PATCH", path, json={"title": title, "priority": 1})
    walker.ask("completes", "PATCH", path, json={"completed": True})
    walker.check("a task is not completed", holds=walker.answer["completed"] is True)
    walker.ask("copies", "GET", "/sync")
    walker.ask("deletes", "DELETE", path, expect=204)
    walker.ask("has lost", "GET", path, expect=404)


def _leave(walker: _Walker, body: dict[str, str]) -> None:
    """Whatever happened before: with a log-in of its own."""
    walker.headers.clear()
    walker.ask("logs in again", "POST", "/token", data=body)
    walker.headers["Authorization"] = f"Bearer {walker.answer['access_token']}"
    password = {"password": body["password"]}
    walker.ask("leaves", "DELETE", "/users/me", json=password, expect=204)


def _content(response: Any) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


if __name__ == "__main__":
    sys.exit(main())
