"""What administrators can do with others' accounts."""

from errand import ids
from errand.clock import Clock
from errand.errors import InvalidInput, NotFound
from errand.identity.accounts.model import Account, AccountChanges, all_ended
from errand.identity.accounts.ports import AccountRepository
from errand.identity.administration.schemas import UserUpdate
from errand.identity.audit.model import Act
from errand.identity.audit.service import AuditTrail
from errand.origin import Origin
from errand.pages import Page, Pager
from errand.storage.unit import Store, Unit, repeated


class AdministrationService:
    def __init__(
        self,
        *,
        accounts: AccountRepository,
        store: Store,
        trail: AuditTrail,
        pager: Pager,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._store = store
        self._trail = trail
        self._pager = pager
        self._clock = clock

    def list(self, *, limit: int, cursor: str | None) -> Page[Account]:
        """Oldest first. Raises InvalidCursor."""
        return self._pager.page(self._accounts.slice, view="users", limit=limit, cursor=cursor)

    def update(
        self, *, actor: str | None, user_id: str, update: UserUpdate, origin: Origin
    ) -> Account:
        """`actor`: the id of an administrator, None for who operates the deployment.

        Raises NotFound; InvalidInput for an administrator who would lock themselves out.
        """
        if update.disabled and user_id == actor:
            raise InvalidInput("You cannot disable your own account")

        def change(account: Account) -> Account:
            now = self._clock()
            changes, act = _done(account, update, now)
            if act is None:
                return account
            unit = Unit()
            changed = self._accounts.change(unit, account, changes, now=now)
            self._trail.add(unit, act, user_id=account.id, actor=actor, origin=origin)
            self._store.commit(unit)
            return changed

        return repeated(lambda: self._account(user_id), change)

    def _account(self, user_id: str) -> Account:
        account = self._accounts.read(user_id) if ids.is_id(user_id) else None
        if account is None:
            raise NotFound("User not found")
        return account


def _done(account: Account, update: UserUpdate, now: int) -> tuple[AccountChanges, Act | None]:
    changes = update.model_dump(exclude_unset=True)
    ended = {**all_ended(now)}
    if not update.log_out:
        # Those of a disabled user rest.
        del ended["tokens_from"]
    if changes.get("disabled") and not account.disabled:
        return {"disabled": True, **ended}, Act.DISABLED
    if changes.get("disabled") is False and account.disabled:
        return {"disabled": False, **(ended if update.log_out else {})}, Act.ENABLED
    if changes.get("log_out"):
        return ended, Act.FORCED_LOG_OUT
    return {}, None
