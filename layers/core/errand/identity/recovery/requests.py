"""What the API asks to be mailed, as messages on the queue."""

from dataclasses import dataclass
from typing import ClassVar

from errand.identity.recovery.model import Purpose


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
