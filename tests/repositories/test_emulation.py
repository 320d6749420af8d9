"""Moto made quick answers what moto answers."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.responses import DynamoHandler

from errand import aws
from errand_testkit import emulation

pytestmark = pytest.mark.usefixtures("tables")

ITEM = {"pk": {"S": "a"}, "sk": {"S": "b"}, "n": {"N": "1"}, "rc": {"SS": ["x", "y"]}} | {
    "m": {"M": {"l": {"L": [{"BOOL": True}, {"NULL": True}]}}}
}
OTHER = ITEM | {"sk": {"S": "c"}}
KEY = {"pk": {"S": "a"}, "sk": {"S": "b"}}
TABLE = {"TableName": "DataTable"}
COUNTED = {"ReturnConsumedCapacity": "TOTAL"}
REFUSED = {
    **TABLE,
    "ConditionExpression": "attribute_not_exists(pk)",
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
}
ONE_MORE = {
    **TABLE,
    "Key": KEY,
    "UpdateExpression": "SET n = n + :one",
    "ExpressionAttributeValues": {":one": {"N": "1"}},
}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("put_item", {**TABLE, "Item": ITEM, **COUNTED}),
    ("put_item", {**TABLE, "Item": OTHER}),
    ("get_item", {**TABLE, "Key": KEY, **COUNTED}),
    ("get_item", {**TABLE, "Key": KEY | {"sk": {"S": "nothing"}}}),
    ("update_item", {**ONE_MORE, "ReturnValues": "ALL_NEW", **COUNTED}),
    ("put_item", {**REFUSED, "Item": ITEM}),
    (
        "query",
        {
            **TABLE,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": "a"}},
            "Limit": 1,
            **COUNTED,
        },
    ),
    ("scan", TABLE),
    ("batch_get_item", {"RequestItems": {"DataTable": {"Keys": [KEY]}}}),
    ("transact_write_items", {"TransactItems": [{"Update": ONE_MORE}], **COUNTED}),
    (
        "transact_write_items",
        {"TransactItems": [{"Update": ONE_MORE}, {"Put": {**REFUSED, "Item": OTHER}}]},
    ),
    ("get_item", {**TABLE, "Key": KEY}),
    ("delete_item", {**TABLE, "Key": KEY, "ReturnValues": "ALL_OLD"}),
    ("scan", TABLE),
]


def _answer(client: Any, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    try:
        answer: dict[str, Any] = getattr(client, operation)(**request)
    except ClientError as error:
        answer = dict(error.response)
    headers = answer.pop("ResponseMetadata")["HTTPHeaders"]
    return answer | {"kind": headers["content-type"]}


def test_answers_are_those_of_moto(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # The models' client tells nothing of headers.
    telling = aws.client("dynamodb", read_timeout=1)
    quick = [_answer(telling, *call) for call in CALLS]
    client.delete_item(**TABLE, Key=KEY | {"sk": {"S": "c"}})
    with monkeypatch.context() as patch:
        patch.setattr(DynamoHandler, "serialized", emulation._serialized)
        patch.setattr(DynamoDBBackend, "transact_write_items", emulation._transact)
        assert quick == [_answer(telling, *call) for call in CALLS]


def test_cancelled_transaction_changes_nothing(client: Any) -> None:
    client.put_item(**TABLE, Item=ITEM)
    client.put_item(**TABLE, Item=OTHER)
    writes = [{"Update": ONE_MORE}, {"Put": {**REFUSED, "Item": OTHER}}]
    with pytest.raises(client.exceptions.TransactionCanceledException):
        client.transact_write_items(TransactItems=writes)
    assert client.get_item(**TABLE, Key=KEY)["Item"] == ITEM
