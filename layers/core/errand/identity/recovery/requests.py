"""What the API asks to be mailed, as a message on the queue; anything doubtful is refused."""

from dataclasses import dataclass
from typing import ClassVar

from errand.errors import MalformedRecord
from errand.identity.recovery.model import Purpose
from errand.mails.outbox import VERSION, encode
from errand.messages import id_in, member, parsed


@dataclass(frozen=True, kw_only=True, slots=True)
class PasswordRecovery:
    """`email`: somebody's, or nobody's, in the form in which names are compared."""

    kind: ClassVar[str] = Purpose.PASSWORD_RECOVERY

    email: str
    request_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EmailVerification:
    kind: ClassVar[str] = Purpose.EMAIL_VERIFICATION

    user_id: str
    request_id: str


type MailRequest = PasswordRecovery | EmailVerification


def decode(body: str) -> MailRequest:
    """Raises MalformedRecord."""
    content = parsed(body)
    if content.get("version") != VERSION:
        raise MalformedRecord("version is not that of a mail request")
    kind = content.get("kind")
    request_id = member(content, "request_id", str)
    request: MailRequest
    if kind == Purpose.PASSWORD_RECOVERY:
        request = PasswordRecovery(email=_email(content), request_id=request_id)
    elif kind == Purpose.EMAIL_VERIFICATION:
        request = EmailVerification(user_id=id_in(content, "user_id"), request_id=request_id)
    else:
        raise MalformedRecord("kind is not that of a mail request")
    if parsed(encode(request)) != content:
        raise MalformedRecord("The message holds more than a mail request")
    return request


def _email(content: dict[str, object]) -> str:
    email = member(content, "email", str)
    try:
        email.encode()
    except UnicodeEncodeError:
        raise MalformedRecord("email is not Unicode") from None
    if "@" not in email:
        raise MalformedRecord("email is not an address")
    return email
