"""Second factors in DataTable, those not confirmed yet in EphemeralTable."""

from typing import Protocol

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from errand.accounts.model import Account
from errand.accounts.repository import AccountItem, account_of, change_of
from errand.audit.model import AuditRecord
from errand.audit.repository import append
from errand.errors import InvalidOtp, PreconditionFailed, StorageUnavailable
from errand.mfa.model import Factor, Pending, Proof, RecoveryCode, Situation, TimeStep
from errand.storage.operations import (
    ConditionFailed,
    Delete,
    Put,
    RawItem,
    TransactionFailed,
    Update,
    Write,
    execute,
    get_together,
    transact,
)
from errand.storage.tables import DataItem, EphemeralItem, user_key

_FACTOR = "MFA"
_PENDING = "TOTP"


class FactorItem(DataItem):
    se = UnicodeAttribute()
    # DynamoDB keeps no empty set.
    rc = UnicodeSetAttribute(null=True)
    ls = NumberAttribute()


class PendingItem(EphemeralItem):
    se = UnicodeAttribute()


class FactorRepository(Protocol):
    def read(self, user_id: str) -> Situation: ...

    def begin(self, user_id: str, pending: Pending) -> None: ...

    def enable(
        self, account: Account, factor: Factor, *, now: int, record: AuditRecord
    ) -> None: ...

    def use(
        self, user_id: str, factor: Factor, proof: Proof, *, record: AuditRecord | None
    ) -> None: ...

    def disable(
        self, account: Account, factor: Factor, proof: Proof, *, now: int, record: AuditRecord
    ) -> None: ...


class DynamoFactors:
    """FactorRepository.

    A code is used up in a transaction even if that is one write: botocore sends a transaction with
    a token, so that a repetition after a lost answer is not taken for a second use.
    """

    def read(self, user_id: str) -> Situation:
        """In one round trip."""
        pk = user_key(user_id)
        account, pending, factor = get_together(
            (AccountItem, pk, "ACCOUNT"), (PendingItem, pk, _PENDING), (FactorItem, pk, _FACTOR)
        )
        return Situation(
            account=account_of(account) if account else None,
            pending=_pending_of(pending) if pending else None,
            factor=_factor_of(factor) if factor else None,
        )

    def begin(self, user_id: str, pending: Pending) -> None:
        """Replaces what was begun before. Raises StorageUnavailable if another began later."""
        item = PendingItem(
            user_key(user_id), _PENDING, se=pending.secret, expires_at=pending.expires_at
        )
        is_latest = PendingItem.pk.does_not_exist() | (PendingItem.expires_at <= pending.expires_at)
        try:
            execute(Put(item, is_latest))
        except ConditionFailed:
            raise StorageUnavailable from None

    def enable(self, account: Account, factor: Factor, *, now: int, record: AuditRecord) -> None:
        """Raises PreconditionFailed if the account or what is pending changed meanwhile."""
        pk = user_key(account.id)
        item = FactorItem(
            pk, _FACTOR, se=factor.secret, rc=set(factor.recovery_digests), ls=factor.last_step
        )
        _, writes = change_of(account, {"mfa": True}, now=now)
        _commit(
            [
                Put(item, FactorItem.pk.does_not_exist()),
                Delete(PendingItem(pk, _PENDING), PendingItem.se == factor.secret),
                *writes,
                append(record),
            ]
        )

    def use(
        self, user_id: str, factor: Factor, proof: Proof, *, record: AuditRecord | None
    ) -> None:
        """Raises InvalidOtp if somebody used it meanwhile."""
        writes: list[Write] = [
            Update(_key(user_id), [_used(proof)], _is_unused(factor, proof)),
            *([append(record)] if record else []),
        ]
        try:
            transact(writes)
        except TransactionFailed:
            raise InvalidOtp from None

    def disable(
        self, account: Account, factor: Factor, proof: Proof, *, now: int, record: AuditRecord
    ) -> None:
        """Raises PreconditionFailed if the account changed or the code was used meanwhile."""
        _, writes = change_of(account, {"mfa": False}, now=now)
        _commit([Delete(_key(account.id), _is_unused(factor, proof)), *writes, append(record)])


def _commit(writes: list[Write]) -> None:
    try:
        transact(writes)
    except TransactionFailed:
        raise PreconditionFailed from None


def _key(user_id: str) -> FactorItem:
    return FactorItem(user_key(user_id), _FACTOR)


def _used(proof: Proof) -> Action:
    match proof:
        case TimeStep(number):
            return FactorItem.ls.set(number)
        case RecoveryCode(digest):
            return FactorItem.rc.delete({digest})


def _is_unused(factor: Factor, proof: Proof) -> Condition:
    match proof:
        case TimeStep(number):
            is_later: Condition = (FactorItem.se == factor.secret) & (FactorItem.ls < number)
            return is_later
        case RecoveryCode(digest):
            return FactorItem.rc.contains(digest)


def _pending_of(item: RawItem) -> Pending:
    return Pending(secret=item["se"]["S"], expires_at=int(item["expires_at"]["N"]))


def _factor_of(item: RawItem) -> Factor:
    return Factor(
        secret=item["se"]["S"],
        recovery_digests=frozenset(item["rc"]["SS"] if "rc" in item else ()),
        last_step=int(item["ls"]["N"]),
    )
