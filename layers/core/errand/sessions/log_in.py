"""Logging in: a name, a password, and a second factor where the account asks for one."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes

from errand import ids, opaque
from errand.accounts.model import Account
from errand.accounts.passwords import check_password
from errand.accounts.repository import AccountRepository
from errand.accounts.scopes import joined, requested
from errand.accounts.tokens import LIFETIME_SECONDS, TokenIssuer
from errand.audit.model import Act, record_of
from errand.audit.repository import AuditLog
from errand.clock import Clock
from errand.errors import (
    InactiveUser,
    InvalidCredentials,
    InvalidOtp,
    MfaRequired,
    PreconditionFailed,
)
from errand.mfa.service import MfaService
from errand.opaque import SECRET_BYTES
from errand.origin import Origin
from errand.sessions.model import Session
from errand.sessions.repository import SessionRepository
from errand.sessions.schemas import Token
from errand.text import folded
from errand.throttling.service import Admission, LogInGuard


@dataclass(frozen=True, kw_only=True, slots=True)
class Credentials:
    username: str
    password: str = field(repr=False)
    otp: str | None = field(default=None, repr=False)
    scope: str | None = None
    device: str | None = None
    device_token: str | None = field(default=None, repr=False)


class LogInService:
    """`mfa`: made for the few that need it."""

    def __init__(
        self,
        *,
        accounts: AccountRepository,
        sessions: SessionRepository,
        audit: AuditLog,
        guard: LogInGuard,
        mfa: Callable[[], MfaService],
        tokens: TokenIssuer,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._audit = audit
        self._guard = guard
        self._mfa = mfa
        self._tokens = tokens
        self._clock = clock

    def log_in(self, given: Credentials, *, origin: Origin) -> Token:
        """The same calls and the same computation whether the user is unknown or not.

        Raises TooManyAttempts, InvalidCredentials, InactiveUser, InvalidScope, MfaRequired,
        InvalidOtp.
        """
        device = self._tokens.device(given.device_token, username=given.username)
        admission = self._guard.admit(
            username=given.username, address=origin.address, device=device
        )
        # Before the account is read: what ends its sessions from then on ends this one, too.
        now = self._clock()
        account = self._accounts.find(given.username)
        verdict = check_password(given.password, account.password_hash if account else None)
        if account is None or not verdict.is_right:
            self._failed(account, given.username, origin)
            raise InvalidCredentials
        if account.disabled:
            self._failed(account, given.username, origin)
            raise InactiveUser
        scopes = requested(given.scope, admin=account.admin)
        if account.mfa:
            self._second_step(account, given, admission, origin)
        if verdict.new_hash:
            # Whoever changes the account at this moment is not to be undone for it.
            with suppress(PreconditionFailed):
                self._accounts.change(account, {"password_hash": verdict.new_hash}, now=now)
        token = opaque.make(account.id, ids.new_id())
        session = Session(
            id=token.ids[1],
            user_id=account.id,
            scopes=scopes,
            device=given.device or origin.agent or "unknown",
            address=origin.address,
            seed=token_bytes(SECRET_BYTES),
            digest=token.digest,
            created_at=now,
            last_used_at=now,
        )
        record = record_of(
            Act.LOGGED_IN,
            user_id=account.id,
            actor=account.id,
            origin=origin,
            now=now,
            about=session.id,
        )
        self._sessions.open(session, record=record)
        self._guard.succeeded(admission)
        return Token(
            access_token=self._tokens.issue(
                user_id=account.id, session_id=session.id, scopes=scopes
            ),
            expires_in=LIFETIME_SECONDS,
            refresh_token=token.text,
            scope=joined(scopes),
            device_token=self._tokens.issue_for_device(username=account.username),
        )

    def _second_step(
        self, account: Account, given: Credentials, admission: Admission, origin: Origin
    ) -> None:
        if not given.otp:
            # Whoever it is knows the password.
            self._note(Act.SECOND_STEP_ASKED, account.id, origin)
            self._guard.excuse(admission)
            raise MfaRequired
        try:
            self._mfa().check(user_id=account.id, otp=given.otp, origin=origin)
        except InvalidOtp:
            self._failed(account, given.username, origin)
            raise

    def _failed(self, account: Account | None, username: str, origin: Origin) -> None:
        nobody = f"nobody#{sha256(folded(username).encode()).hexdigest()[:32]}"
        self._note(Act.LOG_IN_FAILED, account.id if account else nobody, origin)

    def _note(self, act: Act, user_id: str, origin: Origin) -> None:
        self._audit.append(
            record_of(act, user_id=user_id, actor=None, origin=origin, now=self._clock())
        )
