"""What a person can do with their projects."""

from collections.abc import Sequence
from functools import partial

from errand import ids
from errand.clock import Clock
from errand.errors import InvalidInput, NotEmpty, NotFound, PreconditionFailed
from errand.identity.caller import Caller
from errand.pages import Page, Pager
from errand.preconditions import ANY, Precondition
from errand.projects.model import PROJECTS_MAX, Project, check_parent
from errand.projects.ports import SectionsOfProjects, TasksOfProjects
from errand.projects.repository import ProjectRepository
from errand.projects.schemas import PROJECT_JSON
from errand.schemas import Draft
from errand.storage.receipts import Receipt, check_unanswered, commit_once_with
from errand.storage.unit import Store, Unit, repeated


class ProjectService:
    def __init__(
        self,
        *,
        projects: ProjectRepository,
        tasks: TasksOfProjects,
        sections: SectionsOfProjects,
        store: Store,
        pager: Pager,
        clock: Clock,
    ) -> None:
        self._projects = projects
        self._tasks = tasks
        self._sections = sections
        self._store = store
        self._pager = pager
        self._clock = clock

    def create(self, *, caller: Caller, new: Draft, receipt: Receipt | None = None) -> Project:
        """Raises AnsweredBefore for a receipt that is there; InvalidInput if there are too many."""

        def make(found: Sequence[Project]) -> Project:
            now = self._clock()
            if len(found) >= PROJECTS_MAX:
                check_unanswered(receipt, owner=caller.user_id, now=now)
                raise InvalidInput(f"An account has at most {PROJECTS_MAX} projects")
            project = Project.new(ids.new_id(), new.fields(), now=now)
            unit = Unit()
            self._check_parent(unit, caller, project, found, is_new=True)
            self._projects.add(unit, project, user_id=caller.user_id)
            answer = PROJECT_JSON.one(project)
            commit_once_with(unit, receipt, owner=caller.user_id, answer=answer, now=now)
            self._store.commit(unit)
            return project

        return repeated(lambda: self._all(caller), make)

    def list(self, *, caller: Caller, limit: int, cursor: str | None) -> Page[Project]:
        """The oldest first. Raises InvalidCursor."""
        read = partial(self._projects.slice, user_id=caller.user_id)
        view = f"projects|{caller.user_id}"
        return self._pager.page(read, view=view, limit=limit, cursor=cursor)

    def read(self, *, caller: Caller, project_id: str) -> Project:
        """Raises NotFound."""
        project = None
        if ids.is_id(project_id):
            project = self._projects.read(user_id=caller.user_id, project_id=project_id)
        if project is None:
            raise NotFound("Project not found")
        return project

    def update(
        self, *, caller: Caller, project_id: str, update: Draft, expected: Precondition = ANY
    ) -> Project:
        """Raises NotFound, InvalidInput, PreconditionFailed."""
        changes = update.changes()

        def change(old: Project) -> Project:
            if not changes:
                return old
            new = old.changed(changes, now=self._clock())
            unit = Unit()
            if new.parent_id != old.parent_id:
                self._check_parent(unit, caller, new, self._all(caller), is_new=False)
            self._projects.rewrite(unit, old, new, user_id=caller.user_id)
            self._store.commit(unit)
            return new

        return repeated(lambda: self._read_in(expected, caller, project_id), change)

    def delete(self, *, caller: Caller, project_id: str, expected: Precondition = ANY) -> None:
        """With its sections. Raises NotFound, PreconditionFailed; NotEmpty while a task is open."""

        def change(old: Project) -> None:
            if self._tasks.has_open(user_id=caller.user_id, project_id=old.id):
                raise NotEmpty("There are open tasks in the project")
            if any(one.parent_id == old.id for one in self._all(caller)):
                raise NotEmpty("There are projects in the project")
            unit = Unit()
            self._projects.remove(unit, old, user_id=caller.user_id)
            self._sections.remove_all(unit, user_id=caller.user_id, project_id=old.id)
            self._store.commit(unit)

        repeated(lambda: self._read_in(expected, caller, project_id), change)

    def _all(self, caller: Caller) -> Sequence[Project]:
        found = self._projects.slice(user_id=caller.user_id, after=None, limit=PROJECTS_MAX)
        return found.items

    def _check_parent(
        self,
        unit: Unit,
        caller: Caller,
        project: Project,
        projects: Sequence[Project],
        *,
        is_new: bool,
    ) -> None:
        """All that it becomes a part of is to stay what it is: of two moves at once one is late."""
        if project.parent_id is None:
            return
        known = {one.id: one for one in projects}
        for one in check_parent(known, None if is_new else project.id, project.parent_id):
            self._projects.check(unit, one, user_id=caller.user_id)

    def _read_in(self, expected: Precondition, caller: Caller, project_id: str) -> Project:
        project = self.read(caller=caller, project_id=project_id)
        if not expected.holds(project.version):
            raise PreconditionFailed
        return project
