"""Who is asking: a token is verified, and what it stands for looked at, once every 30 seconds."""

from collections import OrderedDict
from hmac import compare_digest
from threading import Lock

from errand.clock import Clock
from errand.epoch import utc
from errand.errors import InactiveUser, InvalidToken
from errand.identity.access_tokens import TokenIssuer
from errand.identity.accounts.model import Account
from errand.identity.caller import Caller
from errand.identity.personal_tokens import model as personal
from errand.identity.personal_tokens.ports import TokenRepository
from errand.identity.scopes import allowed
from errand.identity.sessions.ports import SessionRepository
from errand.storage.unit import Store, Unit

CACHE_MS = 30_000
CACHE_SIZE = 1_000


class Authenticator:
    """Remembers the tokens it saw lately; one revoked elsewhere lives on here for 30 s."""

    def __init__(
        self,
        *,
        sessions: SessionRepository,
        personal_tokens: TokenRepository,
        store: Store,
        tokens: TokenIssuer,
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._personal_tokens = personal_tokens
        self._store = store
        self._tokens = tokens
        self._clock = clock
        self._seen: OrderedDict[str, tuple[Caller, int]] = OrderedDict()
        # So that nothing is remembered that was read before it was to be forgotten.
        self._lock = Lock()
        self._forgettings = 0

    def remembered(self, token: str) -> Caller | None:
        """The caller of a token seen lately, without a round trip and without cryptography."""
        known = self._seen.get(token)
        return known[0] if known and self._clock() < known[1] else None

    def authenticate(self, token: str) -> Caller:
        """In one round trip. Raises InvalidToken, InactiveUser."""
        began, forgettings = self._clock(), self._forgettings
        if token.startswith(personal.MARK):
            caller, expires_at = self._script(token)
        else:
            caller, expires_at = self._person(token)
        with self._lock:
            # Whoever it was that was forgotten meanwhile: to ask once more is all it costs.
            if forgettings == self._forgettings:
                self._seen[token] = (caller, min(began + CACHE_MS, expires_at))
                while len(self._seen) > CACHE_SIZE:
                    self._seen.popitem(last=False)
        return caller

    def forget(self, user_id: str) -> None:
        """Ask anew about every token of this user."""
        with self._lock:
            self._forgettings += 1
            for token in [
                token for token, (caller, _) in self._seen.items() if caller.user_id == user_id
            ]:
                del self._seen[token]

    def _person(self, token: str) -> tuple[Caller, int]:
        access = self._tokens.verify(token)
        account, session = self._sessions.read(user_id=access.user_id, session_id=access.session_id)
        active = _active(account)
        if session is None or session.has_ended(active, now=self._clock()):
            raise InvalidToken
        scopes = access.scopes & allowed(admin=active.admin)
        caller = Caller(
            user_id=active.id,
            scopes=scopes,
            session_id=session.id,
            timezone=active.timezone,
            is_nearly_full=active.nearly_full is not None,
        )
        return caller, access.expires_at * 1000

    def _script(self, token: str) -> tuple[Caller, int]:
        presented = personal.parse(token)
        account, kept = self._personal_tokens.read(user_id=presented.user_id, token_id=presented.id)
        now = self._clock()
        if kept is None or not compare_digest(kept.digest, presented.digest):
            raise InvalidToken
        active = _active(account)
        if kept.has_expired(now=now) or kept.has_ended(active):
            raise InvalidToken
        caller = Caller(
            user_id=active.id,
            scopes=kept.scopes,
            token_id=kept.id,
            timezone=active.timezone,
            is_nearly_full=active.nearly_full is not None,
        )
        today = utc(now).date()
        if kept.last_used_on != today:
            unit = Unit()
            self._personal_tokens.used(unit, kept, day=today)
            self._store.commit(unit)
        return caller, kept.expires_at or now + CACHE_MS


def _active(account: Account | None) -> Account:
    if account is None:
        raise InvalidToken
    if account.disabled:
        raise InactiveUser
    return account
