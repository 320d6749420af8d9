"""What DynamoDB has no room for is told apart from a defect, whether alone or in a transaction.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html: an item has at
most 400 KB, an item collection with local secondary indexes 10 GB.
"""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import VerboseClientError

from errand.errors import AccountFull, RecordTooLarge
from errand.storage.operations import Put, execute
from errand.storage.receipts import Receipt
from errand.storage.tables import DataItem
from errand_testkit.storage import Tasks
from errand_testkit.wire import Answer, Wire, cancelled, error

type Answers = Callable[..., Wire]

PUT = "Item size has exceeded the maximum allowed size"
UPDATE = "Item size to update has exceeded the maximum allowed size"
RECEIPT = Receipt(path="/tasks", name="1", fingerprint="milk")


def reasons(code: str, message: str) -> Answer:
    """Of a receipt, with which nothing is wrong, and a task."""
    told: list[dict[str, Any]] = [{"Code": "None"}, {"Code": code, "Message": message}]
    return error("TransactionCanceledException", CancellationReasons=told)


@pytest.mark.parametrize("message", [PUT, UPDATE])
def test_item_that_would_be_too_large(tasks: Tasks, answer_with: Answers, message: str) -> None:
    answer_with(error("ValidationException", message=message))
    with pytest.raises(RecordTooLarge):
        tasks.create()


@pytest.mark.parametrize("message", [PUT, UPDATE])
def test_item_of_a_transaction_that_would_be(
    tasks: Tasks, answer_with: Answers, message: str
) -> None:
    answer_with(reasons("ValidationError", message))
    with pytest.raises(RecordTooLarge):
        tasks.create(receipt=RECEIPT)


def test_account_that_is_full(tasks: Tasks, answer_with: Answers) -> None:
    answer_with(error("ItemCollectionSizeLimitExceededException"))
    with pytest.raises(AccountFull):
        tasks.create()


def test_account_that_is_full_for_a_transaction(tasks: Tasks, answer_with: Answers) -> None:
    answer_with(cancelled("None", "ItemCollectionSizeLimitExceeded"))
    with pytest.raises(AccountFull):
        tasks.create(receipt=RECEIPT)


def test_what_else_is_not_valid_is_a_defect(tasks: Tasks, answer_with: Answers) -> None:
    answer_with(error("ValidationException", message="Invalid UpdateExpression"))
    with pytest.raises(ClientError):
        tasks.create()
    answer_with(reasons("ValidationError", "The provided key element does not match the schema"))
    with pytest.raises(VerboseClientError):
        tasks.create(receipt=RECEIPT)


@pytest.mark.usefixtures("tables")
def test_moto_says_so_too() -> None:
    large = {"pk": {"S": "USER#1"}, "sk": {"S": "TASK#1"}, "d": {"S": "x" * 410_000}}
    item = DataItem("USER#1", "TASK#1")
    with pytest.raises(RecordTooLarge):
        execute(Put(item, DataItem.pk.does_not_exist(), large))
