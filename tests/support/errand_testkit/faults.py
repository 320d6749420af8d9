"""A network before DynamoDB in memory that drops, delays, repeats, damages and refuses."""

import json
from collections.abc import Sequence
from enum import StrEnum, auto
from io import BytesIO
from random import Random
from threading import RLock
from typing import Any
from zlib import crc32

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from urllib3 import HTTPResponse

from errand_testkit.dynamo import FakeDynamo


class Fault(StrEnum):
    NONE = auto()
    DROP = auto()  # the request never arrives
    LOSE = auto()  # it is carried out, and the answer is lost
    DELAY = auto()  # it is carried out some time after whoever sent it has given up
    REPEAT = auto()  # it arrives twice at once; TLS lets nobody send it again later
    DAMAGE = auto()  # the answer is cut or garbled
    REFUSE = auto()  # throttled
    FAIL = auto()  # carried out, and answered by somebody on the way


FAULTS = tuple(fault for fault in Fault if fault is not Fault.NONE)


class FaultyNetwork:
    """As botocore's HTTP session. `share`: of the requests that meet one of `faults`."""

    def __init__(self, fake: FakeDynamo, random: Random) -> None:
        self._fake = fake
        self._random = random
        self._lock = RLock()
        self._late: list[AWSPreparedRequest] = []
        self.share = 0.0
        self.faults: Sequence[Fault] = FAULTS
        # What the next requests meet, whatever the share.
        self.next: list[Fault] = []

    def serve(self, client: Any) -> None:
        client._endpoint.http_session = self

    def deliver(self) -> None:
        """All that was delayed arrives."""
        with self._lock:
            late, self._late = self._late, []
            for request in late:
                self._fake.send(request)

    def heal(self) -> None:
        self.share, self.next = 0.0, []
        self.deliver()

    def close(self) -> None:
        """Nothing is open."""

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        with self._lock:
            if self._late and self._random.random() < self.share:
                self._fake.send(self._late.pop(self._random.randrange(len(self._late))))
            return self._meet(self._fault(), request)

    def _fault(self) -> Fault:
        if self.next:
            return self.next.pop(0)
        return (
            self._random.choice(self.faults) if self._random.random() < self.share else Fault.NONE
        )

    def _meet(self, fault: Fault, request: AWSPreparedRequest) -> AWSResponse:
        if fault is Fault.DROP:
            raise ConnectionClosedError(endpoint_url=request.url)
        if fault is Fault.REFUSE:
            refusal = {"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException"}
            return _answer(request, 400, json.dumps(refusal).encode())
        if fault is Fault.DELAY:
            self._late.append(request)
            raise ReadTimeoutError(endpoint_url=request.url)
        answer = self._fake.send(request)
        body = answer.content
        if fault is Fault.REPEAT:
            self._fake.send(request)
        if fault is Fault.LOSE:
            raise ReadTimeoutError(endpoint_url=request.url)
        if fault is Fault.FAIL:
            return _answer(request, 502, b"<html>Bad gateway</html>")
        if fault is Fault.DAMAGE:
            return _answer(request, answer.status_code, self._damaged(body), crc32(body))
        return _answer(request, answer.status_code, body, crc32(body))

    def _damaged(self, body: bytes) -> bytes:
        place = self._random.randrange(len(body))
        if self._random.random() < 0.5:
            return body[:place]
        return body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]


def _answer(
    request: AWSPreparedRequest, status: int, body: bytes, checksum: int | None = None
) -> AWSResponse:
    headers = HTTPHeaders()
    if checksum is not None:
        headers["x-amz-crc32"] = str(checksum)
    raw = HTTPResponse(BytesIO(body), preload_content=False)
    return AWSResponse(request.url, status, headers, raw)
