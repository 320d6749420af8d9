"""What a person can do with their saved filters."""

from functools import partial

from errand import ids
from errand.clock import Clock
from errand.errors import InvalidInput, NotFound, PreconditionFailed
from errand.identity.caller import Caller
from errand.pages import Page, Pager
from errand.preconditions import ANY, Precondition
from errand.saved_filters.model import FILTERS_MAX, SavedFilter
from errand.saved_filters.repository import SavedFilterRepository
from errand.saved_filters.schemas import FILTER_JSON
from errand.schemas import Draft
from errand.storage.receipts import Receipt, check_unanswered, commit_once_with
from errand.storage.unit import Store, Unit, repeated


class SavedFilterService:
    def __init__(
        self, *, filters: SavedFilterRepository, store: Store, pager: Pager, clock: Clock
    ) -> None:
        self._filters = filters
        self._store = store
        self._pager = pager
        self._clock = clock

    def create(self, *, caller: Caller, new: Draft, receipt: Receipt | None = None) -> SavedFilter:
        """Raises AnsweredBefore for a receipt that is there; InvalidInput if there are too many."""
        found = self._filters.slice(user_id=caller.user_id, after=None, limit=FILTERS_MAX)
        now = self._clock()
        if len(found.items) >= FILTERS_MAX:
            check_unanswered(receipt, owner=caller.user_id, now=now)
            raise InvalidInput(f"An account has at most {FILTERS_MAX} saved filters")
        saved = SavedFilter.new(ids.new_id(), new.fields(), now=now)
        unit = Unit()
        self._filters.add(unit, saved, user_id=caller.user_id)
        answer = FILTER_JSON.one(saved)
        commit_once_with(unit, receipt, owner=caller.user_id, answer=answer, now=now)
        self._store.commit(unit)
        return saved

    def list(self, *, caller: Caller, limit: int, cursor: str | None) -> Page[SavedFilter]:
        """The oldest first. Raises InvalidCursor."""
        read = partial(self._filters.slice, user_id=caller.user_id)
        view = f"filters|{caller.user_id}"
        return self._pager.page(read, view=view, limit=limit, cursor=cursor)

    def read(self, *, caller: Caller, filter_id: str) -> SavedFilter:
        """Raises NotFound."""
        saved = None
        if ids.is_id(filter_id):
            saved = self._filters.read(user_id=caller.user_id, filter_id=filter_id)
        if saved is None:
            raise NotFound("Filter not found")
        return saved

    def update(
        self, *, caller: Caller, filter_id: str, update: Draft, expected: Precondition = ANY
    ) -> SavedFilter:
        """Raises NotFound, PreconditionFailed."""
        changes = update.changes()

        def change(old: SavedFilter) -> SavedFilter:
            if not changes:
                return old
            new = old.changed(changes, now=self._clock())
            unit = Unit()
            self._filters.rewrite(unit, old, new, user_id=caller.user_id)
            self._store.commit(unit)
            return new

        return repeated(lambda: self._read_in(expected, caller, filter_id), change)

    def delete(self, *, caller: Caller, filter_id: str, expected: Precondition = ANY) -> None:
        """Raises NotFound, PreconditionFailed."""

        def change(old: SavedFilter) -> None:
            unit = Unit()
            self._filters.remove(unit, old, user_id=caller.user_id)
            self._store.commit(unit)

        repeated(lambda: self._read_in(expected, caller, filter_id), change)

    def _read_in(self, expected: Precondition, caller: Caller, filter_id: str) -> SavedFilter:
        saved = self.read(caller=caller, filter_id=filter_id)
        if not expected.holds(saved.version):
            raise PreconditionFailed
        return saved
