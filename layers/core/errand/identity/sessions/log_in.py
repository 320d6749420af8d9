"""Logging in: a name, a password, and a second factor where the account asks for one."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes

from errand import ids, opaque
from errand.clock import Clock
from errand.errors import (
    InactiveUser,
    InvalidCredentials,
    InvalidOtp,
    MfaRequired,
    Overtaken,
)
from errand.folding import folded
from errand.identity.access_tokens import LIFETIME_SECONDS, TokenIssuer
from errand.identity.accounts.model import Account
from errand.identity.accounts.passwords import check_password
from errand.identity.accounts.ports import AccountRepository
from errand.identity.audit.model import Act
from errand.identity.audit.service import AuditTrail
from errand.identity.mfa.service import MfaService
from errand.identity.scopes import joined, requested
from errand.identity.sessions.model import Session
from errand.identity.sessions.ports import SessionRepository
from errand.identity.sessions.schemas import Token
from errand.identity.throttling.model import Known
from errand.identity.throttling.service import Admission, LogInGuard
from errand.opaque import SECRET_BYTES
from errand.origin import Origin
from errand.storage.unit import Store, Unit


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
        store: Store,
        trail: AuditTrail,
        guard: LogInGuard,
        mfa: Callable[[], MfaService],
        tokens: TokenIssuer,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._store = store
        self._trail = trail
        self._guard = guard
        self._mfa = mfa
        self._tokens = tokens
        self._clock = clock

    def log_in(self, given: Credentials, *, origin: Origin) -> Token:
        """The same calls and the same computation whether the user is unknown or not.

        Raises TooManyAttempts, InvalidCredentials, InactiveUser, InvalidScope, MfaRequired,
        InvalidOtp.
        """
        # Before the account is read: what ends its sessions from then on ends this one, too.
        now = self._clock()
        account = self._accounts.find(given.username)
        admission = self._admit(account, given, origin)
        verdict = check_password(given.password, account.password_hash if account else None)
        if account is None or not verdict.is_right:
            self._failed(account, given.username, origin)
            raise InvalidCredentials
        if account.disabled:
            self._failed(account, given.username, origin)
            raise InactiveUser
        scopes = requested(given.scope, admin=account.admin)
        if account.mfa_enabled:
            self._second_step(account, given, admission, origin)
        if verdict.new_hash:
            self._store_hash(account, verdict.new_hash, now)
        token = opaque.make(account.id, ids.new_id())
        # What ended before the account was read ended before this, whatever the clocks say.
        opened = max(now, (account.sessions_from or 0) + 1)
        session = Session(
            id=token.ids[1],
            user_id=account.id,
            scopes=scopes,
            device=given.device or origin.agent or "unknown",
            address=origin.address,
            seed=token_bytes(SECRET_BYTES),
            digest=token.digest,
            created_at=opened,
            last_used_at=opened,
        )
        unit = Unit()
        self._sessions.open(unit, session)
        self._trail.add(
            unit,
            Act.LOGGED_IN,
            user_id=account.id,
            actor=account.id,
            origin=origin,
            about=session.id,
        )
        self._guard.succeeded(unit, admission)
        self._store.commit(unit)
        return Token(
            access_token=self._tokens.issue(
                user_id=account.id, session_id=session.id, scopes=scopes
            ),
            expires_in=LIFETIME_SECONDS,
            refresh_token=token.text,
            scope=joined(scopes),
            device_token=self._tokens.issue_for_device(
                user_id=account.id, generation=account.generation
            ),
        )

    def _admit(self, account: Account | None, given: Credentials, origin: Origin) -> Admission:
        known = (
            Known(account.id, account.generation) if account else Known(_nobody(given.username), 0)
        )
        device = self._tokens.device(
            given.device_token, user_id=known.user_id, generation=known.generation
        )
        return self._guard.admit(
            username=given.username, known=known, address=origin.address, device=device
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
        user_id = account.id if account else _nobody(username)
        self._note(Act.LOG_IN_FAILED, user_id, origin)

    def _note(self, act: Act, user_id: str, origin: Origin) -> None:
        self._trail.note(act, user_id=user_id, actor=None, origin=origin)

    def _store_hash(self, account: Account, password_hash: str, now: int) -> None:
        unit = Unit()
        self._accounts.change(unit, account, {"password_hash": password_hash}, now=now)
        # Whoever changes the account at this moment is not to be undone for it.
        with suppress(Overtaken):
            self._store.commit(unit)


def _nobody(username: str) -> str:
    """In place of the id of an account: what is asked of the database is the same."""
    return f"nobody#{sha256(folded(username).encode()).hexdigest()[:32]}"
