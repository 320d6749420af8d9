"""What administrators can do with others' accounts."""

from dataclasses import dataclass

from errand import cursors, ids
from errand.accounts.model import Account, AccountChanges, Caller
from errand.accounts.repository import AccountRepository
from errand.accounts.schemas import User
from errand.administration.schemas import UserUpdate
from errand.audit.model import Act, record_of
from errand.clock import Clock
from errand.errors import InvalidInput, NotFound, PreconditionFailed, StorageUnavailable
from errand.keys import Keys
from errand.origin import Origin

_ATTEMPTS = 3
_CONTEXT = "users"


@dataclass(frozen=True, slots=True)
class UserPage:
    users: list[User]
    next_cursor: str | None


class AdministrationService:
    def __init__(self, *, accounts: AccountRepository, ring: Keys, clock: Clock) -> None:
        self._accounts = accounts
        self._ring = ring
        self._clock = clock

    def page(self, *, limit: int, cursor: str | None) -> UserPage:
        """Oldest first. Raises InvalidCursor."""
        after = cursors.unseal(self._ring, cursor=cursor, context=_CONTEXT) if cursor else None
        accounts, more = self._accounts.page(after=after, limit=limit)
        following = (
            cursors.seal(self._ring, last_id=accounts[-1].id, context=_CONTEXT) if more else None
        )
        return UserPage([User.of(account) for account in accounts], following)

    def update(self, *, caller: Caller, user_id: str, update: UserUpdate, origin: Origin) -> User:
        """Raises NotFound; InvalidInput for an administrator who would lock themselves out."""
        if update.disabled and user_id == caller.user_id:
            raise InvalidInput("You cannot disable your own account")
        for _ in range(_ATTEMPTS):
            account = self._account(user_id)
            now = self._clock()
            changes, act = _done(account, update, now)
            if act is None:
                return User.of(account)
            record = record_of(
                act, user_id=account.id, actor=caller.user_id, origin=origin, now=now
            )
            try:
                return User.of(self._accounts.change(account, changes, now=now, records=[record]))
            except PreconditionFailed:
                continue
        raise StorageUnavailable

    def _account(self, user_id: str) -> Account:
        account = self._accounts.read(user_id) if ids.is_id(user_id) else None
        if account is None:
            raise NotFound("User not found")
        return account


def _done(account: Account, update: UserUpdate, now: int) -> tuple[AccountChanges, Act | None]:
    changes = update.model_dump(exclude_unset=True)
    ended = {"sessions_from": now, "kept_session": None}
    if changes.get("disabled") and not account.disabled:
        return {"disabled": True, **ended}, Act.DISABLED
    if changes.get("disabled") is False and account.disabled:
        return {"disabled": False, **(ended if update.log_out else {})}, Act.ENABLED
    if changes.get("log_out"):
        return ended, Act.FORCED_LOG_OUT
    return {}, None
