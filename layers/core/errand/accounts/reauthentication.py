"""The present password, asked for once more where a stolen token must not be enough."""

from errand.accounts.model import Account
from errand.accounts.passwords import verify_password
from errand.audit.model import Act, record_of
from errand.audit.repository import AuditLog
from errand.clock import Clock
from errand.errors import IncorrectPassword
from errand.origin import Origin
from errand.throttling.model import PASSWORD_CHECK
from errand.throttling.service import Throttle


class Reauthentication:
    def __init__(self, *, throttle: Throttle, audit: AuditLog, clock: Clock) -> None:
        self._throttle = throttle
        self._audit = audit
        self._clock = clock

    def check(self, account: Account, password: str, *, origin: Origin) -> None:
        """Raises IncorrectPassword, TooManyAttempts."""
        attempt = PASSWORD_CHECK.by(account.id)
        self._throttle.count(attempt)
        if not verify_password(password, account.password_hash):
            record = record_of(
                Act.PASSWORD_CHECK_FAILED,
                user_id=account.id,
                actor=account.id,
                origin=origin,
                now=self._clock(),
            )
            self._audit.append(record)
            raise IncorrectPassword
        self._throttle.forget(attempt)
