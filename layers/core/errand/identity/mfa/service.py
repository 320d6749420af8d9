"""Switching the second step of log-ins on and off, and taking it."""

from errand.clock import Clock
from errand.errors import InvalidInput, InvalidOtp, InvalidToken
from errand.identity.accounts.model import Account, next_generation
from errand.identity.accounts.ports import AccountRepository
from errand.identity.accounts.reauthentication import Reauthentication
from errand.identity.audit.model import Act
from errand.identity.audit.service import AuditTrail
from errand.identity.caller import Caller
from errand.identity.mfa.codes import (
    digest_of,
    new_recovery_codes,
    new_secret,
    otpauth_uri,
    proof_of,
    step_of,
)
from errand.identity.mfa.model import (
    LOG_IN_OTP,
    OTP_CHECK,
    PENDING_SECONDS,
    Factor,
    Passed,
    Pending,
    RecoveryCode,
    Situation,
)
from errand.identity.mfa.repository import FactorRepository
from errand.identity.mfa.schemas import Enrolment, NewRecoveryCodes
from errand.identity.throttling.service import Throttle
from errand.origin import Origin
from errand.storage.unit import Store, Unit, repeated


class MfaService:
    def __init__(
        self,
        *,
        factors: FactorRepository,
        accounts: AccountRepository,
        store: Store,
        trail: AuditTrail,
        reauthentication: Reauthentication,
        throttle: Throttle,
        clock: Clock,
    ) -> None:
        self._factors = factors
        self._accounts = accounts
        self._store = store
        self._trail = trail
        self._reauthentication = reauthentication
        self._throttle = throttle
        self._clock = clock

    def enrol(self, *, caller: Caller, password: str, origin: Origin) -> Enrolment:
        """A new secret, in place of one that was not confirmed.

        Raises InvalidInput, IncorrectPassword, TooManyAttempts.
        """
        account, _ = self._disabled(caller)
        self._reauthentication.check(account, password, caller=caller, origin=origin)
        secret = new_secret()
        expires_at = self._clock() // 1000 + PENDING_SECONDS
        unit = Unit()
        self._factors.begin(unit, account.id, Pending(secret=secret, expires_at=expires_at))
        self._store.commit(unit)
        return Enrolment(secret=secret, otpauth_uri=otpauth_uri(secret, account.username))

    def confirm(self, *, caller: Caller, otp: str, origin: Origin) -> NewRecoveryCodes:
        """Raises InvalidInput, InvalidOtp, TooManyAttempts."""
        # Of this session: whoever stole a token of another makes nobody wait here.
        guess = OTP_CHECK.by(caller.user_id, caller.session_id or "")
        self._throttle.count(guess)
        codes = new_recovery_codes()

        def enable(found: tuple[Account, Pending | None]) -> None:
            account, pending = found
            now = self._clock()
            if pending is None or pending.has_expired(now=now):
                raise InvalidInput("There is nothing to confirm, or no longer: enrol first")
            factor = Factor(
                secret=pending.secret,
                recovery_digests=frozenset(map(digest_of, codes)),
                last_step=step_of(otp, secret=pending.secret, now=now).number,
            )
            unit = Unit()
            self._factors.enable(unit, account.id, factor)
            self._accounts.change(
                unit, account, {"mfa_enabled": True, **next_generation(account)}, now=now
            )
            self._record(unit, Act.MFA_ENABLED, account.id, origin)
            self._store.commit(unit)

        repeated(lambda: self._disabled(caller), enable)
        self._throttle.forget(guess)
        return NewRecoveryCodes(recovery_codes=codes)

    def check(self, *, user_id: str, otp: str, origin: Origin) -> Passed:
        """At a log-in; a recovery code's use is put on record.

        Counted here, whatever the log-in counts: so many guesses for each account and no more.
        Raises TooManyAttempts; InvalidOtp, whatever the reason.
        """
        guess = LOG_IN_OTP.by(user_id)
        self._throttle.count(guess)
        factor = self._factors.read(user_id).factor
        if factor is None:
            raise InvalidOtp
        proof = proof_of(otp, factor, now=self._clock())
        is_code = isinstance(proof, RecoveryCode)
        unit = Unit(is_once=True)
        self._factors.use(unit, user_id, factor, proof)
        self._throttle.forgive(unit, forgotten=(guess,))
        if is_code:
            self._record(unit, Act.RECOVERY_CODE_USED, user_id, origin)
        self._store.commit(unit)
        return Passed(
            recovery_code_used=is_code,
            recovery_codes_left=factor.recovery_codes_left - is_code,
        )

    def disable(self, *, caller: Caller, password: str, otp: str, origin: Origin) -> None:
        """Asks for both steps. Raises InvalidInput, IncorrectPassword, InvalidOtp, TooManyAttempts.

        A recovery code goes with the others, without a record of its own.
        """
        guess = OTP_CHECK.by(caller.user_id)
        checked: set[str] = set()

        def disable(found: tuple[Account, Factor]) -> None:
            account, factor = found
            if account.password_hash not in checked:
                self._reauthentication.check(account, password, caller=caller, origin=origin)
                checked.add(account.password_hash)
                self._throttle.count(guess)
            now = self._clock()
            proof = proof_of(otp, factor, now=now)
            unit = Unit()
            self._factors.disable(unit, account.id, factor, proof)
            self._accounts.change(
                unit, account, {"mfa_enabled": False, **next_generation(account)}, now=now
            )
            self._record(unit, Act.MFA_DISABLED, account.id, origin)
            self._store.commit(unit)

        repeated(lambda: self._enabled(caller), disable)
        self._throttle.forget(guess)

    def _disabled(self, caller: Caller) -> tuple[Account, Pending | None]:
        account, situation = self._present(caller)
        if account.mfa_enabled:
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

    def _record(self, unit: Unit, act: Act, user_id: str, origin: Origin) -> None:
        self._trail.add(unit, act, user_id=user_id, actor=user_id, origin=origin)
