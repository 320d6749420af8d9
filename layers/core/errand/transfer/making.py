"""Tasks and projects as they will be stored, made of what a file says."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from errand.codecs import Instant
from errand.errors import InvalidInput, NotFound
from errand.folding import folded
from errand.projects.model import NAME_MAX, PROJECTS_MAX, Project
from errand.projects.schemas import ProjectCreate
from errand.tasks.model import Task
from errand.transfer.drafts import Places, draft_of
from errand.transfer.model import ForeignProject, ForeignTask
from errand.transfer.reading import Contents
from errand.transfer.report import Report


@dataclass(frozen=True, slots=True)
class Made:
    """New ones alone: projects of the same name are used as they are."""

    projects: list[Project]
    tasks: list[Task]


@dataclass(frozen=True, kw_only=True, slots=True)
class Maker:
    """`new_id`: of the nth thing that is made; `here`: whose day it is."""

    now: Instant
    here: str
    new_id: Callable[[int], str]
    report: Report

    def make(self, contents: Contents, known: Sequence[Project]) -> Made:
        projects, places = self._projects(contents.projects, known)
        ids: dict[str, str] = {}
        tasks: list[Task] = []
        for number, foreign in enumerate(contents.tasks, len(contents.projects)):
            task = self._task(foreign, number, Places(projects=places, tasks=ids))
            if task is None:
                continue
            tasks.append(task)
            if foreign.ref is not None:
                ids[foreign.ref] = task.id
        return Made(projects, tasks)

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

    def _task(self, foreign: ForeignTask, number: int, places: Places) -> Task | None:
        draft = draft_of(foreign, places, self.report)
        if draft is None:
            return None
        fields, task_id = dict(draft.fields()), self.new_id(number)
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
        """With its own times, of which none is still to come."""
        created_at = min(foreign.created_at or self.now, self.now)
        completed_at = None
        if task.completed_at is not None:
            completed_at = min(foreign.completed_at or self.now, self.now)
        return replace(
            task,
            completed_at=completed_at,
            created_at=max(created_at, 0),
            updated_at=self.now,
            version=1,
        )
