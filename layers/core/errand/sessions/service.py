"""Keeping a session alive, looking at sessions, ending them."""

from errand import ids, opaque
from errand.accounts.model import Account, Caller
from errand.accounts.repository import AccountRepository
from errand.accounts.scopes import Scope, joined, requested
from errand.accounts.tokens import LIFETIME_SECONDS, TokenIssuer
from errand.audit.model import Act, record_of
from errand.clock import Clock
from errand.errors import (
    InvalidGrant,
    InvalidScope,
    InvalidToken,
    NotFound,
    PreconditionFailed,
    StorageUnavailable,
)
from errand.origin import Origin
from errand.sessions.model import GRACE_MS, Session
from errand.sessions.repository import SessionRepository
from errand.sessions.schemas import SessionView, Token

SHOWN_MAX = 100
_ATTEMPTS = 3


class SessionService:
    def __init__(
        self,
        *,
        accounts: AccountRepository,
        sessions: SessionRepository,
        tokens: TokenIssuer,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._tokens = tokens
        self._clock = clock

    def refresh(self, *, refresh_token: str, scope: str | None, origin: Origin) -> Token:
        """Raises InvalidGrant, InvalidScope.

        A token that was used before ends its session: one of the two who have it has stolen it.
        """
        presented = opaque.parse(refresh_token, ids=2)
        account, session = self._sessions.read(
            user_id=presented.ids[0], session_id=presented.ids[1]
        )
        now = self._clock()
        if account is None or account.disabled or session is None:
            raise InvalidGrant
        if session.has_ended(account, now=now):
            raise InvalidGrant
        age = session.age_of(presented)
        if age is None:
            raise InvalidGrant
        scopes = _narrowed(session, scope, admin=account.admin)
        following = session.successor(presented)
        if age == 0:
            rotated = self._sessions.rotate(session, digest=following.digest, now=now)
            if rotated is None:
                raise InvalidGrant
            session, age = rotated, rotated.age_of(presented)
        if age != 1 or now - session.last_used_at > GRACE_MS:
            self._end(session, Act.REFRESH_TOKEN_REUSED, actor=None, origin=origin)
            raise InvalidGrant
        return Token(
            access_token=self._tokens.issue(
                user_id=account.id, session_id=session.id, scopes=scopes
            ),
            expires_in=LIFETIME_SECONDS,
            refresh_token=following.text,
            scope=joined(scopes),
        )

    def revoke(self, *, token: str, origin: Origin) -> str | None:
        """Ends the session of a refresh or access token (RFC 7009); the user's id if there was."""
        session = self._session_of(token)
        if session is None:
            return None
        self._end(session, Act.LOGGED_OUT, actor=session.user_id, origin=origin)
        return session.user_id

    def page(self, *, caller: Caller) -> list[SessionView]:
        """The newest hundred that have not ended."""
        account = self._account(caller)
        now = self._clock()
        return [
            SessionView.of(session, current=caller.session_id)
            for session in self._sessions.newest(user_id=account.id, limit=SHOWN_MAX)
            if not session.has_ended(account, now=now)
        ]

    def end(self, *, caller: Caller, session_id: str, origin: Origin) -> None:
        """Raises NotFound."""
        session = self._alive(caller.user_id, session_id) if ids.is_id(session_id) else None
        if session is None:
            raise NotFound("Session not found")
        self._end(session, Act.LOGGED_OUT, actor=caller.user_id, origin=origin)

    def end_others(self, *, caller: Caller, origin: Origin) -> None:
        for _ in range(_ATTEMPTS):
            account = self._account(caller)
            now = self._clock()
            record = record_of(
                Act.SESSIONS_ENDED,
                user_id=account.id,
                actor=caller.user_id,
                origin=origin,
                now=now,
            )
            changes = {"sessions_from": now, "kept_session": caller.session_id}
            try:
                self._accounts.change(account, changes, now=now, records=[record])
            except PreconditionFailed:
                continue
            return
        raise StorageUnavailable

    def _account(self, caller: Caller) -> Account:
        account = self._accounts.read(caller.user_id)
        if account is None:
            raise InvalidToken
        return account

    def _session_of(self, token: str) -> Session | None:
        try:
            presented = opaque.parse(token, ids=2)
        except InvalidGrant:
            try:
                access = self._tokens.verify(token)
            except InvalidToken:
                return None
            return self._alive(access.user_id, access.session_id)
        session = self._alive(*presented.ids)
        return session if session and session.age_of(presented) is not None else None

    def _alive(self, user_id: str, session_id: str) -> Session | None:
        account, session = self._sessions.read(user_id=user_id, session_id=session_id)
        # Of a deleted account nothing is written any more: nobody would remove it.
        if account is None or session is None or session.has_ended(account, now=self._clock()):
            return None
        return session

    def _end(self, session: Session, act: Act, *, actor: str | None, origin: Origin) -> None:
        record = record_of(
            act,
            user_id=session.user_id,
            actor=actor,
            origin=origin,
            now=self._clock(),
            about=session.id,
        )
        self._sessions.end(session, record=record)


def _narrowed(session: Session, scope: str | None, *, admin: bool) -> frozenset[Scope]:
    """What of the session's scopes is asked for, all if nothing is. Raises InvalidScope."""
    scopes = requested(scope, admin=admin)
    if scope and scope.strip() and not scopes <= session.scopes:
        raise InvalidScope("The session does not have this scope")
    return scopes & session.scopes
