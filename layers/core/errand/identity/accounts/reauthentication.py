"""The present password, asked for once more where a stolen token must not be enough."""

from errand.errors import IncorrectPassword
from errand.identity.accounts.model import Account
from errand.identity.accounts.passwords import verify_password
from errand.identity.audit.model import Act
from errand.identity.audit.service import AuditTrail
from errand.identity.throttling.model import PASSWORD_CHECK
from errand.identity.throttling.service import Throttle
from errand.origin import Origin


class Reauthentication:
    def __init__(self, *, throttle: Throttle, trail: AuditTrail) -> None:
        self._throttle = throttle
        self._trail = trail

    def check(self, account: Account, password: str, *, origin: Origin) -> None:
        """Raises IncorrectPassword, TooManyAttempts."""
        attempt = PASSWORD_CHECK.by(account.id)
        self._throttle.count(attempt)
        if not verify_password(password, account.password_hash):
            self._trail.note(
                Act.PASSWORD_CHECK_FAILED, user_id=account.id, actor=account.id, origin=origin
            )
            raise IncorrectPassword
        self._throttle.forget(attempt)
