"""Damaged answers of the services that are called by botocore's own ways."""

import json
import time
from collections.abc import Callable
from contextlib import nullcontext
from io import BytesIO
from typing import Any
from zlib import crc32

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.httpsession import URLLib3Session
from urllib3 import HTTPResponse

from errand import aws
from errand.errors import StorageUnavailable
from errand.keys import load_ring
from errand.mails.outbox import QueueOutbox
from errand_testkit.mails import FORGOTTEN

type Answered = Callable[..., list[AWSPreparedRequest]]

SECRET = json.dumps({"kid": "1", "key": "k" * 32})
WHOLE = json.dumps({"SecretString": SECRET, "FailedEntryCount": 0, "Entries": []}).encode()
DAMAGED = [b"", WHOLE[:20], b"<html>", b"null", b"\xff"]


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> Answered:
    """With these bodies in turn, the last for ever; gives the requests."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setattr(time, "sleep", lambda _: None)

    def answer(*bodies: bytes, headers: dict[str, str] | None = None) -> list[AWSPreparedRequest]:
        requests: list[AWSPreparedRequest] = []

        def send(_: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
            body = bodies[min(len(requests), len(bodies) - 1)]
            requests.append(request)
            told = HTTPHeaders()
            for name, value in (headers or {}).items():
                told[name] = value
            return AWSResponse(
                request.url, 200, told, HTTPResponse(BytesIO(body), preload_content=False)
            )

        monkeypatch.setattr(URLLib3Session, "send", send)
        return requests

    return answer


@pytest.mark.parametrize("damaged", DAMAGED, ids=str)
def test_damaged_secret_is_asked_for_again(answered: Answered, damaged: bytes) -> None:
    requests = answered(damaged, damaged, WHOLE)
    assert load_ring("signing").current.kid == "1"
    assert len(requests) == 3


@pytest.mark.parametrize("damaged", DAMAGED, ids=str)
def test_mail_whose_answer_is_damaged_is_to_be_asked_for_again(
    answered: Answered, damaged: bytes
) -> None:
    requests = answered(damaged)
    with pytest.raises(StorageUnavailable):
        QueueOutbox("https://sqs.eu-central-1.amazonaws.com/1/mails").send(FORGOTTEN)
    assert len(requests) == 3


@pytest.mark.parametrize("damaged", DAMAGED, ids=str)
@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("events", "put_events", {"Entries": [{"Source": "errand"}]}),
        ("dynamodb", "get_item", {"TableName": "t", "Key": {"pk": {"S": "a"}}}),
    ],
)
def test_damaged_answer_is_a_failed_call(
    answered: Answered, service: str, operation: str, parameters: dict[str, Any], damaged: bytes
) -> None:
    requests = answered(damaged)
    with pytest.raises(aws.AWS_ERRORS):
        getattr(aws.client(service, read_timeout=1), operation)(**parameters)
    assert len(requests) == 3


@pytest.mark.parametrize("is_whole", [True, False])
def test_answer_that_is_not_what_its_checksum_says_is_damaged(
    answered: Answered, *, is_whole: bool
) -> None:
    body = b'{"Item": {"pk": {"S": "a"}}}'
    requests = answered(body, headers={"x-amz-crc32": str(crc32(body) + (not is_whole))})
    client = aws.client("dynamodb", read_timeout=1)
    with nullcontext() if is_whole else pytest.raises(aws.AWS_ERRORS):
        client.get_item(TableName="t", Key={"pk": {"S": "a"}})
    assert len(requests) == (1 if is_whole else 3)
