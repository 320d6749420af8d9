"""A short signature is the one that botocore makes."""

from datetime import UTC, datetime
from typing import Any
from unittest.mock import Mock

import botocore.session
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import NoCredentialsError

from errand.storage.signature import PostSigV4Auth, use_short_signature

BODY = b'{"TableName": "t", "Item": {"t": {"S": "\\u2603"}}}'
ENDPOINTS = [
    "https://dynamodb.eu-central-1.amazonaws.com",
    "https://dynamodb.eu-central-1.amazonaws.com:443/",
    "http://127.0.0.1:8000",
    "http://localhost:4566/",
    "http://[::1]:8000/",
]


def signed(
    auth: type[SigV4Auth | PostSigV4Auth],
    url: str,
    token: str | None = None,
    *,
    secret: str = "s",  # noqa: S107 - of nobody
) -> AWSRequest:
    request = AWSRequest("POST", url, data=BODY)
    request.headers["X-Amz-Target"] = "DynamoDB_20120810.PutItem"
    request.headers["Content-Type"] = "application/x-amz-json-1.0"
    request.headers["User-Agent"] = "errand/1"
    request.headers["amz-sdk-invocation-id"] = "11f2ad1d-57a2-4c92-a1a4-3a0f86e0f6ae"
    request.headers["amz-sdk-request"] = "ttl=20261122T083000Z; attempt=2; max=3"
    auth(ReadOnlyCredentials("AKID", secret, token), "dynamodb", "eu-central-1").add_auth(request)
    return request


@pytest.fixture(autouse=True)
def one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both signers look at a clock of their own."""
    now = datetime.now(UTC)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: now)
    monkeypatch.setattr("errand.storage.signature.time.gmtime", now.timetuple)


@pytest.mark.parametrize("token", ["session/token==", None])
@pytest.mark.parametrize("url", ENDPOINTS)
def test_both_signatures_agree(url: str, token: str | None) -> None:
    short, full = (signed(auth, url, token) for auth in (PostSigV4Auth, SigV4Auth))
    assert dict(short.headers.items()) == dict(full.headers.items())


def test_another_secret_is_another_key() -> None:
    one, two = (
        signed(PostSigV4Auth, ENDPOINTS[0], secret=secret).headers["Authorization"]
        for secret in ("one", "two")
    )
    assert one != two
    assert one == signed(SigV4Auth, ENDPOINTS[0], secret="one").headers["Authorization"]


def authorizations(*, short: bool) -> list[str]:
    """Of a call that is answered the second time."""
    session = botocore.session.Session()
    session.set_credentials("AKID", "s")
    client: Any = session.create_client("dynamodb", "eu-central-1")
    if short:
        use_short_signature(client)
    sent: list[str] = []

    def answer(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        sent.append(str(request.headers["Authorization"]))
        raw = Mock(stream=lambda: iter([b"{}"]))
        status = 500 if len(sent) == 1 else 200
        return AWSResponse(request.url, status, HTTPHeaders(), raw)

    client.meta.events.register("before-send.dynamodb", answer)
    client.put_item(TableName="t", Item={"pk": {"S": "a"}})
    return sent


def test_a_client_signs_every_attempt_this_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    full = authorizations(short=False)
    monkeypatch.setattr(SigV4Auth, "add_auth", None)
    assert authorizations(short=True) == full
    assert len(full) == 2


def test_nobody_signs_without_credentials() -> None:
    request = AWSRequest("POST", ENDPOINTS[0], data=BODY)
    with pytest.raises(NoCredentialsError):
        PostSigV4Auth(None, "dynamodb", "eu-central-1").add_auth(request)
