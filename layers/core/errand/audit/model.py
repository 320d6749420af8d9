"""What the security log keeps: acts, who did them, and from where."""

from dataclasses import dataclass
from enum import StrEnum

from errand import ids
from errand.origin import Origin

_DAY = 24 * 60 * 60
_YEAR = 365 * _DAY


class Act(StrEnum):
    LOGGED_IN = "logged_in"
    LOG_IN_FAILED = "log_in_failed"
    SECOND_STEP_ASKED = "second_step_asked"
    LOGGED_OUT = "logged_out"
    SESSIONS_ENDED = "sessions_ended"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105 - an act's name
    PASSWORD_CHECK_FAILED = "password_check_failed"  # noqa: S105
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    PASSWORD_RESET = "password_reset"  # noqa: S105
    EMAIL_CHANGED = "email_changed"
    EMAIL_VERIFIED = "email_verified"
    TOKEN_CREATED = "token_created"  # noqa: S105
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    MFA_ENABLED = "mfa_enabled"
    MFA_DISABLED = "mfa_disabled"
    RECOVERY_CODE_USED = "recovery_code_used"
    DISABLED = "disabled"
    ENABLED = "enabled"
    FORCED_LOG_OUT = "forced_log_out"
    ADMIN_GRANTED = "admin_granted"
    ADMIN_REVOKED = "admin_revoked"


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditRecord:
    """`actor`: the id of the user who did it, None for nobody who logged in.

    A failed log-in to a name that nobody has leaves a record, too, for a day: it takes as long.
    """

    id: str
    user_id: str
    act: Act
    actor: str | None
    at: int  # epoch milliseconds
    origin: Origin
    about: str | None = None  # id of the session or token it is about

    @property
    def lifetime_seconds(self) -> int:
        return _YEAR if ids.is_id(self.user_id) else _DAY


def record_of(
    act: Act,
    *,
    user_id: str,
    actor: str | None,
    origin: Origin,
    now: int,
    about: str | None = None,
) -> AuditRecord:
    return AuditRecord(
        id=ids.new_id(),
        user_id=user_id,
        act=act,
        actor=actor,
        at=now,
        origin=origin,
        about=about,
    )
