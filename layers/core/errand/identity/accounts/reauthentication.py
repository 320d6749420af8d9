"""The present password, asked for once more where a stolen token must not be enough."""

from collections.abc import Callable

from errand.errors import IncorrectPassword, SessionRequired
from errand.identity.accounts.model import Account
from errand.identity.accounts.passwords import verify_password
from errand.identity.audit.model import Act
from errand.identity.audit.service import AuditTrail
from errand.identity.caller import Caller
from errand.identity.throttling.model import PASSWORD_CHECK
from errand.identity.throttling.service import Throttle
from errand.origin import Origin


class Reauthentication:
    def __init__(self, *, throttle: Throttle, trail: AuditTrail) -> None:
        self._throttle = throttle
        self._trail = trail

    def check(self, account: Account, password: str, *, caller: Caller, origin: Origin) -> None:
        """Raises SessionRequired, IncorrectPassword, TooManyAttempts."""
        if caller.session_id is None:
            raise SessionRequired
        # Each session has its own run: whoever stole a token of one makes the owner wait in none
        # but that, and gets no other without the password.
        attempt = PASSWORD_CHECK.by(account.id, caller.session_id)
        self._throttle.count(attempt)
        if not verify_password(password, account.password_hash):
            self._trail.note(
                Act.PASSWORD_CHECK_FAILED, user_id=account.id, actor=account.id, origin=origin
            )
            raise IncorrectPassword
        self._throttle.forget(attempt)

    def asking(self, password: str, *, caller: Caller, origin: Origin) -> Callable[[Account], None]:
        """For what may be decided anew: the same check, once for each password of the account."""
        known: set[str] = set()

        def check(account: Account) -> None:
            if account.password_hash not in known:
                self.check(account, password, caller=caller, origin=origin)
                known.add(account.password_hash)

        return check
