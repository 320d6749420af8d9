"""The unit of work: writes that are all carried out or none, and the only place that commits.

Each write brings its own condition, and what it means if that does not hold.
"""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from errand import acting
from errand.errors import Contended, Overtaken, StorageUnavailable
from errand.records import Item
from errand.storage.attempts import (
    ConditionFailed,
    TransactionConflict,
    TransactionFailed,
    Unanswered,
)
from errand.storage.kinds import ACCOUNT, Kind
from errand.storage.operations import Delete, Put, Update, Write, execute, overlay, transact

ATTEMPTS = 5
# Seconds, doubled with each attempt. Of twelve who change one thing at once about one in 1,000
# gives up; of three attempts without pauses three in four did.
_PAUSE = 0.02
_LONGEST_PAUSE = 0.32

# What it means that a condition did not hold, by the stored item: the error to raise, or None if
# all is as it should be without this write.
type Refusal = Callable[[ConditionFailed], Exception | None]


def overtaken(_: ConditionFailed) -> Exception:
    """The refusal of a change to what somebody else has changed since it was read."""
    return Overtaken()


def made_before(failed: ConditionFailed) -> Exception | None:
    """The refusal of a new item: nobody else has its id, so it was our own first attempt."""
    return None if failed.retried else failed


def already_done(_: ConditionFailed) -> None:
    """The refusal of a write that is not needed any more."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """`contended`: makes the error to raise if another transaction holds the item.

    `is_optional`: the others go on without it where DynamoDB cannot carry it out.
    """

    write: Any
    refusal: Refusal
    contended: Callable[[], Exception] = StorageUnavailable
    is_optional: bool = False


@dataclass(kw_only=True, slots=True)
class Unit:
    """Writes in the order in which their refusals are asked.

    `is_once`: committed as a transaction even if it is one write, because botocore sends those
    with a token: a repetition after a lost answer is not taken for a second use.
    `growth`: how many more there will be of what an account may have only so many.
    `is_signed`: its items have who changed them already.
    """

    is_once: bool = False
    is_signed: bool = False
    guarded: list[Guarded] = field(default_factory=list)
    growth: int = 0

    def add(
        self,
        write: Any,
        refusal: Refusal,
        *,
        contended: Callable[[], Exception] = StorageUnavailable,
    ) -> None:
        self.guarded.append(Guarded(write, refusal, contended))

    def add_optional(self, write: Any, refusal: Refusal) -> None:
        """For what others may hold, or keep too busy, and is no reason to fail."""
        self.guarded.append(Guarded(write, refusal, is_optional=True))

    def add_first(
        self,
        write: Any,
        refusal: Refusal,
        *,
        contended: Callable[[], Exception] = StorageUnavailable,
    ) -> None:
        """For a write whose refusal explains those of all others."""
        self.guarded.insert(0, Guarded(write, refusal, contended))


class Store(Protocol):
    def commit(self, unit: Unit) -> Item: ...


class DynamoStore:
    """Store on both tables. `changed` is told of whom something that authorizes has changed."""

    def __init__(self, changed: Callable[[str], None] = lambda _: None) -> None:
        self._changed = changed

    def commit(self, unit: Unit) -> Item:
        """The item as it is now, if the unit is one Update. Raises what the refusals say.

        A write that is refused without an error is left out, and the others are tried again.
        """
        if not unit.is_signed:
            _sign(unit.guarded)
        over = overlay.get()
        if over is not None and over.takes(unit.guarded):
            waiting: Item = over.stage(unit.guarded)
            return waiting
        item = _carried_out(unit.guarded, once=unit.is_once)
        for user_id in _affected(unit.guarded):
            self._changed(user_id)
        return item


def repeated[State, Result](
    read: Callable[[], State],
    change: Callable[[State], Result],
    *,
    known: State | None = None,
    attempts: int = ATTEMPTS,
) -> Result:
    """An optimistic change: read, decided and written anew until nobody else was faster.

    `known` is what has been read already. Raises Contended if somebody always was.
    """
    for attempt in range(attempts):
        if attempt:
            pause_before(attempt)
        state, known = read() if known is None else known, None
        try:
            return change(state)
        except Overtaken:
            continue
    raise Contended


def pause_before(attempt: int) -> None:
    """Or all who were overtaken at once would meet again."""
    longest = min(_PAUSE * (1 << attempt), _LONGEST_PAUSE)
    time.sleep(random.uniform(0, longest))  # noqa: S311 - jitter


def _sign(guarded: list[Guarded]) -> None:
    """Items whose changes are logged keep who changed them: nothing else is written for that.

    What nobody who is known has changed forgets who did before.
    """
    actor = acting.current()
    for entry in guarded:
        item: Any = entry.write.item
        kind: Kind | None = getattr(item, "kind", None)
        if kind is None or not kind.logged_as:
            continue
        text = actor.text_for(item.pk.partition("#")[2]) if actor else None
        if isinstance(entry.write, Put) and text:
            item.stored[acting.ATTRIBUTE] = {"S": text}
        elif isinstance(entry.write, Update):
            attribute = getattr(type(item), acting.ATTRIBUTE)
            entry.write.actions.append(attribute.set(text) if text else attribute.remove())


def _carried_out(guarded: list[Guarded], *, once: bool) -> Item:
    item: Item = {}
    is_again = False
    while guarded:
        try:
            item = _written(guarded, once=once)
        except Unanswered:
            raise
        except StorageUnavailable as error:
            needed = [entry for entry in guarded if not entry.is_optional]
            if len(needed) == len(guarded):
                if isinstance(error, TransactionConflict):
                    raise guarded[min(error.positions)].contended() from None
                raise
            guarded, is_again = needed, True
        except TransactionFailed as failed:
            for failure in filter(None, failed.failures if is_again else ()):
                # An attempt before the last may have been carried out.
                failure.retried = True
            guarded = left_of(guarded, failed)
            # Of a single update that had been carried out before, its answer lost.
            item = failed.failures[0].item or {} if failed.failures[0] else {}
        else:
            break
    return item


def _written(guarded: list[Guarded], *, once: bool) -> Item:
    """Raises TransactionFailed, also of one write; TransactionConflict."""
    writes: list[Write] = [entry.write for entry in guarded]
    if len(writes) > 1 or once:
        transact(writes)
        return {}
    try:
        return execute(writes[0])
    except ConditionFailed as failed:
        raise TransactionFailed([failed]) from None


def left_of(guarded: list[Guarded], failed: TransactionFailed) -> list[Guarded]:
    """Those whose conditions held. Raises the first error that a refusal of the others gives."""
    failures = list(zip(guarded, failed.failures, strict=True))
    errors = [entry.refusal(failure) for entry, failure in failures if failure]
    for error in filter(None, errors):
        raise error from None
    return [entry for entry, failure in failures if failure is None]


def _affected(guarded: list[Guarded]) -> Iterator[str]:
    """The owners of accounts that were changed, and of all that authorizes and was deleted.

    What is new was not known; a session that is renewed, a token that is used stay what they are.
    """
    for entry in guarded:
        kind: Kind | None = getattr(entry.write.item, "kind", None)
        is_changed = kind is ACCOUNT and isinstance(entry.write, Update)
        if is_changed or (kind and kind.authorizes and isinstance(entry.write, Delete)):
            owner: Any = entry.write.item
            yield owner.pk.partition("#")[2]
