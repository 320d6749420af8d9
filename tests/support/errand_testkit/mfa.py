"""Second factors in memory, and somebody with an authenticator app."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pyotp

from errand.accounts.model import Account, Caller
from errand.accounts.passwords import hash_password
from errand.accounts.reauthentication import Reauthentication
from errand.audit.model import AuditRecord
from errand.errors import InvalidOtp, PreconditionFailed, StorageUnavailable
from errand.mfa.model import Factor, Pending, Proof, RecoveryCode, Situation, TimeStep
from errand.mfa.service import MfaService
from errand.origin import Origin
from errand.throttling.service import Throttle
from errand_testkit.fakes import InMemoryAccounts, ManualClock
from errand_testkit.people import ADA
from errand_testkit.throttling import InMemoryCounters

STEP_SECONDS = 30
ORIGIN = Origin(address="192.0.2.1", agent="curl/8.5.0", request_id="JKJaXmPLvHcESHA=")
PASSWORD = "correct horse"


def app_code(secret: str, clock: ManualClock, *, steps: int = 0) -> str:
    """What the app shows so many steps from now."""
    return pyotp.TOTP(secret).at(clock() // 1000 + steps * STEP_SECONDS)


class InMemoryFactors:
    """FactorRepository."""

    def __init__(self, accounts: InMemoryAccounts) -> None:
        self.records: list[AuditRecord] = []
        # What happens between the next read and the write that follows, in this order.
        self.interferences: list[Callable[[], object]] = []
        self._accounts = accounts
        self._pending: dict[str, Pending] = {}
        self._factors: dict[str, Factor] = {}

    def read(self, user_id: str) -> Situation:
        return Situation(
            account=self._accounts.read(user_id),
            pending=self._pending.get(user_id),
            factor=self._factors.get(user_id),
        )

    def begin(self, user_id: str, pending: Pending) -> None:
        known = self._pending.get(user_id)
        if known and known.expires_at > pending.expires_at:
            raise StorageUnavailable
        self._pending[user_id] = pending

    def enable(self, account: Account, factor: Factor, *, now: int, record: AuditRecord) -> None:
        self._interfere()
        pending = self._pending.get(account.id)
        if account.id in self._factors or not pending or pending.secret != factor.secret:
            raise PreconditionFailed
        self._accounts.change(account, {"mfa": True}, now=now)
        self._factors[account.id] = factor
        del self._pending[account.id]
        self.records.append(record)

    def use(
        self, user_id: str, factor: Factor, proof: Proof, *, record: AuditRecord | None
    ) -> None:
        self._interfere()
        stored = self._factors.get(user_id)
        if stored is None or not _is_unused(stored, factor, proof):
            raise InvalidOtp
        match proof:
            case TimeStep(number):
                stored = replace(stored, last_step=number)
            case RecoveryCode(digest):
                left = stored.recovery_digests - {digest}
                stored = replace(stored, recovery_digests=left)
        self._factors[user_id] = stored
        if record:
            self.records.append(record)

    def disable(
        self, account: Account, factor: Factor, proof: Proof, *, now: int, record: AuditRecord
    ) -> None:
        self._interfere()
        stored = self._factors.get(account.id)
        if stored is None or not _is_unused(stored, factor, proof):
            raise PreconditionFailed
        self._accounts.change(account, {"mfa": False}, now=now)
        del self._factors[account.id]
        self.records.append(record)

    def _interfere(self) -> None:
        if self.interferences:
            self.interferences.pop(0)()


class Owner:
    """Ada, with her password, her app and her log-ins, everything in memory."""

    def __init__(self, clock: ManualClock) -> None:
        accounts = InMemoryAccounts()
        account = replace(ADA, password_hash=hash_password(PASSWORD))
        accounts.add(account, receipt=None, answer="")
        throttle = Throttle(counters=InMemoryCounters(), clock=clock)
        self.clock = clock
        self.caller = Caller(user_id=account.id, scopes=frozenset())
        self.factors = InMemoryFactors(accounts)
        self.service = MfaService(
            factors=self.factors,
            reauthentication=Reauthentication(throttle=throttle, audit=accounts.audit, clock=clock),
            throttle=throttle,
            clock=clock,
        )
        self._accounts = accounts
        self._secret = ""

    @property
    def account(self) -> Account:
        account = self._accounts.read(ADA.id)
        assert account
        return account

    def change(self, **changes: object) -> None:
        """By another request."""
        self._accounts.change(self.account, changes, now=self.clock())

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


def _is_unused(stored: Factor, factor: Factor, proof: Proof) -> bool:
    match proof:
        case TimeStep(number):
            return stored.secret == factor.secret and stored.last_step < number
        case RecoveryCode(digest):
            return digest in stored.recovery_digests
