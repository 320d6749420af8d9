"""The short ways to DynamoDB's bytes and back end where botocore's long ways do."""

import json
from typing import Any
from unittest.mock import Mock, patch

import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.parsers import JSONParser, ResponseParserFactory

from errand.aws.damage import DamagedAnswer
from errand.aws.wire import use_plain_answers, use_plain_requests

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


def plain_parser() -> Any:
    session = botocore.session.Session()
    use_plain_answers(session)
    parser = session.get_component("response_parser_factory").create_parser("json")
    assert isinstance(parser, JSONParser)
    return parser


def full_parser() -> Any:
    return ResponseParserFactory().create_parser("json")


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
    assert plain_parser().parse(response, shape) == full_parser().parse(response, shape)


REQUESTS: dict[str, dict[str, Any]] = {
    "GetItem": {"TableName": "t", "Key": {"pk": {"S": "a"}}, "ConsistentRead": True},
    "PutItem": {
        "TableName": "t",
        "Item": ITEM,
        "ConditionExpression": "attribute_not_exists (#0)",
        "ExpressionAttributeNames": {"#0": "pk"},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    },
    "Query": {
        "TableName": "t",
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "☃"}},
        "Limit": 26,
        "ScanIndexForward": False,
    },
    "TransactWriteItems": {
        "TransactItems": [{"Put": {"TableName": "t", "Item": ITEM}}, {"Delete": {"Key": {}}}],
        "ClientRequestToken": "1",
    },
}


def sent(parameters: dict[str, Any], operation: str, *, plain: bool) -> tuple[bytes, str, str]:
    session = botocore.session.Session()
    session.set_credentials("AKID", "s")
    config = Config(parameter_validation=False)
    client: Any = session.create_client("dynamodb", "eu-central-1", config=config)
    if plain:
        use_plain_requests(client)
    requests: list[Any] = []

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        requests.append(request)
        return AWSResponse(request.url, 200, HTTPHeaders(), Mock(stream=lambda: iter([b"{}"])))

    client.meta.events.register("before-send.dynamodb", answer)
    client._make_api_call(operation, parameters)
    (request,) = requests
    headers = request.headers
    return request.body, headers["X-Amz-Target"], headers["Content-Type"]


@pytest.mark.parametrize("operation", REQUESTS)
def test_both_ways_to_a_request_agree(operation: str) -> None:
    short, full = (sent(REQUESTS[operation], operation, plain=plain) for plain in (True, False))
    assert short == full


def test_the_short_way_to_a_request_is_taken() -> None:
    body, *_ = sent({"AsItIs": {"S": "a"}}, "PutItem", plain=True)
    assert json.loads(body) == {"AsItIs": {"S": "a"}}


@pytest.mark.parametrize("status", [200, 400, 503])
@pytest.mark.parametrize("body", [b"", b"{", b"<html>Bad gateway</html>", b"[]", b"\xff"])
def test_what_is_no_answer_is_taken_for_none(
    session: botocore.session.Session, body: bytes, status: int
) -> None:
    shape = session.get_service_model("dynamodb").operation_model("GetItem").output_shape
    response = {"status_code": status, "headers": {}, "body": body, "context": {}}
    try:
        answer = plain_parser().parse(response, shape)
    except DamagedAnswer:
        return
    # botocore does not look into what a server that failed says.
    assert (status, answer["Error"]["Code"]) == (503, "503")


@pytest.mark.parametrize(
    "body",
    [
        b'{"message": "\\ud800"}',
        '{"message": "\u2603", "__type": "a#b"}'.encode(),
        b'{"message": "\\u2603\\ud83d\\ude00", "Item": {"n": 123456789012345678901234567890}}',
    ],
)
def test_both_ways_to_read_a_body_agree(session: botocore.session.Session, body: bytes) -> None:
    shape = session.get_service_model("dynamodb").operation_model("PutItem").output_shape
    response = {"status_code": 400, "headers": {}, "body": body, "context": {}}
    assert plain_parser().parse(response, shape) == full_parser().parse(response, shape)


def test_the_short_way_to_read_a_body_is_taken(session: botocore.session.Session) -> None:
    shape = session.get_service_model("dynamodb").operation_model("Query").output_shape
    response = {"status_code": 200, "headers": {}, "body": b"{}", "context": {}}
    with patch("errand.aws.wire.from_json", return_value={"Items": "read"}):
        assert plain_parser().parse(response, shape)["Items"] == "read"


def test_another_protocol_is_refused() -> None:
    session = botocore.session.Session()
    use_plain_answers(session)
    with pytest.raises(NotImplementedError):
        session.get_component("response_parser_factory").create_parser("smithy-rpc-v2-cbor")


def test_dynamodb_still_speaks_json(session: botocore.session.Session) -> None:
    assert session.get_service_model("dynamodb").resolved_protocol == "json"
