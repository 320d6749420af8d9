"""What somebody looks for, and tasks that are looked at as they are."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from errand.search.documents import Document
from errand.search.query import Query
from errand.search.segments import COMPLETED, ROW_END, Rows


@dataclass(frozen=True, slots=True)
class Asked:
    """`completed`: None for either; `today`: days since 1970."""

    user_id: str
    query: Query
    completed: bool | None
    limit: int
    today: int


def rows_of(documents: Sequence[Document]) -> Rows:
    """In their order."""
    return Rows(
        array("H", (one.day for one in documents)),
        bytes(COMPLETED * one.is_completed for one in documents),
        "".join(one.row + ROW_END for one in documents).encode(),
    )
