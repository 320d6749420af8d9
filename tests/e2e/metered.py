"""What a request costs, told by the API itself."""

import re
import secrets
from collections.abc import Mapping
from typing import Any

import httpx

PASSWORD = "correct horse battery staple"

# Calls of DynamoDB, and units.
type Cost = tuple[int, float]


class Account:
    """A new one, logged in; `address`: where its requests come from, None for this machine."""

    def __init__(self, url: str, *, email: bool = False, address: str | None = None) -> None:
        headers = {"X-Forwarded-For": address} if address else {}
        self.client = httpx.Client(base_url=url, timeout=30, trust_env=False, headers=headers)
        self.name = f"user-{secrets.token_hex(4)}"
        self.email = f"{self.name}@example.com" if email else None
        body = {"username": self.name, "password": PASSWORD}
        if self.email:
            body["email"] = self.email
        registration = self.client.post("/register", json=body)
        self.id: str = registration.json()["id"]
        self.registered = cost(registration)
        self.logged_in = self.log_in()
        self.authenticated = cost(self.client.get("/users/me"))

    def log_in(self, **form: str) -> Cost:
        form = {"username": self.name, "password": PASSWORD} | form
        answer = self.client.post("/token", data=form)
        self.token: dict[str, Any] = answer.raise_for_status().json()
        self.client.headers["Authorization"] = f"Bearer {self.token['access_token']}"
        return cost(answer)

    def create(self, fields: Mapping[str, Any]) -> str:
        return f"/tasks/{self.client.post('/tasks', json=fields).raise_for_status().json()['id']}"

    def ask(self, method: str, path: str, status: int = 200, **request: Any) -> httpx.Response:
        answer = self.client.request(method, path, **request)
        assert answer.status_code == status, answer.text
        return answer

    def cost(self, method: str, path: str, status: int = 200, **request: Any) -> Cost:
        """Of a request with a token seen lately."""
        return cost(self.ask(method, path, status, **request))

    def is_seen(self) -> None:
        """The token, whatever has just been done that makes the API ask anew."""
        self.ask("GET", "/users/me")


def cost(answer: httpx.Response) -> Cost:
    [calls] = re.findall(r'db-calls;desc="(\d+)"', answer.headers["Server-Timing"])
    return int(calls), float(answer.headers["X-Consumed-Capacity"])
