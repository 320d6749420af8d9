"""What the security log keeps: acts, who did them, and from where."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from errand import ids
from errand.codecs import ID, Codec, Instant, Seconds
from errand.fields import NOWHERE, TO_OWNER, Derived, kept
from errand.origin import Origin

_DAY = 24 * 60 * 60
_YEAR = 365 * _DAY


class Act(StrEnum):
    """What happened to an account."""

    LOGGED_IN = "logged_in"
    LOG_IN_FAILED = "log_in_failed"
    SECOND_STEP_ASKED = "second_step_asked"
    LOGGED_OUT = "logged_out"
    SESSIONS_ENDED = "sessions_ended"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105 - an act's name
    REFRESH_REPEATED = "refresh_repeated"
    PASSWORD_CHECK_FAILED = "password_check_failed"  # noqa: S105
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    PASSWORD_RESET = "password_reset"  # noqa: S105
    USERNAME_CHANGED = "username_changed"
    EMAIL_CHANGED = "email_changed"
    EMAIL_VERIFIED = "email_verified"
    TOKEN_CREATED = "token_created"  # noqa: S105
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    FEED_CREATED = "feed_created"
    FEED_REVOKED = "feed_revoked"
    WEBHOOK_CREATED = "webhook_created"
    WEBHOOK_CHANGED = "webhook_changed"
    WEBHOOK_SECRET_ROTATED = "webhook_secret_rotated"  # noqa: S105
    WEBHOOK_DELETED = "webhook_deleted"
    PUSH_REGISTERED = "push_registered"
    PUSH_REMOVED = "push_removed"
    MFA_ENABLED = "mfa_enabled"
    MFA_DISABLED = "mfa_disabled"
    RECOVERY_CODE_USED = "recovery_code_used"
    DISABLED = "disabled"
    ENABLED = "enabled"
    FORCED_LOG_OUT = "forced_log_out"
    EXPORTED = "exported"  # by who operates the deployment
    ADMIN_GRANTED = "admin_granted"
    ADMIN_REVOKED = "admin_revoked"


_ACT = Codec(tag="S", shape=Act, keep=str, take=Act, show=str)


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditRecord:
    """`address`, `agent` and `request_id` are those of errand.origin.

    A failed log-in to a name that nobody has leaves a record, too, for a day: it takes as long.
    """

    id: str = kept("sk", codec=ID, shown=TO_OWNER, meaning="Ids sort by age")
    user_id: str = kept("pk", codec=ID, shown=NOWHERE)
    at: Instant = kept("at", shown=TO_OWNER, meaning="When it happened")
    act: Act = kept("a", codec=_ACT, shown=TO_OWNER, meaning="What happened")
    actor: str | None = kept(
        "by",
        default=None,
        shown=TO_OWNER,
        meaning="Id of the user who did it; null: nobody logged in",
    )
    address: str | None = kept(
        "ip",
        default=None,
        shown=TO_OWNER,
        meaning="Where the request came from; of IPv6 its network",
    )
    agent: str = kept("ag", default="", shown=TO_OWNER, meaning="The beginning of its User-Agent")
    request_id: str = kept("rq", shown=TO_OWNER, meaning="Its X-Request-Id, to ask about")
    about: str | None = kept(
        "ab",
        default=None,
        shown=TO_OWNER,
        meaning="Id of the session, token, calendar feed, webhook or browser it is about",
    )

    DERIVED: ClassVar = (
        Derived(name="expires_at", type=Seconds, stored="expires_at", shown=NOWHERE),
    )

    @property
    def expires_at(self) -> Seconds:
        return self.at // 1000 + (_YEAR if ids.is_id(self.user_id) else _DAY)


def record_of(
    act: Act,
    *,
    user_id: str,
    actor: str | None,
    origin: Origin,
    now: Instant,
    about: str | None = None,
) -> AuditRecord:
    return AuditRecord(
        id=ids.new_id(),
        user_id=user_id,
        act=act,
        actor=actor,
        at=now,
        address=origin.address,
        agent=origin.agent,
        request_id=origin.request_id,
        about=about,
    )
