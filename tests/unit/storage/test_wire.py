"""The short way from DynamoDB's bytes to the answer ends where botocore's long way does."""

import json
from typing import Any

import botocore.session
import pytest
from botocore.parsers import JSONParser, ResponseParserFactory

from errand.storage.wire import use_plain_answers

ITEM = {
    "pk": {"S": "USER#a"},
    "v": {"N": "1"},
    "ds": {"BOOL": True},
    "no": {"NULL": True},
    "l": {"L": [{"S": "http://example.com/"}, {"M": {"deep": {"L": []}}}]},
    "ns": {"NS": ["1", "2"]},
    "ss": {"SS": ["a"]},
    "empty": {"M": {}},
}
CAPACITY = {"TableName": "t", "CapacityUnits": 1.5}
ANSWERS: dict[str, list[tuple[int, dict[str, Any]]]] = {
    "GetItem": [(200, {}), (200, {"Item": ITEM, "ConsumedCapacity": CAPACITY})],
    "PutItem": [(200, {}), (200, {"ConsumedCapacity": CAPACITY})],
    "UpdateItem": [(200, {"Attributes": ITEM})],
    "DeleteItem": [(200, {}), (200, {"Attributes": ITEM})],
    "Query": [
        (200, {"Items": [], "Count": 0, "ScannedCount": 0}),
        (200, {"Items": [ITEM, ITEM], "Count": 2, "LastEvaluatedKey": {"pk": {"S": "a"}}}),
    ],
    "TransactWriteItems": [
        (200, {"ConsumedCapacity": [CAPACITY]}),
        (
            400,
            {
                "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                "Message": "Transaction cancelled",
                "CancellationReasons": [
                    {"Code": "None"},
                    {"Code": "ConditionalCheckFailed", "Message": "no", "Item": ITEM},
                ],
            },
        ),
    ],
    "BatchWriteItem": [
        (200, {"UnprocessedItems": {"t": [{"DeleteRequest": {"Key": {"pk": {"S": "a"}}}}]}})
    ],
}
ERRORS = [
    (
        400,
        {
            "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
            "message": "The conditional request failed",
            "Item": ITEM,
        },
    ),
    (400, {"__type": "com.amazon.coral.service#ThrottlingException", "message": "slow down"}),
    (500, {"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError", "message": "oops"}),
    (503, {}),
]
CASES = [
    (operation, *answer) for operation, answers in ANSWERS.items() for answer in [*answers, *ERRORS]
]


@pytest.fixture(scope="module")
def session() -> botocore.session.Session:
    return botocore.session.Session()


@pytest.mark.parametrize(("operation", "status", "content"), CASES)
def test_both_ways_agree(
    session: botocore.session.Session, operation: str, status: int, content: dict[str, Any]
) -> None:
    shape = session.get_service_model("dynamodb").operation_model(operation).output_shape
    assert shape
    response = {
        "status_code": status,
        "headers": {"x-amzn-requestid": "id"},
        "body": json.dumps(content).encode(),
        "context": {},
    }
    plain = botocore.session.Session()
    use_plain_answers(plain)
    short = plain.get_component("response_parser_factory").create_parser("json")
    assert isinstance(short, JSONParser)
    full = ResponseParserFactory().create_parser("json")
    assert short.parse(response, shape) == full.parse(response, shape)


def test_another_protocol_is_refused() -> None:
    session = botocore.session.Session()
    use_plain_answers(session)
    with pytest.raises(NotImplementedError):
        session.get_component("response_parser_factory").create_parser("smithy-rpc-v2-cbor")


def test_dynamodb_still_speaks_json(session: botocore.session.Session) -> None:
    assert session.get_service_model("dynamodb").resolved_protocol == "json"
