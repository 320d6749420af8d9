"""What a person can do with their personal access tokens."""

from collections.abc import Sequence
from hmac import compare_digest

from errand import ids
from errand.clock import Clock
from errand.epoch import since_epoch
from errand.errors import InvalidInput, InvalidToken, NotFound
from errand.identity.accounts.model import Account
from errand.identity.accounts.ports import AccountRepository
from errand.identity.accounts.reauthentication import Reauthentication
from errand.identity.audit.model import Act
from errand.identity.audit.service import AuditTrail
from errand.identity.caller import Caller
from errand.identity.personal_tokens.model import TOKENS_MAX, PersonalToken, digest_of, make, parse
from errand.identity.personal_tokens.ports import TokenRepository
from errand.identity.personal_tokens.schemas import TokenCreate, new_token_json
from errand.identity.scopes import Scope
from errand.origin import Origin
from errand.storage.receipts import Receipt, check_unanswered, commit_once_with
from errand.storage.unit import Store, Unit, repeated

# Not every instant after it can be written as a date in UTC.
_LATEST = 253_370_764_800_000


class PersonalTokenService:
    def __init__(
        self,
        *,
        accounts: AccountRepository,
        personal_tokens: TokenRepository,
        store: Store,
        trail: AuditTrail,
        reauthentication: Reauthentication,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._tokens = personal_tokens
        self._store = store
        self._trail = trail
        self._reauthentication = reauthentication
        self._clock = clock

    def create(
        self, *, caller: Caller, new: TokenCreate, origin: Origin, receipt: Receipt | None = None
    ) -> tuple[PersonalToken, str]:
        """And its text, with no scope that the caller's own token has not.

        Raises SessionRequired: a stolen token must not make others; IncorrectPassword,
        TooManyAttempts, InvalidInput; AnsweredBefore for a receipt.
        """
        password = new.current_password.get_secret_value()
        check = self._reauthentication.asking(password, caller=caller, origin=origin)
        token_id = ids.new_id()
        text = make(user_id=caller.user_id, token_id=token_id)

        def create(account: Account) -> PersonalToken:
            check(account)
            now = self._clock()
            check_unanswered(receipt, owner=account.id, now=now)
            token = PersonalToken(
                id=token_id,
                user_id=account.id,
                name=new.name,
                scopes=_granted(new, caller),
                digest=digest_of(text),
                # What ended with all others was made before, whatever the clocks say.
                created_at=max(now, (account.tokens_from or 0) + 1),
                expires_at=_expiry(new, now),
            )
            if len(self._good(account)) >= TOKENS_MAX:
                raise InvalidInput(f"An account has at most {TOKENS_MAX} tokens: revoke one first")
            unit = Unit()
            self._tokens.add(unit, token)
            # Makes another version of it: of two who counted the same tokens, one counts again.
            self._accounts.change(unit, account, {}, now=now)
            answer = new_token_json(token, None)
            commit_once_with(unit, receipt, owner=account.id, answer=answer, now=now)
            self._commit(unit, Act.TOKEN_CREATED, caller, token_id, origin)
            return token

        return repeated(lambda: self._account(caller), create), text

    def list(self, *, caller: Caller) -> Sequence[PersonalToken]:
        """All, newest first; also those that have expired, not those that ended with others."""
        return self._good(self._account(caller))

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
        if account is None or kept is None or kept.has_ended(account):
            return
        if not compare_digest(kept.digest, presented.digest):
            return
        caller = Caller(user_id=kept.user_id, scopes=kept.scopes, token_id=kept.id)
        self.revoke(caller=caller, token_id=kept.id, origin=origin)

    def _account(self, caller: Caller) -> Account:
        account = self._accounts.read(caller.user_id)
        if account is None:
            raise InvalidToken
        return account

    def _good(self, account: Account) -> Sequence[PersonalToken]:
        # Those that ended are older than all others.
        newest = self._tokens.newest(user_id=account.id, limit=TOKENS_MAX)
        return [token for token in newest if not token.has_ended(account)]

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


def _granted(new: TokenCreate, caller: Caller) -> frozenset[Scope]:
    scopes = frozenset(map(Scope, new.scopes))
    if not scopes <= caller.scopes:
        raise InvalidInput("A token cannot have a scope that your session does not have")
    return scopes


def _expiry(new: TokenCreate, now: int) -> int | None:
    if new.expires_at is None:
        return None
    expires_at = since_epoch(new.expires_at)
    if not now < expires_at < _LATEST:
        raise InvalidInput("expires_at must be in the future, and before the year 9999")
    return expires_at
