"""What a person can do with their personal access tokens."""

from hmac import compare_digest

from errand import ids
from errand.accounts.model import Caller
from errand.audit.model import Act, AuditRecord, record_of
from errand.clock import Clock
from errand.errors import InvalidInput, InvalidToken, NotFound, SessionRequired
from errand.origin import Origin
from errand.personal_tokens.model import TOKENS_MAX, PersonalToken, digest_of, make, parse
from errand.personal_tokens.repository import TokenRepository
from errand.personal_tokens.schemas import NewToken, TokenCreate, TokenView

# Not every instant after it can be written as a date in UTC.
_LATEST = 253_370_764_800_000


class PersonalTokenService:
    def __init__(self, *, personal_tokens: TokenRepository, clock: Clock) -> None:
        self._tokens = personal_tokens
        self._clock = clock

    def create(self, *, caller: Caller, new: TokenCreate, origin: Origin) -> NewToken:
        """With no scope that the caller's own token has not.

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
        if len(self._tokens.all(user_id=caller.user_id, limit=TOKENS_MAX)) >= TOKENS_MAX:
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
        self._tokens.add(token, record=self._record(Act.TOKEN_CREATED, caller, token_id, origin))
        return NewToken.with_text(token, text)

    def page(self, *, caller: Caller) -> list[TokenView]:
        """All, newest first; also those that have expired."""
        tokens = self._tokens.all(user_id=caller.user_id, limit=TOKENS_MAX * 2)
        return [TokenView.of(token) for token in tokens]

    def revoke(self, *, caller: Caller, token_id: str, origin: Origin) -> None:
        """Raises NotFound."""
        if not ids.is_id(token_id):
            raise NotFound("Token not found")
        record = self._record(Act.TOKEN_REVOKED, caller, token_id, origin)
        self._tokens.remove(user_id=caller.user_id, token_id=token_id, record=record)

    def revoke_presented(self, *, token: str, origin: Origin) -> str | None:
        """Whoever has a token may revoke it (RFC 7009); the user's id if there was one."""
        try:
            presented = parse(token)
        except InvalidToken:
            return None
        account, kept = self._tokens.read(user_id=presented.user_id, token_id=presented.id)
        # Of a deleted account nothing is written any more: nobody would remove it.
        if account is None or kept is None:
            return None
        if not compare_digest(kept.digest, presented.digest):
            return None
        caller = Caller(user_id=kept.user_id, scopes=kept.scopes, token_id=kept.id)
        self.revoke(caller=caller, token_id=kept.id, origin=origin)
        return kept.user_id

    def _record(self, act: Act, caller: Caller, token_id: str, origin: Origin) -> AuditRecord:
        return record_of(
            act,
            user_id=caller.user_id,
            actor=caller.user_id,
            origin=origin,
            now=self._clock(),
            about=token_id,
        )
