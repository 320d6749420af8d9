"""What every import is made of: a file becomes records, and those are kept step by step."""

from base64 import b32hexencode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import batched

from errand import zones
from errand.codecs import Instant
from errand.labels.model import LabelSet
from errand.projects.model import PROJECTS_MAX
from errand.storage.unit import Store, Unit
from errand.tasks.model import Task
from errand.transfer.making import Known, Made, Maker
from errand.transfer.ports import (
    LabelsOfImports,
    ProjectsOfImports,
    SectionsOfImports,
    TasksOfImports,
)
from errand.transfer.reading import Format, in_no_hurry, read
from errand.transfer.report import Report

# Of one transaction: 100 writes and 4 MB are the most that DynamoDB takes, 16 KB a task.
STEP = 50


@dataclass(frozen=True, slots=True)
class Begun:
    """`seed`: what the ids are derived from: the same for each attempt of one import."""

    now: Instant
    seed: str

    def new_id(self, number: int) -> str:
        """A UUIDv7 as ids.new_id makes them, in the order of `number`."""
        noise = sha256(f"{self.seed}|{number}".encode()).digest()
        random = int.from_bytes(noise[:8]) >> 2
        time, fraction = self.now + (number >> 12), number & 0xFFF
        value = time << 80 | 7 << 76 | fraction << 64 | 2 << 62 | random
        return b32hexencode(value.to_bytes(16)).decode().rstrip("=").lower()


@dataclass(frozen=True, kw_only=True, slots=True)
class File:
    """`data`: as the program `known` wrote it; no more than `tasks_max` tasks are read."""

    data: bytes
    known: Format
    tasks_max: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """Whose the tasks will be; `timezone`: what their clock shows."""

    user_id: str
    timezone: str


class Importer:
    def __init__(
        self,
        *,
        tasks: TasksOfImports,
        projects: ProjectsOfImports,
        sections: SectionsOfImports,
        labels: LabelsOfImports,
        store: Store,
    ) -> None:
        self._tasks = tasks
        self._projects = projects
        self._sections = sections
        self._labels = labels
        self._store = store

    def labels(self, owner: Owner) -> LabelSet:
        """Those there are, which `made` and `keep_places` are given."""
        return self._labels.read(user_id=owner.user_id)

    def made(
        self,
        file: File,
        begun: Begun,
        report: Report,
        *,
        owner: Owner,
        labels: LabelSet,
        has_time: Callable[[], bool] = in_no_hurry,
    ) -> Made:
        """Raises InvalidInput for what is no such file. Again and again it makes the same tasks."""
        local = zones.local_time(begun.now, owner.timezone)
        here = local.replace(tzinfo=zones.zone(owner.timezone))
        contents = read(
            file.data,
            file.known,
            report,
            now=here,
            tasks_max=file.tasks_max,
            has_time=has_time,
        )
        projects = self._projects.slice(user_id=owner.user_id, after=None, limit=PROJECTS_MAX).items
        maker = Maker(now=begun.now, here=owner.timezone, new_id=begun.new_id, report=report)
        sections = self._sections.all(user_id=owner.user_id)
        return maker.make(contents, Known(projects=projects, sections=sections, labels=labels))

    def keep_places(self, made: Made, labels: LabelSet, *, owner: Owner) -> None:
        """Labels, projects and sections; what is there already is left out. Raises Overtaken."""
        if made.labels is not labels:
            unit = Unit()
            self._labels.write(unit, labels, made.labels, user_id=owner.user_id)
            self._store.commit(unit)
        for projects in batched(made.projects, STEP, strict=False):
            unit = Unit()
            for project in projects:
                self._projects.add_once(unit, project, user_id=owner.user_id)
            self._store.commit(unit)
        for sections in batched(made.sections, STEP, strict=False):
            unit = Unit()
            for section in sections:
                self._sections.add_once(unit, section, user_id=owner.user_id)
            self._store.commit(unit)

    def add(self, unit: Unit, tasks: Iterable[Task], *, owner: Owner) -> None:
        """At most STEP of them; those that are there already are left out."""
        for task in tasks:
            self._tasks.add_once(unit, task, user_id=owner.user_id)

    def keep_tasks(self, tasks: Sequence[Task], *, owner: Owner) -> None:
        """In one transaction after the other."""
        for step in batched(tasks, STEP, strict=False):
            unit = Unit()
            self.add(unit, step, owner=owner)
            self._store.commit(unit)
