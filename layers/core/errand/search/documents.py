"""What of a task is searched."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from errand.codecs import Instant
from errand.search.words import words

# In the order of their worth: a row's first match of a term is its best.
FIELDS = ("title", "labels", "description", "comments")
FIELD_END = "\x1f"
# Before the id of a label, as a word of its own: no text that words are made of has it. So a label
# that is renamed is found by its new name, and no row has to be written for it.
LABEL_MARK = "\x1e"
DAY = 24 * 3600 * 1000
_DAYS_MAX = 0xFFFF


@dataclass(frozen=True, slots=True)
class Document:
    """`row`: the words of its fields; `day`: of its last change, since 1970.

    One that is gone hides older versions of itself, and has no words.
    """

    id: str
    version: int
    day: int
    row: str = ""
    is_completed: bool = False
    is_gone: bool = False

    @classmethod
    def of(
        cls,
        task_id: str,
        version: int,
        *,
        updated_at: Instant,
        is_completed: bool,
        texts: Mapping[str, str],
        label_ids: Iterable[str] = (),
    ) -> Self:
        """`texts`: by the names of FIELDS; those that are not there are empty."""
        return cls(
            task_id,
            version,
            day=day_of(updated_at),
            row=row(texts, label_ids),
            is_completed=is_completed,
        )

    @classmethod
    def gone(cls, task_id: str, version: int, *, updated_at: Instant) -> Self:
        """`version`: the last it had."""
        return cls(task_id, version, day=day_of(updated_at), is_gone=True)

    @property
    def age(self) -> tuple[int, bool]:
        """Of two with the same id the higher holds; no task comes back in the version it went."""
        return self.version, self.is_gone


def row(texts: Mapping[str, str], label_ids: Iterable[str] = ()) -> str:
    spaced = [_spaced(words(texts.get(name, ""))) for name in FIELDS]
    spaced[FIELDS.index("labels")] += "".join(_spaced(LABEL_MARK + one) for one in label_ids)
    return FIELD_END.join(spaced).rstrip(FIELD_END)


def _spaced(text: str) -> str:
    return f" {text}" if text else ""


def day_of(instant: Instant) -> int:
    return max(0, min(instant // DAY, _DAYS_MAX))


def merged(*several: Iterable[Document]) -> dict[str, Document]:
    """The newest version of each, by id; the same in whatever order, and however often it comes."""
    newest: dict[str, Document] = {}
    for documents in several:
        for one in documents:
            known = newest.get(one.id)
            if known is None or known.age < one.age:
                newest[one.id] = one
    return newest
