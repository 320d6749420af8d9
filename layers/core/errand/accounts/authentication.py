"""Who is asking: a token is verified, and its account looked at, once every 30 seconds."""

from collections import OrderedDict

from errand.accounts.repository import AccountRepository
from errand.accounts.tokens import AccessToken, TokenIssuer
from errand.clock import Clock
from errand.errors import InactiveUser, InvalidToken

CACHE_MS = 30_000
CACHE_SIZE = 1_000


class Authenticator:
    """Remembers the tokens it saw lately; an account deleted elsewhere lives on here for 30 s."""

    def __init__(self, *, accounts: AccountRepository, tokens: TokenIssuer, clock: Clock) -> None:
        self._accounts = accounts
        self._tokens = tokens
        self._clock = clock
        self._seen: OrderedDict[str, tuple[str, int]] = OrderedDict()

    def remembered(self, token: str) -> str | None:
        """The user id of a token seen lately, without a round trip and without cryptography."""
        user_id, until = self._seen.get(token, ("", 0))
        return user_id if self._clock() < until else None

    def authenticate(self, token: str) -> str:
        """The user id. Raises InvalidToken, InactiveUser."""
        access = self._tokens.verify(token)
        # Cheap first; a stale "no such account" right after the registration is asked again.
        account = self._accounts.read(access.user_id, consistent=False)
        account = account or self._accounts.read(access.user_id)
        if account is None:
            raise InvalidToken
        if account.disabled:
            raise InactiveUser
        self._remember(token, access)
        return access.user_id

    def forget(self, user_id: str) -> None:
        """Ask anew about every token of this user."""
        # A copy: other threads may be adding tokens of theirs.
        for token, (seen, _) in list(self._seen.items()):
            if seen == user_id:
                self._seen.pop(token, None)

    def _remember(self, token: str, access: AccessToken) -> None:
        until = min(self._clock() + CACHE_MS, access.expires_at * 1000)
        self._seen[token] = (access.user_id, until)
        while len(self._seen) > CACHE_SIZE:
            self._seen.popitem(last=False)
