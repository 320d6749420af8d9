"""What a person can do with their account."""

from dataclasses import replace
from functools import cache

from errand import ids
from errand.clock import Clock
from errand.errors import AlreadyTaken, InvalidToken, PreconditionFailed
from errand.identity.accounts.model import (
    Account,
    AccountChanges,
    all_ended,
    deliverable_again,
    next_generation,
)
from errand.identity.accounts.password_policy import check_new_password
from errand.identity.accounts.passwords import hash_password
from errand.identity.accounts.ports import AccountRepository
from errand.identity.accounts.reauthentication import Reauthentication
from errand.identity.accounts.schemas import ACCOUNT_JSON, AccountUpdate, Registration
from errand.identity.audit.model import Act
from errand.identity.audit.service import AuditTrail
from errand.identity.caller import Caller
from errand.identity.throttling.model import NAMES_TRIED, REGISTER_ADDRESS
from errand.identity.throttling.service import Throttle
from errand.origin import Origin
from errand.preconditions import ANY, Precondition
from errand.storage.receipts import Receipt, check_unanswered, commit_once_with
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
            timezone=new.timezone,
            password_hash=hash_password(password),
            created_at=now,
            updated_at=now,
            version=1,
        )
        unit = Unit()
        self._accounts.add(unit, account)
        answer = ACCOUNT_JSON.one(account)
        commit_once_with(unit, receipt, owner=account.id, answer=answer, now=now)
        try:
            self._store.commit(unit)
        except AlreadyTaken as taken:
            # Nobody asks in the name of an account that is to be: whose name it is has the receipt.
            if taken.by:
                check_unanswered(receipt, owner=taken.by, now=now)
            raise
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
        expected: Precondition = ANY,
    ) -> Account:
        """A new password ends all other sessions, and personal tokens that are not to be kept.

        Raises AlreadyTaken, SessionRequired, IncorrectPassword, WeakPassword, TooManyAttempts,
        PreconditionFailed.
        """
        given = update.current_password
        check = self._reauthentication.asking(
            given.get_secret_value() if given else "", caller=caller, origin=origin
        )
        # Each once, however often it is decided anew.
        hashing = cache(hash_password)
        counting = cache(self._count_names)

        def change(account: Account) -> Account:
            changes = update.model_dump(exclude_unset=True, exclude=_NO_FIELDS)
            renamed = [name for name in _CREDENTIALS if _is_new(name, changes, account)]
            if update.password or renamed:
                check(account)
            if renamed:
                counting(caller.user_id, origin.address)
            if "email" in renamed:
                changes |= {"email_verified": False, **deliverable_again()}
            if update.password:
                password = update.password.get_secret_value()
                self._check_new(password, replace(account, **changes))
                changes["password_hash"] = hashing(password)
            if not changes:
                return account
            now = self._clock()
            unit = Unit()
            ended = _ended(update, account, caller, now)
            changed = self._accounts.change(unit, account, {**changes, **ended}, now=now)
            acts = [_CREDENTIALS[name] for name in renamed]
            for act in [*acts, *([Act.PASSWORD_CHANGED] if update.password else [])]:
                self._trail.add(unit, act, user_id=account.id, actor=account.id, origin=origin)
            self._store.commit(unit)
            return changed

        return repeated(lambda: self._read_as(caller, expected), change)

    def delete(
        self,
        *,
        caller: Caller,
        password: str,
        origin: Origin,
        expected: Precondition = ANY,
    ) -> None:
        """Raises SessionRequired, IncorrectPassword, TooManyAttempts, PreconditionFailed."""
        check = self._reauthentication.asking(password, caller=caller, origin=origin)

        def remove(account: Account) -> None:
            check(account)
            unit = Unit()
            self._accounts.remove(unit, account)
            self._store.commit(unit)

        repeated(lambda: self._read_as(caller, expected), remove)

    def _count_names(self, user_id: str, address: str | None) -> None:
        """Whoever tries names to learn which are taken. Raises TooManyAttempts."""
        attempts = [REGISTER_ADDRESS.by(address)] if address else []
        self._throttle.count(NAMES_TRIED.by(user_id), *attempts)

    def _check_new(self, password: str, account: Account) -> None:
        check_new_password(
            password,
            username=account.username,
            email=account.email,
            refuse_common=self._refuse_common,
        )

    def _read_as(self, caller: Caller, expected: Precondition) -> Account:
        account = self.read(caller=caller)
        if not expected.holds(account.version):
            raise PreconditionFailed
        return account


# Names that log in, or recover: whoever has a token for a quarter of an hour must not set them.
_CREDENTIALS = {"username": Act.USERNAME_CHANGED, "email": Act.EMAIL_CHANGED}
_NO_FIELDS = {"password", "current_password", "keep_tokens"}


def _is_new(name: str, changes: AccountChanges, account: Account) -> bool:
    return name in changes and changes[name] != getattr(account, name)


def _ended(update: AccountUpdate, account: Account, caller: Caller, now: int) -> AccountChanges:
    if not update.password:
        return {}
    kept = {"tokens_from"} if update.keep_tokens else set()
    ended = {name: value for name, value in all_ended(now).items() if name not in kept}
    return {**ended, **next_generation(account), "kept_session": caller.session_id}
