"""Idempotency keys: the receipt of a POST commits together with what it created.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from errand.codecs import ID, Seconds
from errand.errors import AnsweredBefore, IdempotencyKeyReused, RequestInFlight
from errand.fields import NOWHERE, TO_OWNER, Derived, kept
from errand.storage.attempts import ConditionFailed
from errand.storage.kinds import RECEIPT, Key
from errand.storage.mapper import mapper
from errand.storage.operations import Put, get
from errand.storage.unit import Unit

LIFETIME_SECONDS = 24 * 60 * 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """Which key was used for what; `fingerprint` stands for the whole request.

    `path` and `name` (of the key) tell it from others of its owner. `recognises` knows fingerprints
    of the same request that were made with another signing key.
    """

    path: str
    name: str
    fingerprint: str
    recognises: Callable[[str], bool] = field(default=lambda _: False, compare=False)

    def is_of(self, fingerprint: str) -> bool:
        """Whether the request is the one that left this fingerprint."""
        return fingerprint == self.fingerprint or self.recognises(fingerprint)

    def key(self, owner: str) -> Key:
        """In the collection of an account, with which it goes."""
        return RECEIPT.key(owner, self.path, self.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptAnswer:
    """A receipt as it is kept."""

    place: str = kept("sk", codec=ID, shown=NOWHERE)
    fingerprint: str = kept("fp", shown=NOWHERE)
    answer: str = kept("b", shown=TO_OWNER, meaning="The first answer, as JSON")
    expires_at: Seconds = kept(
        "expires_at", shown=TO_OWNER, meaning="Until when the key stands for it"
    )

    DERIVED: ClassVar = (
        Derived(name="path", type=str, shown=TO_OWNER, meaning="Where the request was sent"),
    )

    @property
    def path(self) -> str:
        return self.place.partition("#")[0]


_ANSWERS = mapper(RECEIPT, KeptAnswer)


def commit_once_with(
    unit: Unit, receipt: Receipt | None, *, owner: str, answer: str, now: int
) -> None:
    """`unit` is not carried out if the request was before: then it raises AnsweredBefore.

    Or IdempotencyKeyReused, RequestInFlight. `owner`: the user's id; `answer`: without secrets;
    `now`: epoch milliseconds.
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
        return _told(receipt, _ANSWERS.of(failed.item or {}))

    item = _ANSWERS.item(receipt.key(owner), content)
    unit.add_first(Put(item, is_free), refused, contended=RequestInFlight)


def check_unanswered(receipt: Receipt | None, *, owner: str, now: int) -> None:
    """Where more than the receipt would refuse a repetition.

    Raises AnsweredBefore, IdempotencyKeyReused.
    """
    item = get(_ANSWERS.model, receipt.key(owner)) if receipt else None
    if receipt is None or item is None:
        return
    found: KeptAnswer = _ANSWERS.of(item)
    if found.expires_at > now // 1000:
        raise _told(receipt, found)


def _told(receipt: Receipt, found: KeptAnswer) -> Exception:
    is_same = receipt.is_of(found.fingerprint)
    return AnsweredBefore(found.answer) if is_same else IdempotencyKeyReused()
