"""Keeping a session alive, looking at sessions, ending them."""

from contextlib import suppress
from hashlib import sha256

from errand import ids, opaque
from errand.clock import Clock
from errand.errors import (
    InvalidGrant,
    InvalidScope,
    InvalidToken,
    NotFound,
)
from errand.identity.access_tokens import LIFETIME_SECONDS, TokenIssuer
from errand.identity.accounts.model import Account
from errand.identity.accounts.ports import AccountRepository
from errand.identity.audit.model import Act
from errand.identity.audit.service import AuditTrail
from errand.identity.caller import Caller
from errand.identity.scopes import Scope, joined, requested
from errand.identity.sessions.model import GRACE_MS, Session
from errand.identity.sessions.ports import SessionRepository
from errand.identity.sessions.schemas import Token
from errand.opaque import Opaque
from errand.origin import Origin
from errand.storage.unit import Store, Unit, repeated

SHOWN_MAX = 100


class SessionService:
    def __init__(
        self,
        *,
        accounts: AccountRepository,
        sessions: SessionRepository,
        store: Store,
        trail: AuditTrail,
        tokens: TokenIssuer,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._store = store
        self._trail = trail
        self._tokens = tokens
        self._clock = clock

    def refresh(self, *, refresh_token: str, scope: str | None, origin: Origin) -> Token:
        """Raises InvalidGrant, InvalidScope.

        A token that was used before ends its session: one of the two who have it has stolen it. But
        whoever renewed it may have lost the answer, and asks again from the same place.
        """
        presented = opaque.parse(refresh_token, ids=2)

        def renew(alive: tuple[Account, Session]) -> Token:
            account, session = alive
            age = session.age_of(presented)
            if age is None:
                raise InvalidGrant
            scopes = _narrowed(session, scope, admin=account.admin)
            following = session.successor(presented)
            if age == 0:
                self._rotate(session, following, _client(origin))
            elif age == 1 and self._is_in_grace(session, _client(origin)):
                self._repeat(session, origin)
            else:
                with suppress(NotFound):
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

        return repeated(lambda: self._refreshable(presented), renew)

    def revoke(self, *, token: str, origin: Origin) -> None:
        """Ends the session of a refresh or access token, if there is one (RFC 7009)."""
        session = self._session_of(token)
        if session:
            with suppress(NotFound):
                self._end(session, Act.LOGGED_OUT, actor=session.user_id, origin=origin)

    def list(self, *, caller: Caller) -> list[Session]:
        """The newest hundred that have not ended."""
        account = self._account(caller)
        now = self._clock()
        return [
            session
            for session in self._sessions.newest(user_id=account.id, limit=SHOWN_MAX)
            if not session.has_ended(account, now=now)
        ]

    def end(self, *, caller: Caller, session_id: str, origin: Origin) -> None:
        """Raises NotFound."""
        session = self._alive(caller.user_id, session_id) if ids.is_id(session_id) else None
        if session is None:
            raise NotFound("Session not found")
        with suppress(NotFound):
            self._end(session, Act.LOGGED_OUT, actor=caller.user_id, origin=origin)

    def end_others(self, *, caller: Caller, origin: Origin) -> None:
        def end(account: Account) -> None:
            now = self._clock()
            unit = Unit()
            changes = {"sessions_from": now, "kept_session": caller.session_id}
            self._accounts.change(unit, account, changes, now=now)
            self._trail.add(
                unit,
                Act.SESSIONS_ENDED,
                user_id=account.id,
                actor=caller.user_id,
                origin=origin,
            )
            self._store.commit(unit)

        repeated(lambda: self._account(caller), end)

    def _refreshable(self, presented: Opaque) -> tuple[Account, Session]:
        """Raises InvalidGrant."""
        account, session = self._sessions.read(
            user_id=presented.ids[0], session_id=presented.ids[1]
        )
        if account is None or account.disabled or session is None:
            raise InvalidGrant
        if session.has_ended(account, now=self._clock()):
            raise InvalidGrant
        return account, session

    def _rotate(self, session: Session, following: Opaque, client: str) -> None:
        unit = Unit()
        now = self._clock()
        self._sessions.rotate(unit, session, digest=following.digest, by=client, now=now)
        self._store.commit(unit)

    def _is_in_grace(self, session: Session, client: str) -> bool:
        is_soon = self._clock() - session.last_used_at <= GRACE_MS
        return is_soon and session.renewed_by == client

    def _repeat(self, session: Session, origin: Origin) -> None:
        """On record, once for each renewal."""
        if session.grace_used:
            return
        unit = Unit()
        self._sessions.use_grace(unit, session)
        self._trail.add(
            unit,
            Act.REFRESH_REPEATED,
            user_id=session.user_id,
            # Of the two who may have the token nobody can tell who it was.
            actor=None,
            origin=origin,
            about=session.id,
        )
        self._store.commit(unit)

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
        """Raises NotFound, and leaves no record, if it had ended before."""
        unit = Unit()
        self._sessions.end(unit, session)
        self._trail.add(
            unit, act, user_id=session.user_id, actor=actor, origin=origin, about=session.id
        )
        self._store.commit(unit)


def _client(origin: Origin) -> str:
    """Tells clients apart by address and agent, and tells neither."""
    return sha256(f"{origin.address}|{origin.agent}".encode(errors="replace")).hexdigest()[:32]


def _narrowed(session: Session, scope: str | None, *, admin: bool) -> frozenset[Scope]:
    """What of the session's scopes is asked for, all if nothing is. Raises InvalidScope."""
    scopes = requested(scope, admin=admin)
    if scope and scope.strip() and not scopes <= session.scopes:
        raise InvalidScope("The session does not have this scope")
    return scopes & session.scopes
