"""What is asked of DynamoDB, where moto would answer anything."""

from collections.abc import Callable

import pytest

from errand.errors import NotFound
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.accounts.schemas import USERNAME_MAX
from errand.ids import new_id
from errand.tasks.model import Status
from errand.tasks.repository import DynamoTasks
from errand_testkit.storage import of_status
from errand_testkit.wire import Answer, Wire

USER = new_id()


def test_task_is_read_consistently(answer_with: Callable[..., Wire]) -> None:
    wire = answer_with(Answer())
    with pytest.raises(NotFound):
        DynamoTasks().read(user_id=USER, task_id=new_id())
    assert wire.requests[0]["ConsistentRead"]


@pytest.mark.parametrize("status", [None, *Status], ids=["all", "open", "completed"])
def test_page_is_read_consistently(answer_with: Callable[..., Wire], status: Status | None) -> None:
    wire = answer_with(Answer({"Items": []}))
    of = of_status(status, ascending=True)
    DynamoTasks().slice(user_id=USER, of=of, after=None, limit=10)
    assert wire.requests[0]["ConsistentRead"]


def test_name_is_looked_up_consistently(answer_with: Callable[..., Wire]) -> None:
    claim = Answer({"Item": {"uid": {"S": USER}}})
    wire = answer_with(claim, Answer())
    assert DynamoAccounts().find("ada") is None
    assert [request["ConsistentRead"] for request in wire.requests] == [True, True]


def test_account_is_read_consistently(answer_with: Callable[..., Wire]) -> None:
    wire = answer_with(Answer())
    DynamoAccounts().read(USER)
    assert wire.requests[0]["ConsistentRead"]


@pytest.mark.parametrize(
    "username",
    ["ada", "\ufdfa" * USERNAME_MAX, "x" * 5000],
    ids=["short", "long when folded", "longer than any"],
)
def test_name_of_any_length_costs_two_reads_by_keys_that_fit(
    answer_with: Callable[..., Wire], username: str
) -> None:
    wire = answer_with(Answer())
    assert DynamoAccounts().find(username) is None
    assert len(wire.requests) == 2
    assert all(len(request["Key"]["pk"]["S"].encode()) <= 1024 for request in wire.requests)
