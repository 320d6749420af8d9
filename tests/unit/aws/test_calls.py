"""Calls of our own: what goes out and what comes back is what it is by botocore's."""

import json
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import Any
from unittest.mock import patch
from zlib import crc32

import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, NoCredentialsError, ReadTimeoutError
from urllib3 import HTTPResponse

from errand.aws.calls import Calls, use_own_calls
from errand.aws.connections import Answer
from errand.aws.damage import DamagedAnswer

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
        (200, {"Items": [{"pk": {"S": "☃ 😀"}}]}),
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
    "BatchGetItem": [(200, {"Responses": {"t": [ITEM]}, "UnprocessedKeys": {}})],
    "BatchWriteItem": [
        (200, {"UnprocessedItems": {"t": [{"DeleteRequest": {"Key": {"pk": {"S": "a"}}}}]}})
    ],
}
ERRORS: list[tuple[int, dict[str, Any]]] = [
    (
        400,
        {
            "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
            "message": "The conditional request failed",
            "Item": ITEM,
        },
    ),
    (400, {"__type": "com.amazon.coral.service#ThrottlingException", "message": "slow down"}),
    (400, {"__type": "of.somebody#NobodyKnows", "message": "\ud800", "n": 12345678901234567890123}),
    (300, {}),
    (302, {"location": "/"}),
    (403, {}),
    (500, {"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError", "message": "oops"}),
    (503, {}),
]
CASES = [
    (operation, *answer) for operation, answers in ANSWERS.items() for answer in [*answers, *ERRORS]
]
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
# botocore looks for an address in them.
LEAST: dict[str, dict[str, Any]] = {
    name: {"RequestItems": {}} for name in ("BatchGetItem", "BatchWriteItem")
}
STEPS = ("before-send.dynamodb", "response-received.dynamodb")
GET = ("GetItem", {"TableName": "t", "Key": {"pk": {"S": "a"}}})


class Wire:
    """As botocore's HTTP session: gives one answer, or raises it."""

    def __init__(self, answer: Answer | Exception) -> None:
        self._answer = answer
        self.requests: list[AWSPreparedRequest] = []

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        self.requests.append(request)
        if isinstance(self._answer, Exception):
            raise self._answer
        headers = HTTPHeaders()
        for name, value in self._answer.headers.items():
            headers[name] = value
        raw = HTTPResponse(BytesIO(self._answer.content), preload_content=False)
        return AWSResponse(request.url, self._answer.status_code, headers, raw)


class Own(Wire):
    """As our own connections."""

    def send(self, request: AWSPreparedRequest) -> Any:
        super().send(request)
        return self._answer


@pytest.fixture(scope="module")
def session() -> botocore.session.Session:
    made = botocore.session.Session()
    made.set_credentials("AKID", "s", "token")
    return made


type Connect = Callable[[Wire], Any]


@pytest.fixture(scope="module")
def connect(session: botocore.session.Session) -> Connect:
    """A client of botocore's on a wire, with calls of our own if the wire is ours."""
    config = Config(
        parameter_validation=False,
        retries={"mode": "standard", "total_max_attempts": 1},
        user_agent="errand",
    )
    clients: dict[type[Wire], Any] = {}
    for kind in (Wire, Own):
        clients[kind] = session.create_client("dynamodb", "eu-central-1", config=config)
    use_own_calls(clients[Own])

    def connected(wire: Wire) -> Any:
        client = clients[type(wire)]
        client._endpoint.http_session = wire
        return client

    return connected


def answered(status: int, content: bytes | dict[str, Any], **headers: str) -> Answer:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Answer(status, {"x-amzn-requestid": "id", **headers}, body)


# Of an error as it came; what botocore makes of them is under "Error".
RAW = {"__type", "message"}


def came_back(client: Any, operation: str) -> Any:
    """The answer, or the error's class, operation and content."""
    try:
        answer = client._make_api_call(operation, LEAST.get(operation, {}))
    except ClientError as error:
        told: Any = error.response
        for name in ("RetryAttempts", "MaxAttemptsReached"):
            told["ResponseMetadata"].pop(name, None)
        fields = {name: field for name, field in told.items() if name not in RAW}
        return type(error).__name__, error.operation_name, fields
    answer.pop("ResponseMetadata", None)
    return answer


@pytest.mark.parametrize("wire", [Own, Wire])
def test_what_comes_back_is_what_comes_by_botocores_calls(
    connect: Connect, wire: type[Wire]
) -> None:
    """Over our own connections, and over botocore's, as where there is a proxy."""
    for operation, status, content in CASES:
        answer = answered(status, content)
        own = connect(Own(answer))
        own._endpoint.http_session = wire(answer)
        ours, theirs = (came_back(client, operation) for client in (own, connect(Wire(answer))))
        assert ours == theirs, (operation, status, content)


def test_errors_are_those_of_the_client(connect: Connect) -> None:
    client = connect(Own(answered(*ERRORS[0])))
    with pytest.raises(client.exceptions.ConditionalCheckFailedException) as failed:
        client.put_item(TableName="t", Item={})
    assert failed.value.response["Item"] == ITEM


@pytest.mark.parametrize("operation", REQUESTS)
def test_what_goes_out_is_what_goes_out_by_botocores_calls(
    connect: Connect, operation: str
) -> None:
    def sent(wire: Wire) -> Any:
        connect(wire)._make_api_call(operation, REQUESTS[operation])
        (request,) = wire.requests
        headers = dict(request.headers.items())
        # Of another moment, or of botocore's repetitions.
        for name in ("X-Amz-Date", "Authorization", "amz-sdk-invocation-id", "amz-sdk-request"):
            headers.pop(name, None)
        told = {
            name: value if isinstance(value, str) else value.decode()
            for name, value in headers.items()
        }
        return request.method, request.url, told, request.body, request.stream_output

    answer = answered(200, {})
    assert sent(Own(answer)) == sent(Wire(answer))


KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "s"}
ACCOUNT = {"AWS_ACCOUNT_ID": "123456789012"}
FIPS = {"AWS_USE_FIPS_ENDPOINT": "true"}
DUAL_STACK = {"AWS_USE_DUALSTACK_ENDPOINT": "true"}


@pytest.mark.parametrize(
    ("region", "environment", "address"),
    [
        ("eu-central-1", {}, "https://dynamodb.eu-central-1.amazonaws.com/"),
        ("cn-north-1", {}, "https://dynamodb.cn-north-1.amazonaws.com.cn/"),
        ("us-gov-west-1", FIPS, "https://dynamodb.us-gov-west-1.amazonaws.com/"),
        ("us-east-1", FIPS, "https://dynamodb-fips.us-east-1.amazonaws.com/"),
        ("us-east-1", DUAL_STACK, "https://dynamodb.us-east-1.api.aws/"),
        ("eu-central-1", ACCOUNT, "https://123456789012.ddb.eu-central-1.amazonaws.com/"),
        ("eu-central-1", {"AWS_ENDPOINT_URL": "http://127.0.0.1:80"}, "http://127.0.0.1:80/"),
        ("eu-central-1", {"AWS_ENDPOINT_URL": "https://a.b/dynamodb"}, "https://a.b/dynamodb"),
        ("eu-central-1", {"AWS_ENDPOINT_URL": "https://a.b/dynamodb/"}, "https://a.b/dynamodb/"),
    ],
)
def test_the_address_is_the_one_that_botocore_calls(
    monkeypatch: pytest.MonkeyPatch, region: str, environment: dict[str, str], address: str
) -> None:
    for name, value in {**KEYS, **environment}.items():
        monkeypatch.setenv(name, value)
    called = []
    for use in (use_own_calls, lambda _: None):
        client: Any = botocore.session.Session().create_client("dynamodb", region)
        use(client)
        client._endpoint.http_session = wire = Wire(answered(200, {}))
        client._make_api_call(*GET)
        (request,) = wire.requests
        called.append(request.url)
        assert f"/{region}/dynamodb/" in str(request.headers["Authorization"])
    assert called == [address, address]


@pytest.mark.parametrize("status", [200, 400, 503])
@pytest.mark.parametrize(
    "body", [b"", b"{", b"<html>Bad gateway</html>", b"[]", b"\xff", b"[" * 99_999]
)
def test_what_is_no_answer_is_taken_for_none(connect: Connect, body: bytes, status: int) -> None:
    with pytest.raises((DamagedAnswer, ClientError)) as raised:
        connect(Own(answered(status, body)))._make_api_call(*GET)
    if isinstance(raised.value, ClientError):
        # botocore does not look into what a server that failed says.
        assert (status, raised.value.response["Error"]["Code"]) == (503, "503")


@pytest.mark.parametrize("status", [200, 400, 500])
def test_an_answer_that_is_not_what_its_check_sum_says_is_none(
    connect: Connect, status: int
) -> None:
    body = json.dumps({"Item": ITEM, "__type": "a#b"}).encode()
    for off in (0, 1):
        answer = answered(status, body, **{"x-amz-crc32": str(crc32(body) + off)})
        try:
            connect(Own(answer))._make_api_call(*GET)
            raised = None
        except (ClientError, DamagedAnswer) as error:
            raised = type(error)
        expected = None if status == 200 else ClientError
        assert raised is (DamagedAnswer if off else expected)


def test_binary_attributes_stay_base64(connect: Connect) -> None:
    """Also those of the item that failed a condition."""
    answer = {"Item": {"b": {"B": "AAE="}}}
    assert connect(Own(answered(200, answer)))._make_api_call(*GET) == answer
    client = connect(Own(answered(400, {**ERRORS[0][1], **answer})))
    with pytest.raises(ClientError) as failed:
        client._make_api_call(*GET)
    told: Any = failed.value.response
    assert told["Item"] == answer["Item"]


def test_half_a_character_is_read_as_json_reads_it(connect: Connect) -> None:
    answer = connect(Own(answered(200, b'{"Item": {"t": {"S": "\\ud800"}}}')))._make_api_call(*GET)
    assert answer["Item"]["t"]["S"] == "\ud800"


def test_bodies_are_read_the_short_way(connect: Connect) -> None:
    with patch("errand.aws.calls.from_json", return_value={"Item": "read"}):
        answer = connect(Own(answered(200, {})))._make_api_call(*GET)
    assert answer == {"Item": "read"}


def test_who_does_not_answer_is_the_error_that_the_connection_raised(connect: Connect) -> None:
    error = ReadTimeoutError(endpoint_url="")
    with pytest.raises(ReadTimeoutError) as raised:
        connect(Own(error))._make_api_call(*GET)
    assert raised.value is error


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (answered(200, {"Count": 1}), {"Count": 1}),
        (answered(*ERRORS[0]), {"Item": ITEM}),
        (answered(200, b"cut"), None),
        (ReadTimeoutError(endpoint_url=""), None),
    ],
)
def test_two_steps_are_told(connect: Connect, answer: Answer | Exception, told: Any) -> None:
    """The second one of every call, without an answer if there was none."""
    client, steps = connect(Own(answer)), dict[str, Any]()

    def listen(event_name: str, **what: Any) -> None:
        steps[event_name] = what

    for step in STEPS:
        client.meta.events.register(step, listen)
    with suppress(ClientError, ReadTimeoutError, DamagedAnswer):
        client._make_api_call(*GET)
    for step in STEPS:
        client.meta.events.unregister(step, listen)
    assert [*steps] == [f"{step}.GetItem" for step in STEPS]
    sent, received = steps.values()
    assert json.loads(sent["request"].body) == GET[1]
    parsed = received["parsed_response"]
    assert parsed == told if told is None else told.items() <= parsed.items()


def test_who_is_told_may_answer_instead(connect: Connect) -> None:
    wire = Own(ReadTimeoutError(endpoint_url=""))
    client = connect(wire)

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        return Wire(answered(200, {"Count": 7})).send(request)

    client.meta.events.register(STEPS[0], answer)
    try:
        assert client._make_api_call(*GET) == {"Count": 7}
    finally:
        client.meta.events.unregister(STEPS[0], answer)
    assert wire.requests == []


def test_each_call_is_signed_with_the_credentials_of_then() -> None:
    session = botocore.session.Session()
    session.set_credentials("AKID", "s")
    client: Any = session.create_client("dynamodb", "eu-central-1")
    use_own_calls(client)
    client._endpoint.http_session = wire = Own(answered(200, {}))
    client._make_api_call(*GET)
    client._request_signer._credentials = Credentials("OTHER", "s", "token")
    client._make_api_call(*GET)
    told = [request.headers for request in wire.requests]
    names = [headers["Authorization"].partition("Credential=")[2] for headers in told]
    assert [name.partition("/")[0] for name in names] == ["AKID", "OTHER"]
    assert [headers.get("X-Amz-Security-Token") for headers in told] == [None, "token"]


def test_nobody_calls_without_credentials() -> None:
    client: Any = botocore.session.Session().create_client("dynamodb", "eu-central-1")
    client._request_signer._credentials = None
    use_own_calls(client)
    client._endpoint.http_session = wire = Own(answered(200, {}))
    with pytest.raises(NoCredentialsError):
        client._make_api_call(*GET)
    assert wire.requests == []


def test_another_protocol_is_refused(connect: Connect) -> None:
    client = connect(Wire(answered(200, {})))
    with (
        patch.object(client.meta.service_model, "resolved_protocol", "smithy-rpc-v2-cbor"),
        pytest.raises(NotImplementedError),
    ):
        Calls(client)
