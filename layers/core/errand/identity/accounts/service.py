"""What a person can do with their account."""

from collections.abc import Collection
from typing import Any

from errand import ids
from errand.clock import Clock
from errand.errors import InvalidToken, PreconditionFailed
from errand.folding import folded
from errand.identity.accounts.model import Account, AccountChanges
from errand.identity.accounts.password_policy import check_new_password
from errand.identity.accounts.passwords import hash_password
from errand.identity.accounts.ports import AccountRepository
from errand.identity.accounts.reauthentication import Reauthentication
from errand.identity.accounts.schemas import ACCOUNT_JSON, AccountUpdate, Registration
from errand.identity.audit.model import Act
from errand.identity.audit.service import AuditTrail
from errand.identity.caller import Caller
from errand.identity.throttling.model import REGISTER_ADDRESS
from errand.identity.throttling.service import Throttle
from errand.origin import Origin
from errand.storage.receipts import Receipt, commit_once_with
from errand.storage.unit import Store, Unit, repeated


class AccountService:
    def __init__(
        self,
        *,
        accounts: AccountRepository,
        store: Store,
        trail: AuditTrail,
        throttle: Throttle,
        reauthentication: Reauthentication,
        refuse_common_passwords: bool,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._store = store
        self._trail = trail
        self._throttle = throttle
        self._reauthentication = reauthentication
        self._refuse_common = refuse_common_passwords
        self._clock = clock

    def register(
        self, *, new: Registration, origin: Origin, receipt: Receipt | None = None
    ) -> Account:
        """Raises AlreadyTaken, WeakPassword, TooManyAttempts; AnsweredBefore for a receipt."""
        password = new.password.get_secret_value()
        check_new_password(
            password, username=new.username, email=new.email, refuse_common=self._refuse_common
        )
        if origin.address:
            self._throttle.count(REGISTER_ADDRESS.by(origin.address))
        now = self._clock()
        account = Account(
            id=ids.new_id(),
            username=new.username,
            email=new.email,
            full_name=new.full_name,
            password_hash=hash_password(password),
            created_at=now,
            updated_at=now,
            version=1,
        )
        unit = Unit()
        self._accounts.add(unit, account)
        commit_once_with(unit, receipt, answer=ACCOUNT_JSON.one(account), now=now)
        self._store.commit(unit)
        return account

    def read(self, *, caller: Caller) -> Account:
        account = self._accounts.read(caller.user_id)
        if account is None:
            raise InvalidToken
        return account

    def update(
        self,
        *,
        caller: Caller,
        update: AccountUpdate,
        origin: Origin,
        versions: Collection[int] | None = None,
    ) -> Account:
        """A new password ends all other sessions.

        Raises AlreadyTaken, IncorrectPassword, WeakPassword, TooManyAttempts, PreconditionFailed.
        """
        checked = self._expected(caller, versions)
        changes = self._changes(checked, update, origin)
        if not changes:
            return checked

        def change(account: Account) -> Account:
            now = self._clock()
            ended = {"sessions_from": now, "kept_session": caller.session_id}
            unit = Unit()
            changed = self._accounts.change(
                unit, account, {**changes, **(ended if update.password else {})}, now=now
            )
            for act in _acts(changes):
                self._trail.add(unit, act, user_id=account.id, actor=account.id, origin=origin)
            self._store.commit(unit)
            return changed

        changed = repeated(lambda: self._still(checked, caller, versions), change, known=checked)
        if folded(changed.username) != folded(checked.username):
            self._throttle.forget_places(checked.username)
        return changed

    def delete(
        self,
        *,
        caller: Caller,
        password: str,
        origin: Origin,
        versions: Collection[int] | None = None,
    ) -> None:
        """Raises IncorrectPassword, TooManyAttempts, PreconditionFailed."""
        checked = self._expected(caller, versions)
        self._reauthentication.check(checked, password, origin=origin)

        def remove(account: Account) -> None:
            unit = Unit()
            self._accounts.remove(unit, account)
            self._store.commit(unit)

        repeated(lambda: self._still(checked, caller, versions), remove, known=checked)
        self._throttle.forget_places(checked.username)

    def _changes(self, account: Account, update: AccountUpdate, origin: Origin) -> dict[str, Any]:
        """With the password checked where it is asked for."""
        changes = update.model_dump(exclude_unset=True, exclude={"password", "current_password"})
        has_new_email = "email" in changes and changes["email"] != account.email
        if update.password or has_new_email:
            # Or whoever has a token for a quarter of an hour could recover the password by mail.
            given = update.current_password
            password = given.get_secret_value() if given else ""
            self._reauthentication.check(account, password, origin=origin)
        if has_new_email:
            changes["email_verified"] = False
        if update.password:
            password = update.password.get_secret_value()
            check_new_password(
                password,
                username=changes.get("username", account.username),
                email=changes.get("email", account.email),
                refuse_common=self._refuse_common,
            )
            changes["password_hash"] = hash_password(password)
        return changes

    def _expected(self, caller: Caller, versions: Collection[int] | None) -> Account:
        account = self.read(caller=caller)
        if versions is not None and account.version not in versions:
            raise PreconditionFailed
        return account

    def _still(self, checked: Account, caller: Caller, versions: Collection[int] | None) -> Account:
        """Raises PreconditionFailed if what the password was asked for, or not, is changed."""
        account = self._expected(caller, versions)
        if (checked.password_hash, checked.email) != (account.password_hash, account.email):
            raise PreconditionFailed
        return account


def _acts(changes: AccountChanges) -> list[Act]:
    """What the security log is to say of these changes."""
    acts = {"password_hash": Act.PASSWORD_CHANGED, "email_verified": Act.EMAIL_CHANGED}
    return [act for name, act in acts.items() if name in changes]
