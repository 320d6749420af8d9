"""Which messages of the queue are mail requests."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errand import ids
from errand.errors import MalformedRecord
from errand.identity.recovery.requests import EmailVerification, PasswordRecovery
from errand.mails import kinds
from errand.mails.outbox import MailRequest, encode
from send_mails import KINDS

EVENTS = Path(__file__).parents[4] / "events"
RECOVERY = PasswordRecovery(email="ada@example.com", request_id="JKJaXmPLvHcESHA=")
VERIFICATION = EmailVerification(
    user_id="06h04o2vndpa700bqsem70d6f8", request_id="JKJaYgPLvHcESIQ="
)


def decode(body: str) -> MailRequest:
    request: MailRequest = kinds.decode(KINDS, body)[1]
    return request


def sample(name: str) -> str:
    [record] = json.loads((EVENTS / f"{name}.json").read_text())["Records"]
    body: str = record["body"]
    return body


def test_samples() -> None:
    assert decode(sample("mail-recovery")) == RECOVERY
    assert decode(sample("mail-verification")) == VERIFICATION


@given(st.emails(), st.text())
def test_every_address_comes_through(email: str, request_id: str) -> None:
    request = PasswordRecovery(email=email, request_id=request_id)
    assert decode(encode(request)) == request


def test_every_id_comes_through() -> None:
    request = EmailVerification(user_id=ids.new_id(), request_id="1")
    assert decode(encode(request)) == request


@pytest.mark.parametrize(
    ("request_", "changes"),
    [
        (RECOVERY, {"version": "2"}),
        (RECOVERY, {"version": 1}),
        (RECOVERY, {"kind": None}),
        (RECOVERY, {"kind": "newsletter"}),
        (RECOVERY, {"kind": ["password_recovery"]}),
        (RECOVERY, {"kind": "email_verification"}),
        (RECOVERY, {"email": None}),
        (RECOVERY, {"email": ""}),
        (RECOVERY, {"email": "ada"}),
        (RECOVERY, {"email": ["ada@example.com"]}),
        (RECOVERY, {"email": "\ud800@example.com"}),
        (RECOVERY, {"request_id": None}),
        (RECOVERY, {"user_id": "06h04o2vndpa700bqsem70d6f8"}),
        (RECOVERY, {"name": "Ada"}),
        (VERIFICATION, {"kind": "password_recovery"}),
        (VERIFICATION, {"user_id": None}),
        (VERIFICATION, {"user_id": ""}),
        (VERIFICATION, {"user_id": "06h04o2vndpa700bqsem70d6f8#"}),
        (VERIFICATION, {"user_id": "06H04O2VNDPA700BQSEM70D6F8"}),
        (VERIFICATION, {"email": "ada@example.com"}),
    ],
)
def test_refused(request_: PasswordRecovery | EmailVerification, changes: dict[str, Any]) -> None:
    content = json.loads(encode(request_)) | changes
    with pytest.raises(MalformedRecord):
        decode(json.dumps(content))


@pytest.mark.parametrize("body", ["", "not JSON", "null", "[]", '"x"', "1", "{}", "[" * 100_000])
def test_refuses_what_is_no_request(body: str) -> None:
    with pytest.raises(MalformedRecord):
        decode(body)


@given(st.text())
def test_refuses_any_text(body: str) -> None:
    with pytest.raises(MalformedRecord):
        decode(body)


def test_what_is_wrong_is_told_without_quoting_it() -> None:
    content = json.loads(encode(RECOVERY)) | {"more": "ada@example.com"}
    with pytest.raises(MalformedRecord) as refused:
        decode(json.dumps(content))
    assert "ada" not in refused.value.detail
