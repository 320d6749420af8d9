"""What a person can do with their personal access tokens."""

from hmac import compare_digest

from errand import ids
from errand.clock import Clock
from errand.errors import InvalidInput, InvalidToken, NotFound, SessionRequired
from errand.identity.audit.model import Act
from errand.identity.audit.service import AuditTrail
from errand.identity.caller import Caller
from errand.identity.personal_tokens.model import TOKENS_MAX, PersonalToken, digest_of, make, parse
from errand.identity.personal_tokens.ports import TokenRepository
from errand.identity.personal_tokens.schemas import TokenCreate
from errand.origin import Origin
from errand.storage.unit import Store, Unit

# Not every instant after it can be written as a date in UTC.
_LATEST = 253_370_764_800_000


class PersonalTokenService:
    def __init__(
        self,
        *,
        personal_tokens: TokenRepository,
        store: Store,
        trail: AuditTrail,
        clock: Clock,
    ) -> None:
        self._tokens = personal_tokens
        self._store = store
        self._trail = trail
        self._clock = clock

    def create(
        self, *, caller: Caller, new: TokenCreate, origin: Origin
    ) -> tuple[PersonalToken, str]:
        """And its text, with no scope that the caller's own token has not.

        Raises SessionRequired: a stolen token must not make others; InvalidInput.
        """
        if caller.session_id is None:
            raise SessionRequired
        now = self._clock()
        expires_at = round(new.expires_at.timestamp() * 1000) if new.expires_at else None
        if expires_at is not None and not now < expires_at < _LATEST:
            raise InvalidInput("expires_at must be in the future, and before the year 9999")
        scopes = frozenset(new.scopes)
        if not scopes <= caller.scopes:
            raise InvalidInput("A token cannot have a scope that your session does not have")
        if len(self._tokens.newest(user_id=caller.user_id, limit=TOKENS_MAX)) >= TOKENS_MAX:
            raise InvalidInput(f"An account has at most {TOKENS_MAX} tokens: revoke one first")
        token_id = ids.new_id()
        text = make(user_id=caller.user_id, token_id=token_id)
        token = PersonalToken(
            id=token_id,
            user_id=caller.user_id,
            name=new.name,
            scopes=scopes,
            digest=digest_of(text),
            created_at=now,
            expires_at=expires_at,
        )
        unit = Unit()
        self._tokens.add(unit, token)
        self._commit(unit, Act.TOKEN_CREATED, caller, token_id, origin)
        return token, text

    def list(self, *, caller: Caller) -> list[PersonalToken]:
        """All, newest first; also those that have expired."""
        return self._tokens.newest(user_id=caller.user_id, limit=TOKENS_MAX * 2)

    def revoke(self, *, caller: Caller, token_id: str, origin: Origin) -> None:
        """Raises NotFound."""
        if not ids.is_id(token_id):
            raise NotFound("Token not found")
        unit = Unit()
        self._tokens.remove(unit, user_id=caller.user_id, token_id=token_id)
        self._commit(unit, Act.TOKEN_REVOKED, caller, token_id, origin)

    def revoke_presented(self, *, token: str, origin: Origin) -> None:
        """Whoever has a token may revoke it, if it is one (RFC 7009)."""
        try:
            presented = parse(token)
        except InvalidToken:
            return
        account, kept = self._tokens.read(user_id=presented.user_id, token_id=presented.id)
        # Of a deleted account nothing is written any more: nobody would remove it.
        if account is None or kept is None:
            return
        if not compare_digest(kept.digest, presented.digest):
            return
        caller = Caller(user_id=kept.user_id, scopes=kept.scopes, token_id=kept.id)
        self.revoke(caller=caller, token_id=kept.id, origin=origin)

    def _commit(self, unit: Unit, act: Act, caller: Caller, token_id: str, origin: Origin) -> None:
        self._trail.add(
            unit,
            act,
            user_id=caller.user_id,
            actor=caller.user_id,
            origin=origin,
            about=token_id,
        )
        self._store.commit(unit)
