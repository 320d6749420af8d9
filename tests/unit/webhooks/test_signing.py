"""Our few lines sign what the reference implementation of Standard Webhooks verifies."""

import time
from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook as Oracle
from standardwebhooks.exceptions import WebhookVerificationError

from errand.webhooks.signing import headers, told

OLD, NEW = b"o" * 32, b"n" * 32
BODY = '{"type":"task.created","data":{"title":"Bücher 買"}}'


def _signed(*secrets: bytes, body: str = BODY, seconds: int | None = None) -> dict[str, str]:
    now = int(time.time()) if seconds is None else seconds
    return headers(secrets, message_id="msg", seconds=now, body=body.encode())


@given(secret=st.binary(min_size=24, max_size=64), body=st.text(max_size=200))
def test_signature_is_verified_by_the_oracle(secret: bytes, body: str) -> None:
    Oracle(told(secret)).verify(body, _signed(secret, body=body), json_parse=False)


def test_while_a_secret_is_rotated_both_verify() -> None:
    signed = _signed(NEW, OLD)
    for secret in (OLD, NEW):
        Oracle(told(secret)).verify(BODY, signed)
    assert signed["webhook-signature"].count("v1,") == 2


def test_what_was_changed_on_the_way_is_not_verified() -> None:
    signed = _signed(NEW)
    sooner = str(int(signed["webhook-timestamp"]) - 1)
    for changes in ({"webhook-id": "another"}, {"webhook-timestamp": sooner}):
        with pytest.raises(WebhookVerificationError):
            Oracle(told(NEW)).verify(BODY, signed | changes)
    with pytest.raises(WebhookVerificationError):
        Oracle(told(NEW)).verify(BODY + " ", signed)
    with pytest.raises(WebhookVerificationError):
        Oracle(told(OLD)).verify(BODY, signed)


def test_attempt_of_long_ago_is_not_verified() -> None:
    with pytest.raises(WebhookVerificationError, match="too old"):
        Oracle(told(NEW)).verify(BODY, _signed(NEW, seconds=int(time.time()) - 600))


def test_secret_is_told_as_the_standard_has_it() -> None:
    secret = told(NEW)
    assert secret.startswith("whsec_")
    assert b64decode(secret.removeprefix("whsec_")) == NEW
