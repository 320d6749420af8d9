"""What a person can do with the sections of their projects."""

from functools import partial

from errand import ids
from errand.clock import Clock
from errand.errors import InvalidInput, NotEmpty, NotFound, PreconditionFailed
from errand.identity.caller import Caller
from errand.pages import Page, Pager, page_of_all
from errand.preconditions import ANY, Precondition
from errand.projects.model import INBOX
from errand.schemas import Draft
from errand.sections.model import SECTIONS_MAX, Section
from errand.sections.ports import ProjectsOfSections, TasksOfSections
from errand.sections.repository import SectionRepository
from errand.sections.schemas import SECTION_JSON
from errand.storage.receipts import Receipt, check_unanswered, commit_once_with
from errand.storage.unit import Store, Unit, repeated


class SectionService:
    def __init__(
        self,
        *,
        sections: SectionRepository,
        projects: ProjectsOfSections,
        tasks: TasksOfSections,
        store: Store,
        pager: Pager,
        clock: Clock,
    ) -> None:
        self._sections = sections
        self._projects = projects
        self._tasks = tasks
        self._store = store
        self._pager = pager
        self._clock = clock

    def create(
        self, *, caller: Caller, project_id: str, new: Draft, receipt: Receipt | None = None
    ) -> Section:
        """Raises NotFound; InvalidInput if there are too many; AnsweredBefore."""
        self._check_project(caller, project_id)
        now = self._clock()
        found = self._sections.of_project(user_id=caller.user_id, project_id=project_id)
        if len(found) >= SECTIONS_MAX:
            check_unanswered(receipt, owner=caller.user_id, now=now)
            raise InvalidInput(f"A project has at most {SECTIONS_MAX} sections")
        section = Section.new(ids.new_id(), project_id, new.fields(), now=now)
        unit = Unit()
        self._sections.add(unit, section, user_id=caller.user_id)
        answer = SECTION_JSON.one(section)
        commit_once_with(unit, receipt, owner=caller.user_id, answer=answer, now=now)
        self._store.commit(unit)
        return section

    def list(
        self, *, caller: Caller, project_id: str, limit: int, cursor: str | None
    ) -> Page[Section]:
        """The oldest first. Raises NotFound, InvalidCursor."""
        self._check_project(caller, project_id)
        found = self._sections.of_project(user_id=caller.user_id, project_id=project_id)
        read = partial(page_of_all, found)
        view = f"sections|{caller.user_id}|{project_id}"
        return self._pager.page(read, view=view, limit=limit, cursor=cursor)

    def read(self, *, caller: Caller, project_id: str, section_id: str) -> Section:
        """Raises NotFound."""
        section = None
        if ids.is_id(section_id) and _is_project(project_id):
            section = self._sections.read(
                user_id=caller.user_id, project_id=project_id, section_id=section_id
            )
        if section is None:
            raise NotFound("Section not found")
        return section

    def update(
        self,
        *,
        caller: Caller,
        project_id: str,
        section_id: str,
        update: Draft,
        expected: Precondition = ANY,
    ) -> Section:
        """Raises NotFound, PreconditionFailed."""
        changes = update.changes()

        def change(old: Section) -> Section:
            if not changes:
                return old
            new = old.changed(changes, now=self._clock())
            unit = Unit()
            self._sections.rewrite(unit, old, new, user_id=caller.user_id)
            self._store.commit(unit)
            return new

        return repeated(lambda: self._read_in(expected, caller, project_id, section_id), change)

    def delete(
        self, *, caller: Caller, project_id: str, section_id: str, expected: Precondition = ANY
    ) -> None:
        """Raises NotFound, PreconditionFailed; NotEmpty while a task in it is open."""

        def change(old: Section) -> None:
            if self._tasks.has_open(
                user_id=caller.user_id, project_id=old.project_id, section_id=old.id
            ):
                raise NotEmpty("There are open tasks in the section")
            unit = Unit()
            self._sections.remove(unit, old, user_id=caller.user_id)
            self._store.commit(unit)

        repeated(lambda: self._read_in(expected, caller, project_id, section_id), change)

    def _read_in(
        self, expected: Precondition, caller: Caller, project_id: str, section_id: str
    ) -> Section:
        section = self.read(caller=caller, project_id=project_id, section_id=section_id)
        if not expected.holds(section.version):
            raise PreconditionFailed
        return section

    def _check_project(self, caller: Caller, project_id: str) -> None:
        """Raises NotFound."""
        if project_id == INBOX:
            return
        is_id = ids.is_id(project_id)
        if not is_id or not self._projects.read(user_id=caller.user_id, project_id=project_id):
            raise NotFound("Project not found")


def _is_project(project_id: str) -> bool:
    return project_id == INBOX or ids.is_id(project_id)
