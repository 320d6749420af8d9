"""Projects in DynamoDB: one item each, in the collection of the account that owns them."""

from typing import Protocol

from errand.cursors import Position
from errand.pages import Slice
from errand.projects.model import Project
from errand.storage.attempts import ConditionFailed
from errand.storage.kinds import PROJECT, collection
from errand.storage.mapper import mapper
from errand.storage.marks import add_marked
from errand.storage.operations import Delete, Put, get
from errand.storage.ranges import KeyRange, read
from errand.storage.unit import Unit, already_done, made_before, overtaken

_PROJECTS = mapper(PROJECT, Project)


class ProjectRepository(Protocol):
    """What writes is added to a unit."""

    def add(self, unit: Unit, project: Project, *, user_id: str) -> None: ...

    def read(self, *, user_id: str, project_id: str) -> Project | None: ...

    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[Project]: ...

    def rewrite(self, unit: Unit, old: Project, new: Project, *, user_id: str) -> None: ...

    def check(self, unit: Unit, project: Project, *, user_id: str) -> None: ...

    def remove(self, unit: Unit, project: Project, *, user_id: str) -> None: ...


class DynamoProjects:
    """ProjectRepository on DataTable."""

    def add(self, unit: Unit, project: Project, *, user_id: str) -> None:
        item = _PROJECTS.item(PROJECT.key(user_id, project.id), project)
        unit.add(Put(item, _PROJECTS.is_free), made_before)

    def add_once(self, unit: Unit, project: Project, *, user_id: str) -> None:
        """It is left out if its id is there, by an attempt before."""
        item = _PROJECTS.item(PROJECT.key(user_id, project.id), project)
        unit.add(Put(item, _PROJECTS.is_free), already_done)

    def read(self, *, user_id: str, project_id: str) -> Project | None:
        item = get(_PROJECTS.model, PROJECT.key(user_id, project_id))
        return _PROJECTS.of(item) if item else None

    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[Project]:
        """By age, the oldest first."""
        keys = KeyRange(
            model=_PROJECTS.model,
            partition=collection(user_id),
            prefix=PROJECT.prefix,
            ascending=True,
        )
        found = read(keys, after=after, limit=limit)
        return Slice(_PROJECTS.all(found.items), found.reached)

    def rewrite(self, unit: Unit, old: Project, new: Project, *, user_id: str) -> None:
        """Refused as Overtaken unless it still is `old`."""
        add_marked(
            unit,
            _PROJECTS,
            _PROJECTS.at(PROJECT.key(user_id, old.id)),
            _PROJECTS.difference(old, new),
            _PROJECTS["version"] == old.version,
            overtaken,
        )

    def check(self, unit: Unit, project: Project, *, user_id: str) -> None:
        """Nothing is written: refused as Overtaken unless it still is what was read."""
        item = _PROJECTS.at(PROJECT.key(user_id, project.id))
        add_marked(unit, _PROJECTS, item, [], _PROJECTS["version"] == project.version, overtaken)

    def remove(self, unit: Unit, project: Project, *, user_id: str) -> None:
        item = _PROJECTS.at(PROJECT.key(user_id, project.id))
        unit.add(Delete(item, _PROJECTS["version"] == project.version), _gone_or_overtaken)


def _gone_or_overtaken(failed: ConditionFailed) -> Exception | None:
    return None if failed.retried and failed.item is None else overtaken(failed)
