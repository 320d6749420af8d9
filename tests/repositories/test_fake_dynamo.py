"""FakeDynamo answers as DynamoDB does, to whatever the repositories ask.

moto is the judge but where FakeDynamo follows AWS: a transaction is known again by its token, a
page ends at 1 MB, a full page never tells that it is the last, and threads see no halves.
"""

from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from errand.errors import ErrandError
from errand.storage.attempts import ConditionFailed
from errand_testkit import emulation
from errand_testkit.compared import Compared
from errand_testkit.credential_walks import FactorWalk, SessionWalk, TokenWalk
from errand_testkit.depth import times
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.walks import AccountWalk, CounterWalk, TaskWalk, Walk

STEPS_MAX = 20
RIVALS = 8


@pytest.mark.usefixtures("_tables")
@pytest.mark.parametrize(
    "walk", [TaskWalk, AccountWalk, SessionWalk, TokenWalk, FactorWalk, CounterWalk]
)
@settings(derandomize=True, deadline=None, max_examples=times(1, deep=15))
@given(random=st.randoms(use_true_random=False), steps=st.integers(STEPS_MAX // 2, STEPS_MAX))
def test_all_that_repositories_ask_is_answered_as_moto_does(
    client: Any, walk: type[Walk], random: Random, steps: int
) -> None:
    emulation.empty()
    with Compared(client, FakeDynamo()):
        walking = walk(random, client)
        for _ in range(steps):
            try:
                walking.step()
            except (ErrandError, ConditionFailed):
                continue


ADDED = {
    "Put": {
        "TableName": "DataTable",
        "Item": {"pk": {"S": "USER#1"}, "sk": {"S": "TASK#1"}},
        "ConditionExpression": "attribute_not_exists(pk)",
    }
}


def test_transaction_is_known_again_by_its_token_unlike_on_moto(fake: FakeDynamo) -> None:
    request = {"TransactItems": [ADDED], "ClientRequestToken": "token"}
    for _ in range(2):
        assert fake.call("TransactWriteItems", request) == {}
    assert len(fake.all()) == 1
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        fake.call("TransactWriteItems", {**request, "ClientRequestToken": "another"})


def test_transaction_that_was_refused_is_not_known_again(fake: FakeDynamo) -> None:
    request = {"TransactItems": [ADDED], "ClientRequestToken": "token"}
    fake.put_item(TableName="DataTable", Item=ADDED["Put"]["Item"])
    with pytest.raises(ClientError):
        fake.call("TransactWriteItems", request)
    fake.clear()
    assert fake.call("TransactWriteItems", request) == {}


def test_transaction_takes_an_item_once(fake: FakeDynamo) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        fake.call("TransactWriteItems", {"TransactItems": [ADDED, ADDED]})


def test_transaction_takes_100_writes(fake: FakeDynamo) -> None:
    def added(number: int) -> dict[str, Any]:
        item = {"pk": {"S": "p"}, "sk": {"S": str(number)}}
        return {"Put": {"TableName": "DataTable", "Item": item}}

    fake.call("TransactWriteItems", {"TransactItems": [*map(added, range(100))]})
    with pytest.raises(ClientError, match="ValidationException"):
        fake.call("TransactWriteItems", {"TransactItems": [*map(added, range(101))]})


def test_page_ends_at_1_mb(fake: FakeDynamo) -> None:
    for number in range(9):
        item = {"pk": {"S": "USER#1"}, "sk": {"S": f"TASK#{number}"}, "d": {"S": "x" * 300_000}}
        fake.put_item(TableName="DataTable", Item=item)
    page = fake.query(
        TableName="DataTable",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "USER#1"}},
    )
    assert page["Count"] == 4
    assert page["LastEvaluatedKey"]["sk"] == {"S": "TASK#3"}


def test_full_page_does_not_tell_that_it_is_the_last_unlike_on_moto(fake: FakeDynamo) -> None:
    fake.put_item(TableName="DataTable", Item=ADDED["Put"]["Item"])
    page = fake.query(
        TableName="DataTable",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": "USER#1"}},
        Limit=1,
    )
    assert page["LastEvaluatedKey"] == ADDED["Put"]["Item"]


def test_interference_comes_before_the_write_it_is_meant_for(fake: FakeDynamo) -> None:
    fake.interferences = [lambda: fake.put_item(TableName="DataTable", Item=ADDED["Put"]["Item"])]
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        fake.call("TransactWriteItems", {"TransactItems": [ADDED]})
    assert fake.interferences == []


def test_threads_never_see_each_others_halves(fake: FakeDynamo) -> None:
    start = Barrier(RIVALS)

    def succeeds(_: int) -> bool:
        start.wait()
        try:
            fake.call("TransactWriteItems", {"TransactItems": [ADDED]})
        except ClientError:
            return False
        return True

    with ThreadPoolExecutor(RIVALS) as threads:
        assert sum(threads.map(succeeds, range(RIVALS))) == 1
