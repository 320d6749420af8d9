"""What the API takes and gives for the two-step log-in."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from errand.identity.accounts.schemas import PresentPassword
from errand.identity.mfa.model import OTP_MAX, OTP_MIN, RECOVERY_CODES
from errand.schemas import sent
from errand.text import ONE_LINE, OneLine, Trimmed

_PASSWORD = "correct horse battery"  # noqa: S105 - an example
_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - as above
_CODES: list[Any] = [
    "k5xq-2vbn-7ojw-4dta",
    "m3zc-yr6e-hu2p-lfg7",
    "q7sd-4wxa-2nvk-b5jo",
    "t2hy-6mru-zc3i-pe4g",
    "x4lf-vo7b-5kqs-3wnd",
    "a6ju-pz2m-e4tr-yh7c",
    "d3gn-k5wv-xq6o-2sbi",
    "f7rt-3cye-l4um-zh5p",
    "h2vb-s6kx-7jqd-ow4n",
    "j5ep-m4gz-i3lf-ut2y",
]

TypedOtp = Annotated[
    str,
    Field(
        min_length=OTP_MIN,
        max_length=OTP_MAX,
        description="Six digits, or a recovery code; spaces and dashes do not count",
    ),
    Trimmed,
    OneLine,
    ONE_LINE,
]


class EnrolmentRequest(BaseModel):
    """The password once more: a stolen token must not lock its owner out."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=sent({"password": _PASSWORD}))

    password: PresentPassword


class Enrolment(BaseModel):
    """Shown this once, for an authenticator app; good for an hour until it is confirmed."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "secret": _SECRET,
                    "otpauth_uri": f"otpauth://totp/Errand:johndoe?secret={_SECRET}&issuer=Errand",
                }
            ]
        }
    )

    secret: Annotated[
        str, Field(pattern="^[A-Z2-7]{32}$", description="Base32, to be typed into the app")
    ]
    otpauth_uri: Annotated[
        str, Field(pattern="^otpauth://totp/", description="The same as text of a QR code")
    ]


class OtpIn(BaseModel):
    """What the app shows now: proof that it has the secret."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=sent({"otp": "123 456"}))

    otp: TypedOtp


class Disabling(BaseModel):
    """Both steps once more."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=sent({"password": _PASSWORD, "otp": "123 456"}),
    )

    password: PresentPassword
    otp: TypedOtp


class NewRecoveryCodes(BaseModel):
    """Shown this once: each logs in one time in place of the app."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"recovery_codes": _CODES}]})

    recovery_codes: Annotated[
        list[Annotated[str, Field(pattern="^[a-z2-7]{4}(?:-[a-z2-7]{4}){3}$")]],
        Field(
            min_length=RECOVERY_CODES,
            max_length=RECOVERY_CODES,
            description="To be kept where the phone is not",
        ),
    ]
