"""The present password, asked for once more where a stolen token must not be enough."""

from errand.accounts.model import Account
from errand.accounts.passwords import verify_password
from errand.errors import IncorrectPassword
from errand.throttling.model import PASSWORD_CHECK
from errand.throttling.service import Throttle


class Reauthentication:
    def __init__(self, *, throttle: Throttle) -> None:
        self._throttle = throttle

    def check(self, account: Account, password: str) -> None:
        """Raises IncorrectPassword, TooManyAttempts."""
        attempt = PASSWORD_CHECK.by(account.id)
        self._throttle.count(attempt)
        if not verify_password(password, account.password_hash):
            raise IncorrectPassword
        self._throttle.forget(attempt)
