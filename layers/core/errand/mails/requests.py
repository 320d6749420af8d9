"""What the API asks to be mailed, as a message on the queue; anything doubtful is refused."""

import json
import re
from dataclasses import asdict, dataclass
from typing import ClassVar

from errand.events.images import MalformedRecord, member
from errand.recovery.model import Purpose

VERSION = "1"
# The alphabet and length of errand.ids, whose generator who sends mails has no use for.
_ID = re.compile(r"[0-9a-v]{26}")


@dataclass(frozen=True, kw_only=True, slots=True)
class PasswordRecovery:
    """`email`: somebody's, or nobody's; on the queue in the form in which names are compared."""

    purpose: ClassVar = Purpose.PASSWORD_RECOVERY

    email: str
    request_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EmailVerification:
    purpose: ClassVar = Purpose.EMAIL_VERIFICATION

    user_id: str
    request_id: str


type MailRequest = PasswordRecovery | EmailVerification


def encode(request: MailRequest) -> str:
    return json.dumps({"version": VERSION, "kind": request.purpose, **asdict(request)})


def decode(body: str) -> MailRequest:
    """Raises MalformedRecord."""
    content = _parsed(body)
    if content.get("version") != VERSION:
        raise MalformedRecord("version is not that of a mail request")
    kind = content.get("kind")
    request_id = member(content, "request_id", str)
    request: MailRequest
    if kind == Purpose.PASSWORD_RECOVERY:
        request = PasswordRecovery(email=_email(content), request_id=request_id)
    elif kind == Purpose.EMAIL_VERIFICATION:
        request = EmailVerification(user_id=_user_id(content), request_id=request_id)
    else:
        raise MalformedRecord("kind is not that of a mail request")
    if json.loads(encode(request)) != content:
        raise MalformedRecord("The message holds more than a mail request")
    return request


def _parsed(body: str) -> dict[str, object]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise MalformedRecord("The message is not JSON") from None
    if not isinstance(content, dict):
        raise MalformedRecord("The message is not a mail request")
    return content


def _email(content: dict[str, object]) -> str:
    email = member(content, "email", str)
    try:
        email.encode()
    except UnicodeEncodeError:
        raise MalformedRecord("email is not Unicode") from None
    if "@" not in email:
        raise MalformedRecord("email is not an address")
    return email


def _user_id(content: dict[str, object]) -> str:
    user_id = member(content, "user_id", str)
    if not _ID.fullmatch(user_id):
        raise MalformedRecord("user_id is not an id")
    return user_id
