"""What DynamoDB answers when moto would not: canned answers in place of the network."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

_PREFIX = "com.amazonaws.dynamodb.v20120810#"


@dataclass(frozen=True)
class Answer:
    body: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    # In place of the body's JSON.
    raw: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def error(code: str, *, status: int = 400, **more: Any) -> Answer:
    return Answer({"__type": _PREFIX + code, "message": "no"} | more, status)


def condition_failed(item: Mapping[str, Any] | None = None) -> Answer:
    more: Any = {"Item": item} if item else {}
    return error("ConditionalCheckFailedException", **more)


def cancelled(*codes: str) -> Answer:
    """A transaction, with one code for each of its writes."""
    return error("TransactionCanceledException", CancellationReasons=[{"Code": c} for c in codes])


class Wire:
    """What botocore sends goes here: the next answer for each request, the last for ever."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self._answers = list(answers)
        self.requests: list[dict[str, Any]] = []

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        content: Any = request.body
        self.requests.append(json.loads(content))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        body = json.dumps(answer.body).encode() if answer.raw is None else answer.raw
        return AWSResponse(request.url, answer.status, answer.headers, _Raw(body))  # type: ignore[arg-type] # as moto does


class _Raw(BytesIO):
    def stream(self) -> Any:
        yield self.read()
