"""What docs/architecture.md says that each request costs, told by the API itself.

The embedded AWS counts what is written by size, but takes every read for one unit (0.5 if it is
eventually consistent): what a page reads is counted here, on the items that the API has stored.
"""

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest
from tests.benchmarks import data

from errand_testkit.units import read_units

PASSWORD = "correct horse battery staple"
SHORT = {"title": "Buy milk"}
LARGE = {"title": "Buy milk", "description": "x" * 1500}  # two write units

type Cost = tuple[int, float]


class Account:
    """A new one, logged in; what it costs counts `calls` of DynamoDB and units."""

    def __init__(self, url: str, *, email: bool = False) -> None:
        self.client = httpx.Client(base_url=url, timeout=30, trust_env=False)
        self.name = f"user-{secrets.token_hex(4)}"
        body = {"username": self.name, "password": PASSWORD}
        if email:
            body["email"] = f"{self.name}@example.com"
        registration = self.client.post("/register", json=body)
        self.id: str = registration.json()["id"]
        self.registered = cost(registration)
        log_in = self.client.post("/token", data={"username": self.name, "password": PASSWORD})
        self.client.headers["Authorization"] = f"Bearer {log_in.json()['access_token']}"
        self.logged_in = cost(log_in)
        self.authenticated = cost(self.client.get("/users/me"))

    def create(self, fields: dict[str, Any]) -> str:
        return f"/tasks/{self.client.post('/tasks', json=fields).raise_for_status().json()['id']}"

    def cost(self, method: str, path: str, **request: Any) -> Cost:
        answer = self.client.request(method, path, **request)
        assert answer.is_success or answer.status_code in {404, 412}, answer.text
        return cost(answer)


def cost(answer: httpx.Response) -> Cost:
    [calls] = re.findall(r'db-calls;desc="(\d+)"', answer.headers["Server-Timing"])
    return int(calls), float(answer.headers["X-Consumed-Capacity"])


def realistic(number: int) -> dict[str, Any]:
    """One of the tasks of the benchmarks, as a client sends it."""
    task = data._task(number % data.TASKS)
    names = {"title": "title", "description": "description", "due": "due_date"}
    fields = {public: task[name] for name, public in names.items()}
    return fields | {"links": list(task["links"]), "completed": task["completed"]}


@pytest.fixture
def ada(api_url: str) -> Iterator[Account]:
    account = Account(api_url)
    with closing(account.client):
        yield account


def test_register_writes_each_item_twice_as_dear_and_log_in_reads_two(api_url: str) -> None:
    plain, with_email = Account(api_url), Account(api_url, email=True)
    assert (plain.registered, with_email.registered) == ((1, 4), (1, 6))
    assert (plain.logged_in, with_email.logged_in) == ((2, 2), (2, 2))
    for account in (plain, with_email):
        account.client.close()


def test_token_is_looked_up_once(ada: Account) -> None:
    assert ada.authenticated == (2, 1.5)
    assert ada.cost("GET", "/users/me") == (1, 1)


def test_create_is_one_write_and_one_view(ada: Account) -> None:
    assert ada.cost("POST", "/tasks", json=SHORT) == (1, 2)
    assert ada.cost("POST", "/tasks", json=SHORT | {"completed": True}) == (1, 2)
    assert ada.cost("POST", "/tasks", json=LARGE) == (1, 4)


def test_realistic_task_fits_into_one_unit_and_one_of_its_view(ada: Account) -> None:
    for number in range(data.TASKS):
        assert ada.cost("POST", "/tasks", json=realistic(number)) == (1, 2)


def test_create_with_a_receipt_is_a_transaction(ada: Account) -> None:
    headers = {"Idempotency-Key": "1"}
    assert ada.cost("POST", "/tasks", json=SHORT, headers=headers) == (1, 5)
    # Reported as nothing: DynamoDB bills a refused transaction all the same.
    assert ada.cost("POST", "/tasks", json=SHORT, headers=headers) == (1, 0)


def test_task_is_read_in_one(ada: Account) -> None:
    assert ada.cost("GET", ada.create(SHORT)) == (1, 1)
    assert ada.cost("GET", f"/tasks/{'0' * 26}") == (1, 1)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_update_stays_in_the_view_or_moves_in_it(ada: Account, method: str) -> None:
    task = ada.create(SHORT)
    assert ada.cost(method, task, json={"title": "Buy bread"}) == (1, 2)
    assert ada.cost(method, task, json={"completed": True}) == (1, 3)
    assert ada.cost(method, task, json={"completed": True}) == (1, 2)
    assert ada.cost(method, task, json={"completed": False}) == (1, 3)


def test_refused_update_is_one_call(ada: Account) -> None:
    task, headers = ada.create(SHORT), {"If-Match": '"7"'}
    assert ada.cost("PATCH", task, json=SHORT, headers=headers) == (1, 0)
    assert ada.cost("DELETE", f"/tasks/{'0' * 26}") == (1, 0)


def test_delete_is_one_write_and_one_view(ada: Account) -> None:
    assert ada.cost("DELETE", ada.create(SHORT)) == (1, 2)
    assert ada.cost("DELETE", ada.create(LARGE)) == (1, 4)


def test_account_is_read_then_written(api_url: str) -> None:
    account = Account(api_url, email=True)
    with closing(account.client):
        assert account.cost("PATCH", "/users/me", json={"full_name": "Ada"}) == (2, 1 + 1)
        name = {"username": f"{account.name}-2"}
        assert account.cost("PATCH", "/users/me", json=name) == (2, 1 + 6)
        assert account.cost("PATCH", "/users/me", json={"email": None}) == (2, 1 + 4)
        assert account.cost("DELETE", "/users/me") == (2, 1 + 4)


@pytest.mark.parametrize("query", ["", "&completed=false", "&completed=true", "&order=asc"])
def test_page_is_one_query(ada: Account, query: str) -> None:
    ada.create(SHORT)
    assert ada.cost("GET", f"/tasks?limit=25{query}") == (1, 1)


@pytest.mark.parametrize(("fields", "units"), [(lambda _: SHORT, 1), (realistic, 2)])
def test_page_of_25_is_read_by_its_size(
    ada: Account,
    aws_client: Callable[[str], Any],
    fields: Callable[[int], dict[str, Any]],
    units: int,
) -> None:
    # One more than the page: so many does the API ask for, to see whether there is a next one.
    for number in range(26):
        ada.create(fields(number))
    items = aws_client("dynamodb").query(
        TableName="DataTable",
        KeyConditionExpression="pk = :owner AND begins_with(sk, :task)",
        ExpressionAttributeValues={":owner": {"S": f"USER#{ada.id}"}, ":task": {"S": "TASK#"}},
    )["Items"]
    assert len(items) == 26
    assert read_units(items) == units
