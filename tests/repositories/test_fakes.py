"""The repositories in memory do what the ones on DynamoDB do."""

from collections.abc import Callable
from datetime import date
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from errand.accounts.model import Account
from errand.accounts.repository import AccountRepository, DynamoAccounts
from errand.errors import ErrandError
from errand.ids import new_id
from errand.storage.receipts import LIFETIME_SECONDS, Receipt
from errand.tasks.model import Status
from errand.tasks.repository import DynamoTasks, TaskRepository
from errand_testkit.fakes import InMemoryAccounts, InMemoryTasks, ManualClock

pytestmark = pytest.mark.usefixtures("tables")

compared = settings(
    derandomize=True,
    deadline=None,
    max_examples=40,
    # Every example has users of its own, so the tables may stay.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
users = count()
IDS = sorted(new_id() for _ in range(3))
START = ManualClock().now
A_DAY_LATER = START + LIFETIME_SECONDS * 1000

task_ids = st.sampled_from(IDS)
instants = st.sampled_from([START, START + 1, A_DAY_LATER])
some_versions = st.sampled_from([None, {1}, {2}, {1, 2, 3}, frozenset[int]()])
fields: dict[str, st.SearchStrategy[Any]] = {
    "title": st.sampled_from(["Buy milk", "Buy bread"]),
    "description": st.sampled_from([None, "", "Two litres"]),
    "due_date": st.sampled_from([None, date(2026, 12, 24)]),
    "links": st.sampled_from([[], ["https://example.com/"]]),
    "completed": st.booleans(),
}
receipts = st.none() | st.tuples(st.sampled_from("12"), st.sampled_from(["milk", "bread"]))


def _outcome(operation: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    try:
        return operation(**arguments)
    except ErrandError as error:
        return type(error), error.detail


def _receipt(user: str, of: tuple[str, str] | None) -> Receipt | None:
    return of and Receipt(pk=user, sk=f"IDEMPOTENCY#{of[0]}", fingerprint=of[1])


operations_on_tasks = st.one_of(
    st.fixed_dictionaries(
        {
            "name": st.just("create"),
            "fields": st.fixed_dictionaries(fields),
            "now": instants,
            "receipt": receipts,
        }
    ),
    st.fixed_dictionaries(
        {
            "name": st.just("update"),
            "task_id": task_ids,
            "changes": st.fixed_dictionaries({}, optional=fields | {"links": st.none()}),
            "now": instants,
            "versions": some_versions,
        }
    ),
    st.fixed_dictionaries(
        {
            "name": st.just("delete"),
            "task_id": task_ids,
            "versions": some_versions,
        }
    ),
    st.fixed_dictionaries({"name": st.just("read"), "task_id": task_ids}),
    st.fixed_dictionaries(
        {
            "name": st.just("page"),
            "status": st.sampled_from([None, *Status]),
            "after": st.none() | task_ids,
            "limit": st.sampled_from([1, 2, 3]),
            "ascending": st.booleans(),
        }
    ),
)


@compared
@given(st.lists(operations_on_tasks, max_size=12))
def test_tasks(operations: list[dict[str, Any]]) -> None:
    repositories: list[TaskRepository] = [InMemoryTasks(), DynamoTasks()]
    user = f"user-{next(users)}"
    unused = iter(IDS)
    for name, arguments in ((operation.pop("name"), operation) for operation in operations):
        arguments["user_id"] = user
        if name == "create":
            arguments["task_id"] = next(unused, None) or new_id()
            arguments["receipt"] = _receipt(user, arguments["receipt"])
        memory, dynamo = (_outcome(getattr(each, name), arguments) for each in repositories)
        assert memory == dynamo, (name, arguments)


operations_on_accounts = st.one_of(
    st.fixed_dictionaries(
        {
            "name": st.just("add"),
            "username": st.sampled_from(["ada", "Ada", "bob"]),
            "email": st.sampled_from([None, "a@example.com", "A@example.com"]),
            "receipt": receipts,
        }
    ),
    st.fixed_dictionaries(
        {
            "name": st.just("change"),
            "changes": st.fixed_dictionaries(
                {},
                optional={
                    "username": st.sampled_from(["ada", "Ada", "bob", "carol"]),
                    "email": st.sampled_from([None, "a@example.com", "c@example.com"]),
                    "full_name": st.sampled_from([None, "", "Ada"]),
                    "disabled": st.booleans(),
                    "admin": st.booleans(),
                    "mfa": st.booleans(),
                    "email_verified": st.booleans(),
                    "sessions_from": st.sampled_from([None, START]),
                    "kept_session": st.sampled_from([None, IDS[0]]),
                },
            ),
        }
    ),
    st.fixed_dictionaries({"name": st.just("remove")}),
    st.fixed_dictionaries({"name": st.just("find"), "username": st.sampled_from(["ADA", "bob"])}),
    st.fixed_dictionaries(
        {"name": st.just("find"), "email": st.sampled_from(["a@example.com", "C@example.com"])}
    ),
)


@compared
@given(st.lists(st.tuples(operations_on_accounts, st.integers(0, 2)), max_size=12))
def test_accounts(operations: list[tuple[dict[str, Any], int]]) -> None:
    repositories: list[AccountRepository] = [InMemoryAccounts(), DynamoAccounts()]
    example = f"-{next(users)}"
    # As they were when somebody last saw them: the present ones, and stale ones.
    seen: list[Account] = []
    for operation, which in operations:
        arguments = {
            key: value + example if key in {"username", "email"} and value else value
            for key, value in operation.items()
        }
        name = arguments.pop("name")
        if name == "change":
            arguments["changes"] = {
                key: value + example if key in {"username", "email"} and value else value
                for key, value in arguments["changes"].items()
            }
        if name == "add":
            receipt = _receipt(example, arguments.pop("receipt"))
            account = Account(
                id=new_id(), password_hash="-", created_at=START, updated_at=START, **arguments
            )
            arguments = {"account": account, "receipt": receipt, "answer": account.id}
        elif name == "find":
            ((kind, text),) = arguments.items()
            arguments = {"name": text, "kind": kind}
        else:
            if not seen:
                continue
            arguments["account"] = seen[-1 - which % len(seen)]
        if name == "change":
            arguments["now"] = START + 1
        memory, dynamo = (_outcome(getattr(each, name), arguments) for each in repositories)
        assert memory == dynamo, (name, arguments)
        if name == "add" and memory is None:
            seen.append(arguments["account"])
        elif isinstance(memory, Account):
            seen.append(memory)
