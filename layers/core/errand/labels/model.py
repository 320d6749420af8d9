"""Labels: names that tasks bear, kept once for each account, so that a new name is one write."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from errand.codecs import Codec, Instant
from errand.errors import InvalidInput, NameTaken
from errand.fields import NOWHERE, By, Derived, kept
from errand.folding import folded
from errand.records import show

LABELS_MAX = 500

type Changes = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """The table of a label's fields. `version` counts changes from 1."""

    id: str = kept("i", meaning="Ids sort by age")
    name: str = kept("n", by=By.CLIENT, meaning="What it is called; no two have the same name")
    colour: str | None = kept(
        "c", by=By.CLIENT, default=None, meaning="What clients show it in, as #rrggbb"
    )
    created_at: Instant = kept("a", meaning="When it was created")
    updated_at: Instant = kept("u", meaning="When it last changed")
    version: int = kept("v", meaning="How often it was written; its ETag is the same in quotes")

    @classmethod
    def new(cls, label_id: str, fields: Changes, *, now: Instant) -> Self:
        return cls(id=label_id, **fields, created_at=now, updated_at=now, version=1)

    def changed(self, changes: Changes, *, now: Instant) -> Self:
        """The next version."""
        later = max(now, self.updated_at + 1)
        return replace(self, **changes, updated_at=later, version=self.version + 1)


_NAMES = ("id", "name", "colour", "created_at", "updated_at", "version")


def _keep(labels: tuple[Label, ...]) -> str:
    told = [[getattr(label, name) for name in _NAMES] for label in labels]
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _take(text: str) -> tuple[Label, ...]:
    return tuple(Label(**dict(zip(_NAMES, told, strict=True))) for told in json.loads(text))


LABELS_TEXT = Codec(
    tag="S",
    shape=list,
    keep=_keep,
    take=_take,
    show=lambda labels: [show(label) for label in labels],
)


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelSet:
    """All labels of an account, oldest first: one item, as every page with labels reads it."""

    labels: tuple[Label, ...] = kept(
        "ls", default=(), codec=LABELS_TEXT, meaning="All labels, oldest first"
    )
    updated_at: Instant = kept("ua", meaning="When one of them last changed")
    version: int = kept("v", meaning="How often they were written")

    DERIVED: ClassVar = (Derived(name="mark", type=str, stored="m", shown=NOWHERE, default=""),)

    @classmethod
    def empty(cls) -> Self:
        """Of an account that never had any."""
        return cls(updated_at=0, version=0)

    @property
    def mark(self) -> str:
        """None yet: each change leaves one (storage.marks), and nothing here reads it."""
        return ""

    def of_id(self, label_id: str) -> Label | None:
        return next((label for label in self.labels if label.id == label_id), None)

    def named(self, name: str) -> Label | None:
        """Compared as a person would."""
        form = folded(name)
        return next((label for label in self.labels if folded(label.name) == form), None)

    def with_names(self, names: Iterable[str], *, now: Instant, new_id: Callable[[], str]) -> Self:
        """With those that there are not yet. Raises InvalidInput if they are too many."""
        known = {folded(label.name) for label in self.labels}
        missing = {folded(name): name for name in names if folded(name) not in known}
        if not missing:
            return self
        new = (Label.new(new_id(), {"name": name}, now=now) for name in missing.values())
        return self._of((*self.labels, *new), now)

    def with_new(self, label: Label) -> Self:
        """Raises NameTaken, InvalidInput."""
        self._check_name(label)
        return self._of((*self.labels, label), label.created_at)

    def with_changed(self, label: Label) -> Self:
        """Instead of the one with its id. Raises NameTaken."""
        self._check_name(label)
        changed = (label if one.id == label.id else one for one in self.labels)
        return self._of(tuple(changed), label.updated_at)

    def without(self, label: Label, *, now: Instant) -> Self:
        return self._of(tuple(one for one in self.labels if one.id != label.id), now)

    def _check_name(self, label: Label) -> None:
        same = self.named(label.name)
        if same and same.id != label.id:
            raise NameTaken("There is a label of that name")

    def _of(self, labels: tuple[Label, ...], now: Instant) -> Self:
        if len(labels) > LABELS_MAX:
            raise InvalidInput(f"An account has at most {LABELS_MAX} labels")
        later = max(now, self.updated_at + 1)
        return replace(self, labels=labels, updated_at=later, version=self.version + 1)
