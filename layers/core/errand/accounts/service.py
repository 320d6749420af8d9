"""What a person can do with their account."""

from collections.abc import Collection
from typing import Any

from errand import ids
from errand.accounts.model import Account, AccountChanges, Caller
from errand.accounts.password_policy import check_new_password
from errand.accounts.passwords import hash_password
from errand.accounts.reauthentication import Reauthentication
from errand.accounts.repository import AccountRepository
from errand.accounts.schemas import AccountUpdate, Registration, User
from errand.audit.model import Act, record_of
from errand.clock import Clock
from errand.errors import InvalidToken, PreconditionFailed, StorageUnavailable
from errand.origin import Origin
from errand.storage.receipts import Receipt
from errand.text import folded
from errand.throttling.model import REGISTER_ADDRESS
from errand.throttling.service import Throttle

_ATTEMPTS = 3


class AccountService:
    def __init__(
        self,
        *,
        accounts: AccountRepository,
        throttle: Throttle,
        reauthentication: Reauthentication,
        refuse_common_passwords: bool,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._throttle = throttle
        self._reauthentication = reauthentication
        self._refuse_common = refuse_common_passwords
        self._clock = clock

    def register(
        self, *, new: Registration, origin: Origin, receipt: Receipt | None = None
    ) -> User:
        """Raises AlreadyTaken, WeakPassword, TooManyAttempts."""
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
        )
        user = User.of(account)
        first = self._accounts.add(account, receipt=receipt, answer=user.model_dump_json())
        return User.model_validate_json(first) if first else user

    def read(self, *, user_id: str) -> User:
        return User.of(self._present(user_id))

    def update(
        self,
        *,
        caller: Caller,
        update: AccountUpdate,
        origin: Origin,
        versions: Collection[int] | None = None,
    ) -> User:
        """A new password ends all other sessions.

        Raises AlreadyTaken, IncorrectPassword, WeakPassword, TooManyAttempts, PreconditionFailed.
        """
        account = self._expected(caller.user_id, versions)
        changes = self._changes(account, update, origin)
        for _ in range(_ATTEMPTS):
            if not changes:
                return User.of(account)
            now = self._clock()
            if update.password:
                changes |= {"sessions_from": now, "kept_session": caller.session_id}
            records = [
                record_of(act, user_id=account.id, actor=account.id, origin=origin, now=now)
                for act in _acts(changes)
            ]
            try:
                changed = self._accounts.change(account, changes, now=now, records=records)
            except PreconditionFailed:
                if versions is not None:
                    raise
            else:
                if folded(changed.username) != folded(account.username):
                    self._throttle.forget_places(account.username)
                return User.of(changed)
            before, account = account, self._present(caller.user_id)
            _raise_overtaken(before, account)
        raise StorageUnavailable

    def delete(
        self,
        *,
        caller: Caller,
        password: str,
        origin: Origin,
        versions: Collection[int] | None = None,
    ) -> None:
        """Raises IncorrectPassword, TooManyAttempts, PreconditionFailed."""
        account = self._expected(caller.user_id, versions)
        self._reauthentication.check(account, password, origin=origin)
        for _ in range(_ATTEMPTS):
            try:
                self._accounts.remove(account)
            except PreconditionFailed:
                if versions is not None:
                    raise
            else:
                return self._throttle.forget_places(account.username)
            before, account = account, self._present(caller.user_id)
            _raise_overtaken(before, account)
        raise StorageUnavailable

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

    def _present(self, user_id: str) -> Account:
        account = self._accounts.read(user_id)
        if account is None:
            raise InvalidToken
        return account

    def _expected(self, user_id: str, versions: Collection[int] | None) -> Account:
        account = self._present(user_id)
        if versions is not None and account.version not in versions:
            raise PreconditionFailed
        return account


def _acts(changes: AccountChanges) -> list[Act]:
    """What the security log is to say of these changes."""
    acts = {"password_hash": Act.PASSWORD_CHANGED, "email_verified": Act.EMAIL_CHANGED}
    return [act for name, act in acts.items() if name in changes]


def _raise_overtaken(checked: Account, present: Account) -> None:
    """Raises PreconditionFailed if what the password was asked for, or not, is no longer so."""
    if (checked.password_hash, checked.email) != (present.password_hash, present.email):
        raise PreconditionFailed
