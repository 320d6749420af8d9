"""Sections in DynamoDB: one item each, in the collection of the account that owns them."""

from collections.abc import Sequence
from typing import Protocol

from errand.sections.model import SECTIONS_MAX, Section
from errand.storage.attempts import ConditionFailed
from errand.storage.kinds import SECTION, collection
from errand.storage.mapper import mapper
from errand.storage.marks import add_marked
from errand.storage.operations import Delete, Put, get
from errand.storage.ranges import KeyRange, read
from errand.storage.unit import Unit, already_done, made_before, overtaken

_SECTIONS = mapper(SECTION, Section)
_ALL = 10_000


class SectionRepository(Protocol):
    """What writes is added to a unit."""

    def add(self, unit: Unit, section: Section, *, user_id: str) -> None: ...

    def read(self, *, user_id: str, project_id: str, section_id: str) -> Section | None: ...

    def of_project(self, *, user_id: str, project_id: str) -> Sequence[Section]: ...

    def rewrite(self, unit: Unit, old: Section, new: Section, *, user_id: str) -> None: ...

    def remove(self, unit: Unit, section: Section, *, user_id: str) -> None: ...


class DynamoSections:
    """SectionRepository on DataTable."""

    def add(self, unit: Unit, section: Section, *, user_id: str) -> None:
        key = SECTION.key(user_id, section.project_id, section.id)
        unit.add(Put(_SECTIONS.item(key, section), _SECTIONS.is_free), made_before)

    def add_once(self, unit: Unit, section: Section, *, user_id: str) -> None:
        """It is left out if its id is there, by an attempt before."""
        key = SECTION.key(user_id, section.project_id, section.id)
        unit.add(Put(_SECTIONS.item(key, section), _SECTIONS.is_free), already_done)

    def read(self, *, user_id: str, project_id: str, section_id: str) -> Section | None:
        item = get(_SECTIONS.model, SECTION.key(user_id, project_id, section_id))
        return _SECTIONS.of(item) if item else None

    def of_project(self, *, user_id: str, project_id: str) -> Sequence[Section]:
        """All of them, the oldest first."""
        return self._all(user_id, f"{SECTION.prefix}{project_id}#", SECTIONS_MAX)

    def all(self, *, user_id: str) -> Sequence[Section]:
        """Of all projects, as far as 1 MB goes: of some 7,000."""
        return self._all(user_id, SECTION.prefix, _ALL)

    def rewrite(self, unit: Unit, old: Section, new: Section, *, user_id: str) -> None:
        """Refused as Overtaken unless it still is `old`."""
        add_marked(
            unit,
            _SECTIONS,
            _SECTIONS.at(SECTION.key(user_id, old.project_id, old.id)),
            _SECTIONS.difference(old, new),
            _SECTIONS["version"] == old.version,
            overtaken,
        )

    def remove(self, unit: Unit, section: Section, *, user_id: str) -> None:
        item = _SECTIONS.at(SECTION.key(user_id, section.project_id, section.id))
        unit.add(Delete(item, _SECTIONS["version"] == section.version), _gone_or_overtaken)

    def remove_all(self, unit: Unit, *, user_id: str, project_id: str) -> None:
        for section in self.of_project(user_id=user_id, project_id=project_id):
            self.remove(unit, section, user_id=user_id)

    def _all(self, user_id: str, prefix: str, most: int) -> Sequence[Section]:
        keys = KeyRange(
            model=_SECTIONS.model,
            partition=collection(user_id),
            prefix=prefix,
            ascending=True,
        )
        return _SECTIONS.all(read(keys, after=None, limit=most).items)


def _gone_or_overtaken(failed: ConditionFailed) -> Exception | None:
    return None if failed.retried and failed.item is None else overtaken(failed)
