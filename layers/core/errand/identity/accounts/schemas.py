"""What the API takes and gives for an account."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StrictBool,
    create_model,
)

from errand import zones
from errand.identity.accounts.model import Account
from errand.identity.accounts.passwords import MAX_LENGTH, MIN_LENGTH
from errand.inputs import Day, TimeOfDay, Zone
from errand.refusals import refused, too_long, too_short
from errand.schemas import IF_SENT, ignored, sent, view
from errand.text import (
    ONE_LINE,
    VISIBLE_3,
    Documented,
    OneLine,
    OrAbsent,
    Trimmed,
    Visible,
    at_least,
    encodable,
)
from errand.views import JsonView

USERNAME_MAX = 50


def _encodable(secret: SecretStr) -> SecretStr:
    # Pydantic looks at this in a str, but not in a SecretStr.
    encodable(secret.get_secret_value())
    return secret


def _of(minimum: int, maximum: int) -> AfterValidator:
    def check(secret: SecretStr) -> SecretStr:
        # Pydantic's own bounds would speak of items.
        length = len(secret.get_secret_value())
        if length < minimum:
            raise too_short(minimum)
        if length > maximum:
            raise too_long(maximum)
        return secret

    return AfterValidator(check)


def _address(text: str) -> str:
    # Imported for the first address: its expressions take 7 % of a cold start to compile.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    try:
        # Whether mail arrives is for the owner to find out; `.test` is for those who try us out.
        # SES mails no local part that is not ASCII, or longer than RFC 5321 allows (`strict`).
        found = validate_email(
            text,
            check_deliverability=False,
            test_environment=True,
            allow_smtputf8=False,
            strict=True,
        )
    except EmailNotValidError as error:
        raise refused("email", str(error)) from None
    return found.normalized


Username = Annotated[str, Field(max_length=USERNAME_MAX), Trimmed, at_least(3), Visible, VISIBLE_3]
FullName = Annotated[str, Field(max_length=200), Trimmed, OneLine, OrAbsent, ONE_LINE]
Email = Annotated[
    str, Field(max_length=254), Trimmed, AfterValidator(_address), Documented(format="email")
]


Secret = Annotated[SecretStr, AfterValidator(_encodable)]
NewPassword = Annotated[
    Secret,
    _of(MIN_LENGTH, MAX_LENGTH),
    Documented(
        minLength=MIN_LENGTH,
        maxLength=MAX_LENGTH,
        description="Any characters; where so deployed, none of the common passwords",
    ),
]
# One that is there already: of any length that was ever allowed.
PresentPassword = Annotated[
    Secret,
    _of(0, MAX_LENGTH),
    Documented(maxLength=MAX_LENGTH, description="The account's present password"),
]

_EXAMPLE: dict[str, Any] = {
    "username": "johndoe",
    "email": "johndoe@example.com",
    "full_name": "John Doe",
}


class Registration(BaseModel):
    """A new account; username and e-mail address must be nobody else's."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=sent({**_EXAMPLE, "password": "correct horse battery"}, of=Account),
    )

    username: Username
    password: NewPassword
    email: Email | None = None
    full_name: FullName | None = None
    timezone: Zone = zones.DEFAULT


if TYPE_CHECKING:
    AsRead = BaseModel
else:
    # What an account shows and its owner cannot set.
    AsRead = create_model("AsRead", **ignored(Account))


class AccountUpdate(AsRead):
    """Only the fields sent change.

    A new username, e-mail address or password asks for the present password, and for a log-in.

    What the server sets is taken and ignored, so that an account can be sent as it was read.
    """

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=sent({"full_name": "John A. Doe"}, of=Account)
    )

    username: Username = IF_SENT
    email: Email | None = IF_SENT
    full_name: FullName | None = IF_SENT
    timezone: Zone = IF_SENT
    reminder_mails: StrictBool = IF_SENT
    digest_time: TimeOfDay | None = IF_SENT
    digest_paused_until: Day | None = IF_SENT
    reminder_push: StrictBool = IF_SENT
    password: NewPassword = IF_SENT
    current_password: PresentPassword = IF_SENT
    keep_tokens: Annotated[
        StrictBool,
        Field(description="With a new password: personal access tokens go on, which end otherwise"),
    ] = IF_SENT


class Deletion(BaseModel):
    """Gone is gone: the present password is asked for."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=sent({"password": "correct horse battery"})
    )

    password: PresentPassword


User = view(
    Account,
    name="User",
    meaning="An account, as its owner and administrators see it.",
    example={
        "id": "06h08q0rf9qcv4e83s3ndg2tl8",
        **_EXAMPLE,
        "timezone": "Europe/Berlin",
        "reminder_mails": True,
        "digest_time": "07:30",
        "digest_paused_until": None,
        "reminder_push": True,
        "email_verified": False,
        "undeliverable_since": None,
        "undeliverable_reason": None,
        "mfa_enabled": False,
        "disabled": False,
        "admin": False,
        "created_at": "2026-11-22T08:30:00.123Z",
        "updated_at": "2026-11-22T08:30:00.123Z",
        "version": 1,
    },
)
ACCOUNT_JSON = JsonView(Account)
