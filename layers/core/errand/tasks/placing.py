"""Where a task stands: its project, its section, the task that it is a part of, its neighbours."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Self

from errand import ids
from errand.codecs import Instant
from errand.errors import InvalidInput, NotFound
from errand.identity.caller import Caller
from errand.projects.model import INBOX
from errand.sections.model import Section
from errand.storage.unit import Unit
from errand.tasks.decisions import Changes
from errand.tasks.model import Task
from errand.tasks.ports import ProjectsOfTasks, SectionsOfTasks
from errand.tasks.repository import TaskRepository
from errand.tasks.subtasks import Becomes, Family, Subtasks, stays

PLACE = ("project_id", "section_id", "parent_id")


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """`parent`: the task itself, if it is to be joined."""

    project_id: str
    section_id: str | None = None
    parent_id: str | None = None
    root_id: str | None = None
    parent: Task | None = None

    @classmethod
    def of(cls, task: Task) -> Self:
        """Where it stands already."""
        return cls(
            project_id=task.project_id,
            section_id=task.section_id,
            parent_id=task.parent_id,
            root_id=task.root_id,
        )

    def fields(self) -> dict[str, Any]:
        return {
            "project_id": self.project_id,
            "section_id": self.section_id,
            "parent_id": self.parent_id,
            "root_id": self.root_id,
        }


class Placing:
    """Finds out what a client means, and what else has to be written for it."""

    def __init__(
        self,
        *,
        tasks: TaskRepository,
        projects: ProjectsOfTasks,
        sections: "Callable[[], SectionsOfTasks]",
    ) -> None:
        self._tasks = tasks
        self._projects = projects
        self._sections = sections
        self.subtasks = Subtasks(tasks)

    def sections(self, caller: Caller) -> Sequence[Section]:
        """Of all projects."""
        return self._sections().all(user_id=caller.user_id)

    def sent(self, old: Task | None, changes: Changes) -> Changes:
        """What of the place is to change: the rest was sent as it was read."""
        return {
            name: changes[name]
            for name in PLACE
            if name in changes and (old is None or changes[name] != getattr(old, name))
        }

    def destination(self, caller: Caller, old: Task | None, sent: Changes) -> Destination:
        """Raises NotFound for what there is not; InvalidInput for what does not fit together."""
        if sent.get("parent_id"):
            return self._in_parent(caller, sent, is_open=old is None or not old.is_completed)
        present = old.project_id if old else INBOX
        project_id = sent.get("project_id") or present
        if project_id != present and not self._has_project(caller, project_id):
            raise NotFound("Project not found")
        section_id = old.section_id if old and project_id == present else None
        if "section_id" in sent:
            section_id = sent["section_id"]
        if "section_id" in sent and not self._has_section(caller, project_id, section_id):
            raise NotFound("Section not found in the project")
        return Destination(project_id=project_id, section_id=section_id)

    def _in_parent(self, caller: Caller, sent: Mapping[str, Any], *, is_open: bool) -> Destination:
        try:
            parent = self._tasks.read(user_id=caller.user_id, task_id=sent["parent_id"])
        except NotFound:
            raise NotFound("Parent task not found") from None
        for name in ("project_id", "section_id"):
            if name in sent and sent[name] != getattr(parent, name):
                raise InvalidInput("A subtask is in the project and section of its parent")
        place = Destination.of(parent)
        if is_open and parent.is_completed and self.there(caller, place) != place:
            raise InvalidInput("The parent task is done, and where it was is gone: reopen it first")
        return Destination(
            project_id=parent.project_id,
            section_id=parent.section_id,
            parent_id=parent.id,
            root_id=parent.root_id or parent.id,
            parent=parent,
        )

    def standing(self, unit: Unit, task: Task, family: Family, *, caller: Caller) -> Destination:
        """Where a task stood, with those below it, as far as that is there and has room."""
        if task.parent_id:
            with suppress(NotFound, InvalidInput):
                known = self._in_parent(
                    caller, {"parent_id": task.parent_id}, is_open=not task.is_completed
                )
                if known.parent:
                    self.subtasks.join(unit, known.parent, task, family, user_id=caller.user_id)
                return known
        place = {"project_id": task.project_id, "section_id": task.section_id}
        for sent in (place, {"project_id": task.project_id}):
            with suppress(NotFound):
                return self.destination(caller, None, sent)
        return Destination(project_id=INBOX)

    def there(self, caller: Caller, to: Destination) -> Destination:
        """As far as it is there, for a task that is open again: places of completed ones may go."""
        project_id, section_id = to.project_id, to.section_id
        if not self._has_project(caller, project_id):
            return Destination(project_id=INBOX)
        if not self._has_section(caller, project_id, section_id):
            return Destination(project_id=project_id)
        return to

    def carry(
        self,
        unit: Unit,
        old: Task,
        new: Task,
        to: Destination,
        *,
        place: str | None = None,
        becomes: Becomes = stays,
        caller: Caller,
        now: Instant,
    ) -> tuple[Task, Sequence[Task]]:
        """`new` as it stands there, of the same version; all that is below it goes along.

        `place`: among its neighbours; where it does not say, the end, unless it stays where it is.
        Also those below that become another than they are. Raises InvalidInput.
        """
        user_id = caller.user_id
        is_moved = to != Destination.of(old)
        if is_moved and place is None:
            place = at_the_end()
        new = new.moved(
            to.project_id, to.section_id, to.root_id, parent_id=to.parent_id, place=place
        )
        if not is_moved and becomes is stays:
            return new, ()
        family = self.subtasks.family(old, user_id=user_id)
        if is_moved and family.below and new.root_id is None:
            new = new.with_subtasks()
        if to.parent:
            self.subtasks.join(unit, to.parent, old, family, user_id=user_id)
        others = self.subtasks.carry(unit, new, family, becomes, user_id=user_id, now=now)
        if old.root_id != new.root_id or (others and not to.parent):
            self.subtasks.touch_root(unit, old, user_id=user_id)
        return new, others

    def _has_project(self, caller: Caller, project_id: str) -> bool:
        known = project_id == INBOX
        return known or bool(self._projects.read(user_id=caller.user_id, project_id=project_id))

    def _has_section(self, caller: Caller, project_id: str, section_id: str | None) -> bool:
        if not section_id:
            return True
        found = self._sections().read(
            user_id=caller.user_id, project_id=project_id, section_id=section_id
        )
        return bool(found)


def at_the_end() -> str:
    """Behind all that were made or moved there before: ids sort by age."""
    return ids.new_id()
