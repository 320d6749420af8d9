"""The entries of the log of changes: each account's are numbered by the one writer that appends.

They keep the attributes of items that changed as those are stored, and show them as the API does.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Self

from errand.acting import Actor
from errand.codecs import ID, Codec, Instant, Seconds
from errand.errors import MalformedRecord
from errand.fields import NOWHERE, TO_OWNER, Column, Derived, Shown, kept, table_of
from errand.history.counts import COUNTS, Counts
from errand.records import Item
from errand.storage.kinds import Key, Kind, collection, kind_at, record_of

# How long entries are kept; cursors of sync are good for a day less.
LOG_DAYS = 366
_DIGITS = 15


class Action(StrEnum):
    """What happened to a record. Told apart by what both images of it are."""

    CREATED = "created"
    UPDATED = "updated"
    COMPLETED = "completed"
    REOPENED = "reopened"
    DELETED = "deleted"
    RESTORED = "restored"


def numbered(number: int) -> str:
    """As keys have it: in the order of the numbers."""
    return f"{number:0{_DIGITS}}"


def _object(text: str) -> dict[str, Any]:
    """Raises ValueError."""
    content = json.loads(text)
    if not isinstance(content, dict):
        raise ValueError("not an object")  # noqa: TRY004 - what codecs raise
    return content


_NUMBER = Codec(
    tag="S",
    shape=int,
    keep=numbered,
    take=lambda key: int(ID.take(key)),
)
_ACTION = Codec(tag="S", shape=Action, keep=str, take=Action, show=str)
_ITEM = Codec(
    tag="S",
    shape=dict[str, Any],
    keep=lambda item: json.dumps(item, ensure_ascii=False, separators=(",", ":")),
    take=_object,
)
_FIELDS = Codec(tag="M", shape=dict[str, Any])
# With the user, whoever owns the record.
_ACTOR = Codec(
    tag="S",
    shape=dict[str, Any],
    keep=lambda actor: actor.text_for(""),
    take=lambda text: Actor.of(text, owner=""),
    show=Actor.shown,
)


def _means_first(entry: Item) -> Item:
    """Shape 1 had who did it as <user>/<means> at first; told apart by their first letters."""
    told = entry["by"].get("S") if isinstance(entry.get("by"), dict) else None
    user_id, _, means = told.partition("/") if isinstance(told, str) else ("", "", "")
    if means[:1] not in {"s", "t"} or user_id[:1] in {"s", "t"}:
        return entry
    return {**entry, "by": {"S": f"{means}/{user_id}"}}


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change of one record. `place`: its sort key; `stream`, `sequence`: where it was read."""

    number: int = kept("sk", codec=_NUMBER, shown=TO_OWNER, meaning="Later changes have greater")
    user_id: str = kept("pk", codec=ID, shown=NOWHERE)
    at: Instant = kept("at", shown=TO_OWNER, meaning="When it was stored, to the second")
    action: Action = kept("a", codec=_ACTION, shown=TO_OWNER, meaning="What happened")
    place: str = kept("k", shown=NOWHERE)
    version: int | None = kept(
        "v", default=None, shown=TO_OWNER, meaning="That the record has since, or had at last"
    )
    by: Actor | None = kept(
        "by",
        default=None,
        codec=_ACTOR,
        shown=TO_OWNER,
        meaning="Who did it, with which session or personal access token; null: nobody is on "
        "record, as for what was deleted for good, or expired",
    )
    before: Mapping[str, Any] | None = kept("o", default=None, codec=_ITEM, shown=NOWHERE)
    after: Mapping[str, Any] | None = kept("w", default=None, codec=_ITEM, shown=NOWHERE)
    # What events tell besides: of long texts that did not change only that they are there.
    besides: Mapping[str, Any] | None = kept("u", default=None, codec=_ITEM, shown=NOWHERE)
    stream: str = kept("st", shown=NOWHERE)
    sequence: str = kept("sq", shown=NOWHERE)
    # What the account has since; None: nobody has counted.
    counts: Counts | None = kept("n", default=None, codec=COUNTS, shown=NOWHERE)

    UPGRADES: ClassVar = (_means_first,)

    DERIVED: ClassVar = (
        Derived(name="kind", type=str, shown=TO_OWNER, meaning="Of which kind the record is"),
        Derived(name="id", type=str, shown=TO_OWNER, meaning="Of the record"),
        Derived(
            name="old",
            type=dict,
            codec=_FIELDS,
            shown=TO_OWNER,
            default=None,
            meaning="Fields that changed as they were; null: it is new",
        ),
        Derived(
            name="new",
            type=dict,
            codec=_FIELDS,
            shown=TO_OWNER,
            default=None,
            meaning="Fields that changed as they are since; null: it is gone",
        ),
        Derived(name="record_key", type=str, stored="rk", shown=NOWHERE, default=None),
        Derived(name="expires_at", type=Seconds, stored="expires_at", shown=NOWHERE),
    )

    @property
    def kind_of_record(self) -> Kind:
        """Raises MalformedRecord if it is none of ours."""
        try:
            return kind_at(Key(collection(self.user_id), self.place))
        except LookupError:
            raise MalformedRecord("A change of no known kind") from None

    @property
    def kind(self) -> str:
        return self.kind_of_record.logged_as or ""

    @property
    def id(self) -> str:
        return id_of(self.place) or self.user_id

    @property
    def old(self) -> dict[str, Any] | None:
        return self._shown(self.before)

    @property
    def new(self) -> dict[str, Any] | None:
        return self._shown(self.after)

    @property
    def record_key(self) -> str | None:
        """Of the index by record, in which what belongs to a task stands with it."""
        first = self.place.split("#")[1:2]
        return record_key(self.user_id, first[0]) if first else None

    @property
    def expires_at(self) -> Seconds:
        return self.at // 1000 + LOG_DAYS * 24 * 3600

    def _shown(self, item: Item | None) -> dict[str, Any] | None:
        """By public names; a field without a value is as its default is."""
        if item is None:
            return None
        table = table_of(record_of(self.kind_of_record))
        touched = {*(self.before or ()), *(self.after or ())}
        shown = {}
        for column in table.shown(Shown.API):
            if column.is_derived or column.stored not in touched:
                continue
            value = taken(column, item)
            shown[column.name] = None if value is None else column.codec.show(value)
        return shown


@dataclass(frozen=True, slots=True)
class Last:
    """The last entry of an account; of a log without any the number is 0."""

    number: int = 0
    stream: str = ""
    sequence: int = 0
    counts: Counts | None = None

    @classmethod
    def of(cls, entry: Change) -> Self:
        return cls(entry.number, entry.stream, int(entry.sequence), entry.counts)

    def has(self, change: Change) -> bool:
        """Whether the change was appended. A table that was restored has a stream of its own."""
        return change.stream == self.stream and int(change.sequence) <= self.sequence


def id_of(place: str) -> str:
    """Of the record with this sort key: the last of its ids; empty if there is one of its kind."""
    return place.rpartition("#")[2] if "#" in place else ""


def record_key(user_id: str, record_id: str) -> str:
    return f"{user_id}#{record_id}"


def taken(column: Column, item: Item) -> Any:
    """The value of a field, by the attributes of a change. Raises MalformedRecord."""
    name = column.stored or ""
    if name not in item:
        return None if column.is_required else column.default
    try:
        return column.codec.take(item[name][column.codec.tag])
    except (KeyError, TypeError, ValueError, OverflowError):
        raise MalformedRecord(f"{name} is not of the type that we write") from None
