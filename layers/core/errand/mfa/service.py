"""Switching the second step of log-ins on and off, and taking it."""

from errand.accounts.model import Account, Caller
from errand.accounts.reauthentication import Reauthentication
from errand.audit.model import Act, AuditRecord, record_of
from errand.clock import Clock
from errand.errors import (
    InvalidInput,
    InvalidOtp,
    InvalidToken,
    PreconditionFailed,
    StorageUnavailable,
)
from errand.mfa.model import (
    OTP_CHECK,
    PENDING_SECONDS,
    Factor,
    Passed,
    Pending,
    RecoveryCode,
    Situation,
    digest_of,
    new_recovery_codes,
    new_secret,
    otpauth_uri,
    proof_of,
    step_of,
)
from errand.mfa.repository import FactorRepository
from errand.mfa.schemas import Enrolment, RecoveryCodes
from errand.origin import Origin
from errand.throttling.service import Throttle

_ATTEMPTS = 3


class MfaService:
    def __init__(
        self,
        *,
        factors: FactorRepository,
        reauthentication: Reauthentication,
        throttle: Throttle,
        clock: Clock,
    ) -> None:
        self._factors = factors
        self._reauthentication = reauthentication
        self._throttle = throttle
        self._clock = clock

    def enrol(self, *, caller: Caller, password: str, origin: Origin) -> Enrolment:
        """A new secret, in place of one that was not confirmed.

        Raises InvalidInput, IncorrectPassword, TooManyAttempts.
        """
        account, _ = self._disabled(caller)
        self._reauthentication.check(account, password, origin=origin)
        secret = new_secret()
        expires_at = self._clock() // 1000 + PENDING_SECONDS
        self._factors.begin(account.id, Pending(secret=secret, expires_at=expires_at))
        return Enrolment(secret=secret, otpauth_uri=otpauth_uri(secret, account.username))

    def confirm(self, *, caller: Caller, otp: str, origin: Origin) -> RecoveryCodes:
        """Raises InvalidInput, InvalidOtp, TooManyAttempts."""
        guess = OTP_CHECK.by(caller.user_id)
        self._throttle.count(guess)
        codes = new_recovery_codes()
        for _ in range(_ATTEMPTS):
            account, pending = self._disabled(caller)
            now = self._clock()
            if pending is None or pending.has_expired(now=now):
                raise InvalidInput("There is nothing to confirm, or no longer: enrol first")
            factor = Factor(
                secret=pending.secret,
                recovery_digests=frozenset(map(digest_of, codes)),
                last_step=step_of(otp, secret=pending.secret, now=now).number,
            )
            record = _record(Act.MFA_ENABLED, account.id, origin, now)
            try:
                self._factors.enable(account, factor, now=now, record=record)
            except PreconditionFailed:
                continue
            self._throttle.forget(guess)
            return RecoveryCodes(recovery_codes=codes)
        raise StorageUnavailable

    def check(self, *, user_id: str, otp: str, origin: Origin) -> Passed:
        """At a log-in, which counts the attempts; a recovery code's use is put on record.

        Raises InvalidOtp, whatever the reason.
        """
        factor = self._factors.read(user_id).factor
        if factor is None:
            raise InvalidOtp
        now = self._clock()
        proof = proof_of(otp, factor, now=now)
        is_code = isinstance(proof, RecoveryCode)
        record = _record(Act.RECOVERY_CODE_USED, user_id, origin, now) if is_code else None
        self._factors.use(user_id, factor, proof, record=record)
        return Passed(
            recovery_code_used=is_code,
            recovery_codes_left=len(factor.recovery_digests) - is_code,
        )

    def disable(self, *, caller: Caller, password: str, otp: str, origin: Origin) -> None:
        """Asks for both steps. Raises InvalidInput, IncorrectPassword, InvalidOtp, TooManyAttempts.

        A recovery code goes with the others, without a record of its own.
        """
        guess = OTP_CHECK.by(caller.user_id)
        checked = None
        for _ in range(_ATTEMPTS):
            account, factor = self._enabled(caller)
            if account.password_hash != checked:
                self._reauthentication.check(account, password, origin=origin)
                checked = account.password_hash
                self._throttle.count(guess)
            now = self._clock()
            proof = proof_of(otp, factor, now=now)
            record = _record(Act.MFA_DISABLED, account.id, origin, now)
            try:
                self._factors.disable(account, factor, proof, now=now, record=record)
            except PreconditionFailed:
                continue
            return self._throttle.forget(guess)
        raise StorageUnavailable

    def _disabled(self, caller: Caller) -> tuple[Account, Pending | None]:
        account, situation = self._present(caller)
        if account.mfa:
            raise InvalidInput("Two-step log-in is on: switch it off first")
        return account, situation.pending

    def _enabled(self, caller: Caller) -> tuple[Account, Factor]:
        account, situation = self._present(caller)
        if situation.factor is None:
            raise InvalidInput("Two-step log-in is off")
        return account, situation.factor

    def _present(self, caller: Caller) -> tuple[Account, Situation]:
        situation = self._factors.read(caller.user_id)
        if situation.account is None:
            raise InvalidToken
        return situation.account, situation


def _record(act: Act, user_id: str, origin: Origin, now: int) -> AuditRecord:
    return record_of(act, user_id=user_id, actor=user_id, origin=origin, now=now)
