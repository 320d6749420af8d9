"""A task typed as one line: what is understood of it, and the task that it makes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from errand import zones
from errand.clock import Clock
from errand.folding import folded
from errand.identity.caller import Caller
from errand.projects.model import PROJECTS_MAX, Project
from errand.quick_add.parser import Parsed, Understood, parse
from errand.sections.model import Section
from errand.storage.receipts import Receipt
from errand.tasks.due import Due
from errand.tasks.model import Task
from errand.tasks.ports import ProjectsOfTasks, SectionsOfTasks
from errand.tasks.recurrence import Recurrence
from errand.tasks.schemas import TaskCreate
from errand.tasks.service import TaskService


@dataclass(frozen=True, kw_only=True, slots=True)
class Understanding:
    """`fields`: of a new task, as a client sends them; `parts`: what of the text they come from."""

    fields: dict[str, Any]
    parts: tuple[Understood, ...]


class QuickAddService:
    def __init__(
        self,
        *,
        tasks: TaskService,
        projects: ProjectsOfTasks,
        sections: SectionsOfTasks,
        clock: Clock,
    ) -> None:
        self._tasks = tasks
        self._projects = projects
        self._sections = sections
        self._clock = clock

    def understand(self, *, caller: Caller, text: str, timezone: str | None) -> Understanding:
        """`timezone`: whose day it is, the account's if None. It never fails."""
        parsed = parse(text, now=zones.local_time(self._clock(), timezone or caller.timezone))
        project = self._project(caller, parsed.project)
        section = self._section(caller, project, parsed.section)
        # What there is not stays in the title as it was typed.
        found = {"project": project, "section": section}
        parts = tuple(one for one in parsed.understood if found.get(one.kind, one))
        is_whole = len(parts) == len(parsed.understood)
        title = parsed.title if is_whole else _without(text, parts)
        return Understanding(fields=_fields(parsed, title, project, section), parts=parts)

    def add(
        self, *, caller: Caller, text: str, timezone: str | None, receipt: Receipt | None = None
    ) -> Task:
        """Raises ValidationError for a title that none may have; AnsweredBefore, InvalidInput."""
        found = self.understand(caller=caller, text=text, timezone=timezone)
        new = TaskCreate.model_validate(found.fields)
        return self._tasks.create(caller=caller, new=new, receipt=receipt)

    def _project(self, caller: Caller, name: str | None) -> Project | None:
        """The oldest of that name."""
        if name is None:
            return None
        known: Sequence[Project] = self._projects.slice(
            user_id=caller.user_id, after=None, limit=PROJECTS_MAX
        ).items
        return _oldest(known, name)

    def _section(self, caller: Caller, project: Project | None, name: str | None) -> Section | None:
        """The oldest of that name in the project."""
        if name is None or project is None:
            return None
        known = self._sections.of_project(user_id=caller.user_id, project_id=project.id)
        return _oldest(known, name)


def _oldest[Named: (Project, Section)](known: Sequence[Named], name: str) -> Named | None:
    """Of those of that name."""
    return next((one for one in known if folded(one.name) == folded(name)), None)


def _fields(
    parsed: Parsed, title: str, project: Project | None, section: Section | None
) -> dict[str, Any]:
    fields: dict[str, Any] = {"title": title}
    if parsed.due is not None:
        fields["due"] = Due(parsed.due).shown()
    if parsed.rule is not None:
        fields["recurrence"] = Recurrence(parsed.rule, parsed.rule_from).shown()
    if parsed.deadline is not None:
        fields["deadline"] = parsed.deadline.isoformat()
    if parsed.priority is not None:
        fields["priority"] = parsed.priority
    if parsed.duration is not None:
        fields["duration"] = parsed.duration
    if parsed.labels:
        fields["labels"] = [*parsed.labels]
    if project is not None:
        fields["project_id"] = project.id
    if section is not None:
        fields["section_id"] = section.id
    return fields


def _without(text: str, parts: Sequence[Understood]) -> str:
    for part in sorted(parts, key=lambda one: one.start, reverse=True):
        text = f"{text[: part.start]} {text[part.end :]}"
    return " ".join(text.split())
