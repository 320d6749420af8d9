"""Tasks and projects as they will be stored, made of what a file says."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from errand.codecs import Instant
from errand.errors import InvalidInput, NotFound
from errand.folding import folded
from errand.labels.model import LabelSet
from errand.projects.model import INBOX, NAME_MAX, PROJECTS_MAX, Project
from errand.projects.schemas import ProjectCreate
from errand.sections.model import NAME_MAX as SECTION_NAME_MAX
from errand.sections.model import SECTIONS_MAX, Section
from errand.tasks.model import Task
from errand.tasks.tree import SUBTASKS_MAX
from errand.transfer.drafts import Places, draft_of
from errand.transfer.labelling import Labelling
from errand.transfer.model import ForeignProject, ForeignTask
from errand.transfer.reading import Contents
from errand.transfer.report import Report


@dataclass(frozen=True, slots=True)
class Made:
    """New ones alone: projects of the same name are used as they are."""

    projects: list[Project]
    sections: list[Section]
    labels: LabelSet
    tasks: list[Task]


# Behind the numbers of projects and tasks.
_SECTIONS, _LABELS = 1 << 16, 1 << 17


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What there is already."""

    projects: Sequence[Project]
    sections: Sequence[Section]
    labels: LabelSet


class Grove:
    """Tasks and those that are parts of them, parents first."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}
        self._below: Counter[str] = Counter()

    def place(self, fields: dict[str, Any], line: int, report: Report) -> None:
        """A part is where its parent is, as long as there is room for it."""
        parent = self._tasks.get(fields.get("parent_id") or "")
        if parent is not None and self._below[parent.root_id or parent.id] >= SUBTASKS_MAX:
            words = f"a task has at most {SUBTASKS_MAX}"
            report.changed(line, f"It is no part of another task any more: {words}")
            parent = None
        fields["parent_id"] = parent and parent.id
        if parent is not None:
            fields["root_id"] = parent.root_id or parent.id
            fields["project_id"], fields["section_id"] = parent.project_id, parent.section_id

    def add(self, task: Task) -> None:
        self._tasks[task.id] = task
        if task.root_id:
            self._below[task.root_id] += 1

    def tasks(self) -> list[Task]:
        return [
            task.with_subtasks() if self._below[task.id] else task for task in self._tasks.values()
        ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Maker:
    """`new_id`: of the nth thing that is made; `here`: whose day it is."""

    now: Instant
    here: str
    new_id: Callable[[int], str]
    report: Report

    def make(self, contents: Contents, known: Known) -> Made:
        projects, places = self._projects(contents.projects, known.projects)
        sections, in_sections = self._sections(contents.tasks, places, known.sections)
        ids: dict[str, str] = {}
        labelling = Labelling(
            known.labels,
            now=self.now,
            new_id=lambda number: self.new_id(_LABELS + number),
            report=self.report,
        )
        grove = Grove()
        for number, foreign in enumerate(contents.tasks, len(contents.projects)):
            found = Places(projects=places, sections=in_sections, tasks=ids)
            draft = draft_of(foreign, found, self.report)
            if draft is None:
                continue
            fields = dict(draft.fields())
            labelling.label(fields, foreign.line)
            grove.place(fields, foreign.line, self.report)
            task = self._task(foreign, number, fields)
            grove.add(task)
            if foreign.ref is not None:
                ids[foreign.ref] = task.id
        return Made(projects, sections, labelling.labels, grove.tasks())

    def _sections(
        self, tasks: Sequence[ForeignTask], places: Mapping[str, str], known: Sequence[Section]
    ) -> tuple[list[Section], dict[tuple[str | None, str], str]]:
        """Those that tasks stand in, by what the file calls their project and them."""
        ids = {(one.project_id, folded(one.name)): one.id for one in reversed(known)}
        counts = Counter(one.project_id for one in known)
        made: list[Section] = []
        found: dict[tuple[str | None, str], str] = {}
        wanted = {(task.project, task.section): task.line for task in tasks if task.section}
        for number, ((project, name), line) in enumerate(wanted.items()):
            project_id = places.get(project or "", INBOX)
            shown = " ".join(name.split())[:SECTION_NAME_MAX] if name else ""
            own = self.new_id(_SECTIONS + number)
            known_id = ids.get((project_id, folded(shown)))
            if known_id is None and counts[project_id] >= SECTIONS_MAX:
                words = f"A project has at most {SECTIONS_MAX} sections"
                self.report.left_out(line, f"Section {shown}: {words}")
                continue
            if known_id in {None, own}:
                made.append(Section.new(own, project_id, {"name": shown}, now=self.now))
                counts[project_id] += known_id is None
            found[project, name or ""] = ids.setdefault((project_id, folded(shown)), own)
        return made, found

    def _projects(
        self, wanted: Sequence[ForeignProject], known: Sequence[Project]
    ) -> tuple[list[Project], dict[str, str]]:
        by_name = {folded(project.name): project.id for project in reversed(known)}
        places: dict[str, str] = {}
        made: list[Project] = []
        for number, foreign in enumerate(wanted):
            fields = self._fields_of_project(foreign)
            if fields is None:
                continue
            name = folded(fields["name"])
            own = self.new_id(number)
            # Its own of an attempt that was broken off counts as new.
            if by_name.get(name, own) == own:
                if name not in by_name and len(known) + len(made) >= PROJECTS_MAX:
                    words = f"An account has at most {PROJECTS_MAX} projects"
                    self.report.left_out(foreign.line, f"Project {foreign.name}: {words}")
                    continue
                made.append(Project.new(own, fields, now=self.now))
                by_name[name] = own
            places[foreign.ref] = by_name[name]
        return made, places

    def _fields_of_project(self, foreign: ForeignProject) -> dict[str, Any] | None:
        name = " ".join(foreign.name.split())
        if len(name) > NAME_MAX:
            self.report.changed(foreign.line, f"The name of the project was cut: {name}")
            name = f"{name[: NAME_MAX - 1].rstrip()}…"
        told: dict[str, Any] = {"name": name, "archived": foreign.archived}
        if foreign.colour:
            told["colour"] = foreign.colour
        while True:
            try:
                return dict(ProjectCreate.model_validate(told).fields())
            except ValidationError as wrong:
                found = wrong.errors(include_url=False, include_input=False)[0]
            field = found["loc"][0]
            self.report.left_out(foreign.line, f"Project, {field}: {found['msg']}")
            if field == "name" or field not in told:
                return None
            told.pop(str(field))

    def _task(self, foreign: ForeignTask, number: int, fields: dict[str, Any]) -> Task:
        task_id = self.new_id(number)
        try:
            task = Task.new(task_id, fields, now=self.now, here=self.here)
        except InvalidInput as wrong:
            self.report.left_out(foreign.line, wrong.detail)
            fields["recurrence"] = None
            task = Task.new(task_id, fields, now=self.now, here=self.here)
        return self._as_it_was(self._moved(task, foreign), foreign)

    def _moved(self, task: Task, foreign: ForeignTask) -> Task:
        """With the occurrences that were moved or left out; the present one may be, too."""
        if task.series is None or task.recurrence is None:
            return task
        if "COUNT=" in task.recurrence.rule and foreign.occurrence:
            self.report.changed(foreign.line, "COUNT begins anew with the present occurrence")
        if foreign.occurrence and foreign.due and foreign.due != foreign.occurrence:
            task = task.changed({"due": foreign.due}, now=self.now, here=self.here)
        for one in foreign.moved:
            try:
                task = task.with_moved(one.occurrence, one.due, now=self.now, here=self.here)
            except (InvalidInput, NotFound) as wrong:
                words = f"The occurrence {one.occurrence.text}: {wrong.detail}"
                self.report.left_out(foreign.line, words)
        return task

    def _as_it_was(self, task: Task, foreign: ForeignTask) -> Task:
        """With its own times, of which none is still to come, or before 1970."""
        created_at = min(foreign.created_at or self.now, self.now)
        completed_at = None
        if task.completed_at is not None:
            completed_at = max(min(foreign.completed_at or self.now, self.now), 0)
        return replace(
            task,
            completed_at=completed_at,
            created_at=max(created_at, 0),
            updated_at=self.now,
            version=1,
        )
