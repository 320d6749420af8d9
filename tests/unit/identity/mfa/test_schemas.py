"""What a client may send for the two-step log-in, and what the page of the API shows."""

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from errand.identity.mfa.schemas import (
    Disabling,
    Enrolment,
    EnrolmentRequest,
    NewRecoveryCodes,
    OtpIn,
)

DISABLING = {"password": "correct horse", "otp": "123456"}


def _refused(schema: type[BaseModel], content: dict[str, Any]) -> list[str]:
    """The fields that are not acceptable."""
    with pytest.raises(ValidationError) as caught:
        schema.model_validate(content)
    return [str(error["loc"][0]) for error in caught.value.errors()]


@pytest.mark.parametrize(
    "otp", ["123456", " 123 456 ", "123-456", "abcd-efgh-2345-mnop", "123456\n", "x" * 64]
)
def test_otp_may_have_spaces_and_dashes(otp: str) -> None:
    assert OtpIn.model_validate({"otp": otp}).otp == otp.strip()


@pytest.mark.parametrize(
    "otp", ["", "12345", "x" * 65, "123\n456", "123456\x00", "12345\ud800", 123456, None], ids=ascii
)
def test_other_otps_are_refused(otp: Any) -> None:
    assert _refused(OtpIn, {"otp": otp}) == ["otp"]
    assert _refused(Disabling, DISABLING | {"otp": otp}) == ["otp"]


@pytest.mark.parametrize("password", ["x" * 257, "xxxxxxx\ud800", 12_345_678, None])
def test_passwords_that_nobody_has_are_refused(password: Any) -> None:
    assert _refused(EnrolmentRequest, {"password": password}) == ["password"]
    assert _refused(Disabling, DISABLING | {"password": password}) == ["password"]


def test_password_is_not_printed() -> None:
    assert "correct horse" not in repr(Disabling.model_validate(DISABLING))


@pytest.mark.parametrize("schema", [EnrolmentRequest, OtpIn, Disabling])
def test_nothing_is_optional_and_nothing_else_is_taken(schema: type[BaseModel]) -> None:
    fields = list(schema.model_fields)
    assert _refused(schema, {}) == fields
    assert _refused(schema, {name: DISABLING[name] for name in fields} | {"secret": "x"}) == [
        "secret"
    ]


@pytest.mark.parametrize(
    "schema", [EnrolmentRequest, Enrolment, OtpIn, Disabling, NewRecoveryCodes]
)
def test_examples_are_valid(schema: type[BaseModel]) -> None:
    examples = schema.model_json_schema()["examples"]
    assert examples
    for example in examples:
        schema.model_validate(example)
