"""Exports: tasks as files that other programs read."""

from collections.abc import Iterator
from functools import partial

from errand.identity.caller import Caller
from errand.pages import Page, Pager
from errand.projects.model import PROJECTS_MAX
from errand.tasks.lists import by_status
from errand.transfer.model import Foreign
from errand.transfer.ours import project_of, task_of
from errand.transfer.ports import ProjectsOfImports, SectionsOfImports, TasksOfExports
from errand.transfer.reading import Format, write

# What DynamoDB reads at once, 1 MB, is less.
_TASKS_MAX = 10_000


class TaskFileService:
    def __init__(
        self,
        *,
        tasks: TasksOfExports,
        projects: ProjectsOfImports,
        sections: SectionsOfImports,
        pager: Pager,
    ) -> None:
        self._tasks = tasks
        self._projects = projects
        self._sections = sections
        self._pager = pager

    def page(self, *, caller: Caller, known: Format, cursor: str | None) -> Page[str]:
        """One file, of the oldest tasks, and where the next goes on. Raises InvalidCursor."""
        read = partial(
            self._tasks.slice,
            user_id=caller.user_id,
            of=by_status(None, ascending=True),
        )
        view = f"exports|{caller.user_id}|{known}"
        page = self._pager.page(read, view=view, limit=_TASKS_MAX, cursor=cursor)

        def things() -> Iterator[Foreign]:
            projects = self._projects.slice(
                user_id=caller.user_id, after=None, limit=PROJECTS_MAX
            ).items
            yield from map(project_of, projects)
            sections = {one.id: one.name for one in self._sections.all(user_id=caller.user_id)}
            for task in page.items:
                yield task_of(task, section=sections.get(task.section_id or ""))

        return Page([write(things(), known)], page.cursor)
