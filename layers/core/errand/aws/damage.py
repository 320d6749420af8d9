"""Answers that are not what was sent: cut, garbled, or of somebody on the way.

botocore takes an answer that it cannot read for one without content: an item that is not there, a
secret without text. Found damaged, it is a failed call like any other, to be repeated.
"""

import json
from collections.abc import Mapping
from typing import Any
from zlib import crc32

from botocore.exceptions import HTTPClientError

_CHECKSUM = "x-amz-crc32"
_JSON = b"application/x-amz-json"
_SERVER_ERROR = 500


class DamagedAnswer(HTTPClientError):
    fmt = "The answer is damaged: {error}"


def check_sum(headers: Mapping[str, str], body: bytes) -> None:
    """Raises DamagedAnswer unless the body is what DynamoDB said it would be, if it did."""
    expected = headers.get(_CHECKSUM)
    if expected is not None and str(crc32(body)) != expected:
        raise DamagedAnswer(error="checksum")


def check_answers(client: Any) -> None:
    """Of a client of any service: where botocore repeats what fails on the way."""
    # Its parser is asked only after it has stopped repeating.
    session = client._endpoint.http_session  # noqa: SLF001
    send = session.send

    def send_checked(request: Any) -> Any:
        response = send(request)
        if request.stream_output:
            # Of S3, which botocore checks by itself, as it is read.
            return response
        check_sum(response.headers, response.content)
        # A server that failed is asked again, whatever it says.
        if _speaks_json(request) and response.status_code < _SERVER_ERROR:
            _check_json(response.content)
        return response

    session.send = send_checked


def _speaks_json(request: Any) -> bool:
    """The protocol whose every answer to what we ask is an object."""
    given: str | bytes = request.headers.get("Content-Type", "")
    return (given if isinstance(given, bytes) else given.encode()).startswith(_JSON)


def _check_json(body: bytes) -> None:
    try:
        is_object = isinstance(json.loads(body), dict)
    except ValueError:
        is_object = False
    if not is_object:
        raise DamagedAnswer(error="no JSON object")
