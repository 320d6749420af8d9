"""What happens to the tasks below a task, in the transaction in which it happens to that."""

from collections.abc import Callable, Sequence
from contextlib import suppress
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


# What becomes of a task below another one; itself, if nothing does.
type Becomes = Callable[[Task], Task]


def stays(task: Task) -> Task:
    return task


def done_with(old: Task, new: Task, *, now: Instant) -> Becomes:
    """Those below are done with it; or, if it comes again, to be done again.

    Those that were done with it are reopened with it.
    """
    at = new.completed_at
    if at is not None:
        if old.is_completed:
            return stays
        return lambda one: one if one.is_completed else one.completed(now=now, at=at, for_ever=True)

    def reopened(one: Task) -> Task:
        is_meant = one.is_completed and old.completed_at in {None, one.completed_at}
        return one.reopened(now=now) if is_meant else one

    return reopened


def changed_since(at: Instant, becomes: Becomes) -> Becomes:
    """But of those that were as they are now before that."""
    return lambda one: becomes(one) if one.updated_at >= at else one


def done_before(done: Completion, *, now: Instant) -> Becomes:
    """Those that were done before it was completed are done again."""
    before = {task_id: int(at) for task_id, at in map(str.split, done.reset)}

    def become(one: Task) -> Task:
        if one.id not in before or one.is_completed:
            return one
        return one.completed(now=now, at=before[one.id], for_ever=True)

    return become


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
        """Of the tree that it is below in, if it is in one: whoever read that tree is overtaken.

        Without a root, as restoring left it that was broken off, nobody else reads it.
        """
        if task.root_id:
            with suppress(NotFound):
                self._touch(unit, self._tasks.read(user_id=user_id, task_id=task.root_id), user_id)

    def carry(
        self,
        unit: Unit,
        new: Task,
        family: Family,
        becomes: Becomes,
        *,
        user_id: str,
        now: Instant,
    ) -> Sequence[Task]:
        """Those below stand where it stands now, and are what they become, in one write each.

        Told are those that become another.
        """
        place = (new.project_id, new.section_id, new.root_id or new.id)
        others = []
        for old in family.below:
            then = becomes(old)
            if then is not old:
                others.append(old)
            if (old.project_id, old.section_id, old.root_id) != place:
                then = old.changed({}, now=now) if then is old else then
                then = then.moved(*place, parent_id=old.parent_id)
            if then is not old:
                self._tasks.rewrite(unit, old, then, user_id=user_id)
        return others

    def _root(self, task: Task, user_id: str) -> Task:
        if task.root_id is None:
            return task
        try:
            return self._tasks.read(user_id=user_id, task_id=task.root_id)
        except NotFound:
            raise Overtaken from None

    def _touch(self, unit: Unit, root: Task, user_id: str) -> None:
        self._tasks.rewrite(unit, root, root.with_subtasks(), user_id=user_id)
