"""One-time passwords as authenticator apps show them, and codes for a lost phone.

RFC 6238: 6 digits of HMAC-SHA-1, a new one every 30 s.
"""

import re
import unicodedata
from base64 import b32encode
from hashlib import sha256
from hmac import compare_digest
from secrets import token_bytes

from errand.errors import InvalidOtp
from errand.folding import folded
from errand.identity.mfa.model import OTP_MAX, RECOVERY_CODES, Factor, Proof, RecoveryCode, TimeStep

_ISSUER = "Errand"
# Clocks of phones are some seconds off, and typing takes time (RFC 6238, section 5.2).
_STEPS_AROUND = 1
_RECOVERY_BYTES = 10
_GROUP = 4
_DIGITS = re.compile("[0-9]{6}")
_RECOVERY_CODE = re.compile("[a-z2-7]{16}")


def new_secret() -> str:
    """160 bits in base32 (RFC 4226, section 4: as long as the hash)."""
    # Imported here and below as most instances never see a one-time password.
    from pyotp import random_base32  # noqa: PLC0415

    return random_base32()


def otpauth_uri(secret: str, username: str) -> str:
    """https://github.com/google/google-authenticator/wiki/Key-Uri-Format."""
    from pyotp import TOTP  # noqa: PLC0415

    return TOTP(secret).provisioning_uri(name=username, issuer_name=_ISSUER)


def new_recovery_codes() -> list[str]:
    """80 bits each, in groups of four characters."""
    return [_grouped(b32encode(token_bytes(_RECOVERY_BYTES))) for _ in range(RECOVERY_CODES)]


def digest_of(recovery_code: str) -> str:
    """SHA-256 in hex: 80 random bits need no slow hash."""
    return sha256(_bare(recovery_code).encode()).hexdigest()


def step_of(otp: str, *, secret: str, now: int) -> TimeStep:
    """The step that `otp` is the code of, near `now` (ms). Raises InvalidOtp."""
    from pyotp import TOTP, OTPVerificationError  # noqa: PLC0415

    digits = _bare(otp)
    if not _DIGITS.fullmatch(digits):
        raise InvalidOtp
    try:
        number = TOTP(secret).verify_and_get_timecode(
            digits, for_time=now // 1000, valid_window=_STEPS_AROUND
        )
    except OTPVerificationError:
        raise InvalidOtp from None
    return TimeStep(number)


def proof_of(otp: str, factor: Factor, *, now: int) -> Proof:
    """Raises InvalidOtp, also for what was used before."""
    if _RECOVERY_CODE.fullmatch(_bare(otp)):
        digest = digest_of(otp)
        # All of them, so that the time tells nothing of which one it was.
        if sum(compare_digest(digest, kept) for kept in factor.recovery_digests):
            return RecoveryCode(digest)
        raise InvalidOtp
    step = step_of(otp, secret=factor.secret, now=now)
    if step.number <= factor.last_step:
        raise InvalidOtp
    return step


def _bare(typed: str) -> str:
    """Without what people put between the characters, in one case and width."""
    if len(typed) > OTP_MAX:
        raise InvalidOtp
    return "".join(
        character
        for character in folded(typed)
        if not character.isspace() and unicodedata.category(character) != "Pd"
    )


def _grouped(code: bytes) -> str:
    text = code.decode().lower()
    return "-".join(text[start : start + _GROUP] for start in range(0, len(text), _GROUP))
