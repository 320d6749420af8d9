"""Idempotency keys: the receipt of a POST commits together with what it created.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pynamodb.attributes import UnicodeAttribute

from errand.errors import IdempotencyKeyReused, RequestInFlight
from errand.storage.operations import (
    Put,
    TransactionConflict,
    TransactionFailed,
    Write,
    transact,
)
from errand.storage.tables import EphemeralItem

LIFETIME_SECONDS = 24 * 60 * 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """Who used which key for what; `fingerprint` stands for the whole request.

    `recognises` knows others of the same request, made with another signing key.
    """

    pk: str
    sk: str
    fingerprint: str
    recognises: Callable[[str], bool] = field(default=lambda _: False, compare=False)

    def is_of(self, fingerprint: str) -> bool:
        """Whether the request is the one that left this fingerprint."""
        return fingerprint == self.fingerprint or self.recognises(fingerprint)


class ReceiptItem(EphemeralItem):
    fp = UnicodeAttribute()
    b = UnicodeAttribute()


def commit_once(
    writes: Sequence[Write], *, receipt: Receipt, answer: str, now_ms: int
) -> str | None:
    """None if `writes` were committed now, the first answer if they had been before.

    Raises IdempotencyKeyReused, RequestInFlight, TransactionFailed for the conditions of `writes`.
    """
    now = now_ms // 1000
    item = ReceiptItem(
        receipt.pk,
        receipt.sk,
        fp=receipt.fingerprint,
        b=answer,
        expires_at=now + LIFETIME_SECONDS,
    )
    # DynamoDB may leave an expired item in place for days.
    is_free = ReceiptItem.pk.does_not_exist() | (ReceiptItem.expires_at <= now)
    try:
        transact([*writes, Put(item, is_free)])
    except TransactionConflict as conflict:
        if len(writes) in conflict.positions:
            raise RequestInFlight from None
        raise
    except TransactionFailed as failed:
        found = failed.failures[-1]
        if found is None or found.item is None:
            raise
        if not receipt.is_of(found.item["fp"]["S"]):
            raise IdempotencyKeyReused from None
        first_answer: str = found.item["b"]["S"]
        return first_answer
    return None
