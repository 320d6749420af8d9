"""Idempotency keys: the receipt of a POST commits together with what it created.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from errand.codecs import ID, Seconds
from errand.errors import AnsweredBefore, IdempotencyKeyReused, RequestInFlight
from errand.fields import NOWHERE, TO_OWNER, Derived, kept
from errand.storage.kinds import RECEIPT, Key
from errand.storage.mapper import mapper
from errand.storage.operations import ConditionFailed, Put
from errand.storage.unit import Unit

LIFETIME_SECONDS = 24 * 60 * 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """Who used which key for what; `fingerprint` stands for the whole request.

    `recognises` knows others of the same request, made with another signing key.
    """

    key: Key
    fingerprint: str
    recognises: Callable[[str], bool] = field(default=lambda _: False, compare=False)

    def is_of(self, fingerprint: str) -> bool:
        """Whether the request is the one that left this fingerprint."""
        return fingerprint == self.fingerprint or self.recognises(fingerprint)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptAnswer:
    """A receipt as it is kept."""

    place: str = kept("sk", codec=ID, shown=NOWHERE)
    fingerprint: str = kept("fp", shown=NOWHERE)
    answer: str = kept("b", shown=TO_OWNER)
    expires_at: Seconds = kept("expires_at", shown=TO_OWNER)

    DERIVED: ClassVar = (Derived(name="path", type=str, shown=TO_OWNER),)

    @property
    def path(self) -> str:
        return self.place.partition("#")[0]


_ANSWERS = mapper(RECEIPT, KeptAnswer)


def commit_once_with(unit: Unit, receipt: Receipt | None, *, answer: str, now: int) -> None:
    """`unit` is not carried out if the request was before: then it raises AnsweredBefore.

    Or IdempotencyKeyReused, RequestInFlight. `now`: epoch milliseconds.
    """
    if receipt is None:
        return
    content = KeptAnswer(
        place="",
        fingerprint=receipt.fingerprint,
        answer=answer,
        expires_at=now // 1000 + LIFETIME_SECONDS,
    )
    # DynamoDB may leave an expired item in place for days.
    is_free = _ANSWERS.is_free | (_ANSWERS["expires_at"] <= now // 1000)

    def refused(failed: ConditionFailed) -> Exception:
        found = _ANSWERS.of(failed.item or {})
        return (
            AnsweredBefore(found.answer)
            if receipt.is_of(found.fingerprint)
            else IdempotencyKeyReused()
        )

    unit.add_first(
        Put(_ANSWERS.item(receipt.key, content), is_free), refused, contended=RequestInFlight
    )
