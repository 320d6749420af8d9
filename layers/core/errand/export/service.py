"""Getting everything that is kept about oneself."""

from collections.abc import Callable
from functools import partial
from typing import Any

from errand.clock import Clock
from errand.codecs import instant
from errand.export.repository import CollectionRepository
from errand.export.schemas import empty
from errand.fields import Shown
from errand.identity.caller import Caller
from errand.pages import Page, Pager
from errand.records import Item, load, show
from errand.storage.kinds import Key, Kind, kind_at, record_of

_ITEMS = 2_000

type Document = dict[str, Any]


class ExportService:
    """`shape_of`: of a kind of item, its record."""

    def __init__(
        self,
        *,
        collection: CollectionRepository,
        pager: Pager,
        clock: Clock,
        shape_of: Callable[[Kind], type[Any]] = record_of,
    ) -> None:
        self._collection = collection
        self._pager = pager
        self._clock = clock
        self._shape_of = shape_of

    def page(self, *, caller: Caller, cursor: str | None) -> Page[Document]:
        """One document, and where the next goes on. Raises InvalidCursor."""
        page = self._pager.page(
            partial(self._collection.slice, user_id=caller.user_id),
            view=f"export|{caller.user_id}",
            limit=_ITEMS,
            cursor=cursor,
        )
        document = {"exported_at": instant(self._clock()), **empty()}
        for item in page.items:
            self._add(document, item)
        return Page([document], page.cursor)

    def _add(self, document: Document, item: Item) -> None:
        kind = kind_at(Key(item["pk"]["S"], item["sk"]["S"]))
        if kind.section is None:
            return
        shown = show(load(self._shape_of(kind), item), Shown.EXPORTS)
        if isinstance(document[kind.section], list):
            document[kind.section].append(shown)
        else:
            document[kind.section] = shown
