"""What happens to the tasks below a task, in the transaction in which it happens to that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from errand.codecs import Instant
from errand.errors import NotFound, Overtaken
from errand.storage.unit import Unit
from errand.tasks.model import Completion, Task
from errand.tasks.repository import TaskRepository
from errand.tasks.tree import Tree, may_have_subtasks


@dataclass(frozen=True, slots=True)
class Family:
    """A task's tree, and the tasks below it."""

    tree: Tree
    below: Sequence[Task]


def alone(task: Task) -> Family:
    """Of a task that is new."""
    return Family(Tree(task.id, {}), ())


class Subtasks:
    """Writes are added to units; each is refused if the tree has changed since it was read."""

    def __init__(self, tasks: TaskRepository) -> None:
        self._tasks = tasks

    def family(self, task: Task, *, user_id: str) -> Family:
        """One round trip, two if there are any; none for most tasks."""
        root_id = task.root_id or task.id
        if not may_have_subtasks(task):
            return Family(Tree(root_id, {}), ())
        tree = self._tasks.tree(user_id=user_id, root_id=root_id)
        ids = tree.below(task.id)
        below = self._tasks.several(user_id=user_id, task_ids=ids) if ids else ()
        return Family(tree, below)

    def join(self, unit: Unit, parent: Task, task: Task, family: Family, *, user_id: str) -> None:
        """The task and those below it are parts of `parent`. Raises InvalidInput."""
        root = self._root(parent, user_id)
        tree = family.tree
        if tree.root_id != root.id:
            tree = self._tasks.tree(user_id=user_id, root_id=root.id)
        tree.check_room(parent.id, family.tree, task.id)
        self._touch(unit, root, user_id)

    def touch_root(self, unit: Unit, task: Task, *, user_id: str) -> None:
        """Of the tree that it is below in, if it is in one: whoever read that tree is overtaken."""
        if task.root_id:
            self._touch(unit, self._root(task, user_id), user_id)

    def follow(self, unit: Unit, new: Task, family: Family, *, user_id: str, now: Instant) -> None:
        """Those below stand where it stands now."""
        root_id = new.root_id or new.id
        for old in family.below:
            place = (new.project_id, new.section_id, root_id)
            if (old.project_id, old.section_id, old.root_id) != place:
                moved = old.changed({}, now=now).moved(*place, parent_id=old.parent_id)
                self._tasks.rewrite(unit, old, moved, user_id=user_id)

    def complete(
        self, unit: Unit, old: Task, new: Task, *, user_id: str, now: Instant
    ) -> Sequence[Task]:
        """Those below are done with it; or, if it comes again, to be done again: these are told.

        Those that were done with it are reopened with it.
        """
        at = new.completed_at
        if at is not None:
            return self._each(
                unit,
                old,
                user_id,
                lambda task: not task.is_completed and not old.is_completed,
                lambda task: task.completed(now=now, at=at, for_ever=True),
            )
        return self._each(
            unit,
            old,
            user_id,
            lambda task: task.is_completed and old.completed_at in {None, task.completed_at},
            lambda task: task.reopened(now=now),
        )

    def undo(self, unit: Unit, old: Task, done: Completion, *, user_id: str, now: Instant) -> None:
        """Those that were done before it was completed are done again."""
        before = {task_id: int(at) for task_id, at in map(str.split, done.reset)}
        self._each(
            unit,
            old,
            user_id,
            lambda task: task.id in before and not task.is_completed,
            lambda task: task.completed(now=now, at=before[task.id], for_ever=True),
        )

    def _each(
        self,
        unit: Unit,
        old: Task,
        user_id: str,
        is_meant: Callable[[Task], bool],
        changed: Callable[[Task], Task],
    ) -> Sequence[Task]:
        meant = [task for task in self.family(old, user_id=user_id).below if is_meant(task)]
        for task in meant:
            self._tasks.rewrite(unit, task, changed(task), user_id=user_id)
        if meant:
            self.touch_root(unit, old, user_id=user_id)
        return meant

    def _root(self, task: Task, user_id: str) -> Task:
        if task.root_id is None:
            return task
        try:
            return self._tasks.read(user_id=user_id, task_id=task.root_id)
        except NotFound:
            raise Overtaken from None

    def _touch(self, unit: Unit, root: Task, user_id: str) -> None:
        self._tasks.rewrite(unit, root, root.with_subtasks(), user_id=user_id)
