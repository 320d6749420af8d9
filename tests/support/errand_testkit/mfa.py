"""Somebody with an authenticator app."""

from itertools import count

import pyotp

from errand.identity.accounts.model import Account
from errand.identity.accounts.reauthentication import Reauthentication
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.audit.repository import DynamoAuditLog
from errand.identity.audit.service import AuditTrail
from errand.identity.caller import Caller
from errand.identity.mfa.repository import DynamoFactors
from errand.identity.mfa.service import MfaService
from errand.identity.throttling.repository import DynamoCounters
from errand.identity.throttling.service import Throttle
from errand.ids import new_id
from errand_testkit.contention import ContendedStore
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ADA, ORIGIN, PASSWORD, ada_with_password
from errand_testkit.stored import change_account, present, store_account

STEP_SECONDS = 30


def app_code(secret: str, clock: ManualClock, *, steps: int = 0) -> str:
    """What the app shows so many steps from now."""
    return pyotp.TOTP(secret).at(clock() // 1000 + steps * STEP_SECONDS)


class Owner:
    """Ada, with her password, her app and her log-ins, on the tables that are connected."""

    def __init__(self, clock: ManualClock) -> None:
        account = store_account(ada_with_password())
        store = ContendedStore()
        trail = AuditTrail(audit=DynamoAuditLog(), store=store, clock=clock)
        throttle = Throttle(counters=DynamoCounters(), store=store, clock=clock)
        self.clock = clock
        self.store = store
        self.caller = Caller(user_id=account.id, scopes=frozenset(), session_id=new_id())
        self.service = MfaService(
            factors=DynamoFactors(),
            accounts=DynamoAccounts(),
            store=store,
            trail=trail,
            reauthentication=Reauthentication(throttle=throttle, trail=trail),
            throttle=throttle,
            clock=clock,
        )
        self._secret = ""

    @property
    def account(self) -> Account:
        return present(ADA)

    def change(self, **changes: object) -> None:
        """By another request."""
        change_account(self.account, now=self.clock(), **changes)

    def enrol(self, password: str = PASSWORD) -> None:
        """The app takes over the secret."""
        enrolment = self.service.enrol(caller=self.caller, password=password, origin=ORIGIN)
        self._secret = enrolment.secret

    def shown(self, *, steps: int = 0) -> str:
        """By the app, so many steps from now."""
        return app_code(self._secret, self.clock, steps=steps)

    def wrong(self) -> str:
        right = {self.shown(steps=steps) for steps in (-1, 0, 1)}
        return next(code for code in map("{:06}".format, count()) if code not in right)

    def confirm(self, otp: str) -> list[str]:
        """The recovery codes."""
        confirmed = self.service.confirm(caller=self.caller, otp=otp, origin=ORIGIN)
        return confirmed.recovery_codes

    def check(self, otp: str) -> tuple[bool, int]:
        """Whether it was a recovery code, and how many are left."""
        passed = self.service.check(user_id=ADA.id, otp=otp, origin=ORIGIN)
        return passed.recovery_code_used, passed.recovery_codes_left

    def disable(self, otp: str, password: str = PASSWORD) -> None:
        self.service.disable(caller=self.caller, password=password, otp=otp, origin=ORIGIN)
