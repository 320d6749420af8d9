"""What a person can do with their labels."""

from functools import partial

from errand import ids
from errand.clock import Clock
from errand.errors import InvalidInput, NameTaken, NotFound, PreconditionFailed
from errand.identity.caller import Caller
from errand.labels.model import Label, LabelSet
from errand.labels.repository import LabelRepository
from errand.labels.schemas import LABEL_JSON
from errand.pages import Page, Pager, page_of_all
from errand.preconditions import ANY, Precondition
from errand.schemas import Draft
from errand.storage.receipts import Receipt, check_unanswered, commit_once_with
from errand.storage.unit import Store, Unit, repeated


class LabelService:
    def __init__(
        self, *, labels: LabelRepository, store: Store, pager: Pager, clock: Clock
    ) -> None:
        self._labels = labels
        self._store = store
        self._pager = pager
        self._clock = clock

    def create(self, *, caller: Caller, new: Draft, receipt: Receipt | None = None) -> Label:
        """Raises AnsweredBefore for a receipt that is there; NameTaken, InvalidInput."""

        def change(old: LabelSet) -> Label:
            now = self._clock()
            label = Label.new(ids.new_id(), new.fields(), now=now)
            try:
                labels = old.with_new(label)
            except (NameTaken, InvalidInput):
                # Which it may be for what this very request has made.
                check_unanswered(receipt, owner=caller.user_id, now=now)
                raise
            unit = Unit()
            self._labels.write(unit, old, labels, user_id=caller.user_id)
            answer = LABEL_JSON.one(label)
            commit_once_with(unit, receipt, owner=caller.user_id, answer=answer, now=now)
            self._store.commit(unit)
            return label

        return repeated(lambda: self._all(caller), change)

    def list(self, *, caller: Caller, limit: int, cursor: str | None) -> Page[Label]:
        """The oldest first. Raises InvalidCursor."""
        read = partial(page_of_all, self._all(caller).labels)
        view = f"labels|{caller.user_id}"
        return self._pager.page(read, view=view, limit=limit, cursor=cursor)

    def read(self, *, caller: Caller, label_id: str) -> Label:
        """Raises NotFound."""
        return _label(self._all(caller), label_id)

    def update(
        self, *, caller: Caller, label_id: str, update: Draft, expected: Precondition = ANY
    ) -> Label:
        """Raises NotFound, PreconditionFailed, NameTaken."""
        changes = update.changes()

        def change(old: LabelSet) -> Label:
            label = _label_in(expected, old, label_id)
            if not changes:
                return label
            changed = label.changed(changes, now=self._clock())
            self._write(caller, old, old.with_changed(changed))
            return changed

        return repeated(lambda: self._all(caller), change)

    def delete(self, *, caller: Caller, label_id: str, expected: Precondition = ANY) -> None:
        """No task bears it any more. Raises NotFound, PreconditionFailed."""

        def change(old: LabelSet) -> None:
            label = _label_in(expected, old, label_id)
            self._write(caller, old, old.without(label, now=self._clock()))

        repeated(lambda: self._all(caller), change)

    def _all(self, caller: Caller) -> LabelSet:
        return self._labels.read(user_id=caller.user_id)

    def _write(self, caller: Caller, old: LabelSet, new: LabelSet) -> None:
        unit = Unit()
        self._labels.write(unit, old, new, user_id=caller.user_id)
        self._store.commit(unit)


def _label(labels: LabelSet, label_id: str) -> Label:
    label = labels.of_id(label_id)
    if label is None:
        raise NotFound("Label not found")
    return label


def _label_in(expected: Precondition, labels: LabelSet, label_id: str) -> Label:
    label = _label(labels, label_id)
    if not expected.holds(label.version):
        raise PreconditionFailed
    return label
