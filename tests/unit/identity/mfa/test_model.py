"""Which one-time passwords and recovery codes are right, and how they may be typed."""

import re
from base64 import b32decode
from dataclasses import replace
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest

from errand.errors import InvalidOtp
from errand.identity.mfa.codes import (
    digest_of,
    new_recovery_codes,
    new_secret,
    otpauth_uri,
    proof_of,
    step_of,
)
from errand.identity.mfa.model import Factor, Pending, RecoveryCode, TimeStep
from errand_testkit.fakes import ManualClock
from errand_testkit.mfa import app_code

# RFC 6238, appendix B: the key in base32; of its eight digits apps show the last six.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC_VECTORS = [
    (59, "94287082", 0x1),
    (1_111_111_109, "07081804", 0x23523EC),
    (1_111_111_111, "14050471", 0x23523ED),
    (1_234_567_890, "89005924", 0x273EF07),
    (2_000_000_000, "69279037", 0x3F940AA),
    (20_000_000_000, "65353130", 0x27BC86AA),
]
CODE = "abcd-efgh-2345-mnop"
CLOCK = ManualClock()
NOW = CLOCK()
STEP = NOW // 30_000
FACTOR = Factor(
    secret=RFC_SECRET, recovery_digests=frozenset({digest_of(CODE), "another"}), last_step=0
)


@pytest.mark.parametrize(("seconds", "code", "step"), RFC_VECTORS, ids=str)
def test_codes_are_those_of_the_rfc(seconds: int, code: str, step: int) -> None:
    assert step_of(code[-6:], secret=RFC_SECRET, now=seconds * 1000) == TimeStep(step)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_code_is_good_in_its_step_and_the_two_around_it(steps: int) -> None:
    code = app_code(RFC_SECRET, CLOCK, steps=steps)
    assert step_of(code, secret=RFC_SECRET, now=NOW) == TimeStep(STEP + steps)


@pytest.mark.parametrize("steps", [-2, 2])
def test_code_of_another_time_is_wrong(steps: int) -> None:
    with pytest.raises(InvalidOtp):
        step_of(app_code(RFC_SECRET, CLOCK, steps=steps), secret=RFC_SECRET, now=NOW)


@pytest.mark.parametrize(
    ("milliseconds", "is_right"),
    [(-30_001, False), (-30_000, True), (59_999, True), (60_000, False)],
)
def test_windows_end_to_the_millisecond(milliseconds: int, *, is_right: bool) -> None:
    begin = STEP * 30_000
    code = pyotp.TOTP(RFC_SECRET).at(begin // 1000)
    try:
        step_of(code, secret=RFC_SECRET, now=begin + milliseconds)
    except InvalidOtp:
        assert not is_right
    else:
        assert is_right


@pytest.mark.parametrize(
    "typed",
    ["287 082", " 287082\n", "28-70-82", "287\u2013082", "287\u00a0082", "\uff12\uff18\uff17082"],
    ids=ascii,
)
def test_code_is_right_however_it_is_typed(typed: str) -> None:
    assert step_of(typed, secret=RFC_SECRET, now=59_000) == TimeStep(1)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "-",
        "28708",
        "2870820",
        "287083",
        "94287082",
        "+287082",
        "287.082",
        "0x1234",
        "\u0662\u0668\u0667\u0660\u0668\u0662",
        "28708\ud800",
        "287082" + " " * 59,
        "9" * 100_000,
        CODE,
    ],
    ids=lambda typed: ascii(typed[:20]),
)
def test_everything_else_is_wrong(typed: str) -> None:
    with pytest.raises(InvalidOtp):
        step_of(typed, secret=RFC_SECRET, now=59_000)


def test_code_of_the_app_is_proof() -> None:
    assert proof_of(app_code(RFC_SECRET, CLOCK), FACTOR, now=NOW) == TimeStep(STEP)


@pytest.mark.parametrize("last_step", [STEP, STEP + 1])
def test_step_accepted_before_is_proof_no_more(last_step: int) -> None:
    with pytest.raises(InvalidOtp):
        proof_of(app_code(RFC_SECRET, CLOCK), replace(FACTOR, last_step=last_step), now=NOW)


def test_step_after_the_accepted_one_is_proof() -> None:
    code = app_code(RFC_SECRET, CLOCK, steps=1)
    assert proof_of(code, replace(FACTOR, last_step=STEP), now=NOW) == TimeStep(STEP + 1)


@pytest.mark.parametrize(
    "typed",
    [
        CODE,
        CODE.upper(),
        "abcdefgh2345mnop",
        " AbCd efgh 2345 mnop ",
        "abcd\u2011efgh\u20132345mnop",
    ],
    ids=ascii,
)
def test_recovery_code_is_proof_however_it_is_typed(typed: str) -> None:
    assert proof_of(typed, FACTOR, now=NOW) == RecoveryCode(digest_of(CODE))


@pytest.mark.parametrize(
    "typed", ["abcd-efgh-2345-mnoq", "abcd-efgh-2345", digest_of(CODE), "another", CODE * 4]
)
def test_other_text_is_no_recovery_code(typed: str) -> None:
    with pytest.raises(InvalidOtp):
        proof_of(typed, FACTOR, now=NOW)


def test_recovery_codes_are_of_80_bits_and_grouped_for_reading() -> None:
    codes = new_recovery_codes()
    assert len(set(codes)) == 10
    for code in codes:
        assert re.fullmatch(r"[a-z2-7]{4}(-[a-z2-7]{4}){3}", code)
        assert len(b32decode(code.replace("-", "").upper())) * 8 == 80


def test_secrets_are_of_160_bits_and_never_the_same() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert {len(b32decode(secret)) * 8 for secret in secrets} == {160}


@pytest.mark.parametrize("username", ["ada", "Zoë: 1&2 = ?/#%", "山田 太郎"])
def test_uri_tells_an_app_whose_secret_it_is(username: str) -> None:
    uri = urlsplit(otpauth_uri(RFC_SECRET, username))
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert [unquote(part) for part in uri.path.split(":")] == ["/Errand", username]
    assert parse_qs(uri.query) == {"secret": [RFC_SECRET], "issuer": ["Errand"]}


def test_what_is_pending_expires_to_the_millisecond() -> None:
    pending = Pending(secret=RFC_SECRET, expires_at=60)
    assert not pending.has_expired(now=59_999)
    assert pending.has_expired(now=60_000)


def test_secrets_are_not_printed() -> None:
    assert RFC_SECRET not in repr((FACTOR, Pending(secret=RFC_SECRET, expires_at=60)))
