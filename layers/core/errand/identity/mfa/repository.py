"""Second factors in DataTable, those not confirmed yet in EphemeralTable."""

from typing import Protocol

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from errand.errors import InvalidOtp, StorageUnavailable
from errand.identity.accounts.model import Account
from errand.identity.mfa.model import Factor, Pending, Proof, RecoveryCode, Situation, TimeStep
from errand.storage.kinds import ACCOUNT, PENDING_FACTOR, SECOND_FACTOR
from errand.storage.mapper import mapper
from errand.storage.operations import Delete, Put, Update, get_together
from errand.storage.unit import Unit, overtaken

_FACTORS = mapper(SECOND_FACTOR, Factor)
_PENDING = mapper(PENDING_FACTOR, Pending)
_ACCOUNTS = mapper(ACCOUNT, Account)


class FactorRepository(Protocol):
    def read(self, user_id: str) -> Situation: ...

    def begin(self, unit: Unit, user_id: str, pending: Pending) -> None: ...

    def enable(self, unit: Unit, user_id: str, factor: Factor) -> None: ...

    def use(self, unit: Unit, user_id: str, factor: Factor, proof: Proof) -> None: ...

    def disable(self, unit: Unit, user_id: str, factor: Factor, proof: Proof) -> None: ...


class DynamoFactors:
    """FactorRepository."""

    def read(self, user_id: str) -> Situation:
        """In one round trip."""
        account, pending, factor = get_together(
            (_ACCOUNTS.model, ACCOUNT.key(user_id)),
            (_PENDING.model, PENDING_FACTOR.key(user_id)),
            (_FACTORS.model, SECOND_FACTOR.key(user_id)),
        )
        return Situation(
            account=_ACCOUNTS.of(account) if account else None,
            pending=_PENDING.of(pending) if pending else None,
            factor=_FACTORS.of(factor) if factor else None,
        )

    def begin(self, unit: Unit, user_id: str, pending: Pending) -> None:
        """Replaces what was begun before. Refused as StorageUnavailable if another began later."""
        item = _PENDING.item(PENDING_FACTOR.key(user_id), pending)
        is_latest = _PENDING.is_free | (_PENDING["expires_at"] <= pending.expires_at)
        unit.add(Put(item, is_latest), lambda _: StorageUnavailable())

    def enable(self, unit: Unit, user_id: str, factor: Factor) -> None:
        """Refused as Overtaken if what is pending changed meanwhile."""
        item = _FACTORS.item(SECOND_FACTOR.key(user_id), factor)
        unit.add(Put(item, _FACTORS.is_free), overtaken)
        pending = _PENDING.at(PENDING_FACTOR.key(user_id))
        unit.add(Delete(pending, _PENDING["secret"] == factor.secret), overtaken)

    def use(self, unit: Unit, user_id: str, factor: Factor, proof: Proof) -> None:
        """Refused as InvalidOtp if somebody used it meanwhile."""
        item = _FACTORS.at(SECOND_FACTOR.key(user_id))
        unit.add(Update(item, [_used(proof)], _is_unused(factor, proof)), lambda _: InvalidOtp())

    def disable(self, unit: Unit, user_id: str, factor: Factor, proof: Proof) -> None:
        """Refused as Overtaken if the code was used meanwhile."""
        item = _FACTORS.at(SECOND_FACTOR.key(user_id))
        unit.add(Delete(item, _is_unused(factor, proof)), overtaken)


def _used(proof: Proof) -> Action:
    match proof:
        case TimeStep(number):
            step: Action = _FACTORS["last_step"].set(number)
            return step
        case RecoveryCode(digest):
            code: Action = _FACTORS["recovery_digests"].delete({digest})
            return code


def _is_unused(factor: Factor, proof: Proof) -> Condition:
    match proof:
        case TimeStep(number):
            is_same = _FACTORS["secret"] == factor.secret
            is_later: Condition = is_same & (_FACTORS["last_step"] < number)
            return is_later
        case RecoveryCode(digest):
            is_left: Condition = _FACTORS["recovery_digests"].contains(digest)
            return is_left
