"""What a person can do with their account."""

from collections.abc import Collection

from pydantic import SecretStr

from errand import ids
from errand.accounts.model import Account
from errand.accounts.passwords import hash_password, verify_password
from errand.accounts.repository import AccountRepository
from errand.accounts.schemas import AccountUpdate, Registration, Token, User
from errand.accounts.tokens import LIFETIME_SECONDS, TokenIssuer
from errand.clock import Clock
from errand.errors import (
    InactiveUser,
    IncorrectPassword,
    InvalidCredentials,
    InvalidToken,
    PreconditionFailed,
    StorageUnavailable,
)
from errand.storage.receipts import Receipt

_ATTEMPTS = 3


class AccountService:
    def __init__(self, *, accounts: AccountRepository, tokens: TokenIssuer, clock: Clock) -> None:
        self._accounts = accounts
        self._tokens = tokens
        self._clock = clock

    def register(self, *, new: Registration, receipt: Receipt | None = None) -> User:
        """Raises AlreadyTaken."""
        now = self._clock()
        account = Account(
            id=ids.new_id(),
            username=new.username,
            email=new.email,
            full_name=new.full_name,
            password_hash=hash_password(new.password.get_secret_value()),
            created_at=now,
            updated_at=now,
        )
        user = User.of(account)
        first = self._accounts.add(account, receipt=receipt, answer=user.model_dump_json())
        return User.model_validate_json(first) if first else user

    def log_in(self, *, username: str, password: str) -> Token:
        """Raises InvalidCredentials, after the same work whether the user is unknown or not."""
        account = self._accounts.find(username)
        is_right = verify_password(password, account.password_hash if account else None)
        if account is None or not is_right:
            raise InvalidCredentials
        if account.disabled:
            raise InactiveUser
        return Token(access_token=self._tokens.issue(account.id), expires_in=LIFETIME_SECONDS)

    def read(self, *, user_id: str) -> User:
        return User.of(self._present(user_id))

    def update(
        self, *, user_id: str, update: AccountUpdate, versions: Collection[int] | None = None
    ) -> User:
        """Raises AlreadyTaken, IncorrectPassword, PreconditionFailed."""
        changes = update.model_dump(exclude_unset=True, exclude={"password", "current_password"})
        if update.password:
            changes["password_hash"] = hash_password(update.password.get_secret_value())
        for _ in range(_ATTEMPTS):
            account = self._expected(user_id, versions)
            if update.password:
                _check(update.current_password, account)
            if not changes:
                return User.of(account)
            try:
                return User.of(self._accounts.change(account, changes, now=self._clock()))
            except PreconditionFailed:
                if versions is not None:
                    raise
        raise StorageUnavailable

    def delete(self, *, user_id: str, versions: Collection[int] | None = None) -> None:
        """Raises PreconditionFailed."""
        for _ in range(_ATTEMPTS):
            account = self._expected(user_id, versions)
            try:
                return self._accounts.remove(account)
            except PreconditionFailed:
                if versions is not None:
                    raise
        raise StorageUnavailable

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


def _check(password: SecretStr | None, account: Account) -> None:
    if not verify_password(password.get_secret_value() if password else "", account.password_hash):
        raise IncorrectPassword
