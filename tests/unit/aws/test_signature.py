"""A short signature is the one that botocore makes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import botocore.session
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import NoCredentialsError

from errand.aws.signature import OnceSigV4Auth, sign

BODY = b'{"TableName": "t", "Item": {"t": {"S": "\\u2603"}}}'
ENDPOINTS = [
    "https://dynamodb.eu-central-1.amazonaws.com",
    "https://dynamodb.eu-central-1.amazonaws.com:443/",
    "http://127.0.0.1:8000",
    "http://localhost:4566/",
    "http://[::1]:8000/",
    "https://gateway.example.com/dynamodb/eu/",
    "https://gateway.example.com/a b/../c%20d/~e",
    "https://gateway.example.com/?b=2&a=1&a=0",
]


def signed(
    auth: type[SigV4Auth],
    url: str,
    token: str | None = None,
    *,
    secret: str = "s",  # noqa: S107 - of nobody
    more: Mapping[str, str] = MappingProxyType({}),
) -> AWSRequest:
    request = AWSRequest("POST", url, data=BODY)
    request.headers["X-Amz-Target"] = "DynamoDB_20120810.PutItem"
    request.headers["Content-Type"] = "application/x-amz-json-1.0"
    request.headers["User-Agent"] = "errand/1"
    request.headers["amz-sdk-invocation-id"] = "11f2ad1d-57a2-4c92-a1a4-3a0f86e0f6ae"
    request.headers["amz-sdk-request"] = "ttl=20261122T083000Z; attempt=2; max=3"
    for name, value in more.items():
        request.headers[name] = value
    auth(ReadOnlyCredentials("AKID", secret, token), "dynamodb", "eu-central-1").add_auth(request)
    return request


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """What botocore takes for now is the last of these."""
    moments = [datetime(2026, 11, 22, 8, 30, tzinfo=UTC)]
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: moments[-1])
    return moments


@pytest.mark.parametrize("token", ["session/token==", None])
@pytest.mark.parametrize("url", ENDPOINTS)
def test_both_signatures_agree(url: str, token: str | None) -> None:
    short, full = (signed(auth, url, token) for auth in (OnceSigV4Auth, SigV4Auth))
    assert dict(short.headers.items()) == dict(full.headers.items())


@pytest.mark.parametrize("value", ["  two  blanks ", "\ttab", "\u00e9", ""])
def test_both_signatures_of_an_odd_header_agree(value: str) -> None:
    short, full = (
        signed(auth, ENDPOINTS[0], more={"X-Odd": value}) for auth in (OnceSigV4Auth, SigV4Auth)
    )
    assert short.headers["Authorization"] == full.headers["Authorization"]


def test_a_header_that_comes_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="x-odd"):
        signed(OnceSigV4Auth, ENDPOINTS[0], more={"X-Odd": "1", "x-oDD": "2"})


def test_another_secret_or_day_is_another_key(now: list[datetime]) -> None:
    for secret in ("one", "two", "one"):
        for day in (22, 23):
            now.append(now[0].replace(day=day))
            short, full = (
                signed(auth, ENDPOINTS[0], secret=secret) for auth in (OnceSigV4Auth, SigV4Auth)
            )
            assert short.headers["Authorization"] == full.headers["Authorization"]


def test_the_key_of_the_day_is_derived_once(monkeypatch: pytest.MonkeyPatch) -> None:
    signed(OnceSigV4Auth, ENDPOINTS[0])
    steps: list[bool] = []
    sign = SigV4Auth._sign  # type: ignore[attr-defined] # not in the stubs

    def count(self: SigV4Auth, key: bytes, msg: str, hex: bool = False) -> object:  # noqa: A002, FBT001, FBT002 - botocore's
        steps.append(hex)
        return sign(self, key, msg, hex)

    monkeypatch.setattr(SigV4Auth, "_sign", count)
    signed(OnceSigV4Auth, ENDPOINTS[0])
    assert steps == [True]
    signed(SigV4Auth, ENDPOINTS[0])
    assert steps == [True, *[False] * 4, True]


def test_a_repeated_attempt_is_signed_for_itself(now: list[datetime]) -> None:
    """With the same signer, after another request and at another time."""
    auth = OnceSigV4Auth(ReadOnlyCredentials("AKID", "s", None), "dynamodb", "eu-central-1")
    auth.add_auth(AWSRequest("POST", ENDPOINTS[0], data=b"{}"))
    now.append(now[0].replace(hour=9))
    again, full = (AWSRequest("POST", ENDPOINTS[0], data=BODY) for _ in range(2))
    auth.add_auth(again)
    SigV4Auth(auth.credentials, "dynamodb", "eu-central-1").add_auth(full)
    assert again.headers["Authorization"] == full.headers["Authorization"]


def test_a_request_is_signed_for_the_client_that_sends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    session = botocore.session.Session()
    session.set_credentials("AKID", "s")
    client: Any = session.create_client("dynamodb", "eu-central-1")
    full = signed(SigV4Auth, ENDPOINTS[0], more={"Content-Length": "2"})
    headers: Any = {name: value for name, value in full.headers.items() if name != "Authorization"}
    request = AWSPreparedRequest("POST", ENDPOINTS[0], headers, BODY, stream_output=False)
    monkeypatch.setattr(SigV4Auth, "signed_headers", None)
    sign(client, request)
    assert request.headers["Authorization"] == full.headers["Authorization"]


def test_nobody_signs_without_credentials() -> None:
    nobody: Any = None
    request = AWSRequest("POST", ENDPOINTS[0], data=BODY)
    with pytest.raises(NoCredentialsError):
        OnceSigV4Auth(nobody, "dynamodb", "eu-central-1").add_auth(request)
