"""A task and those below it: which they are, and how deep."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from errand.errors import InvalidInput

# Levels below a task that is part of no other.
DEPTH_MAX = 5
# In a tree, below its root: what is done to all of them is one transaction.
SUBTASKS_MAX = 90
# So many at once where each takes two of the hundred writes of a transaction.
TWICE_AT_ONCE = 45


class Placed(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def root_id(self) -> str | None: ...
    @property
    def tree(self) -> int: ...


def may_have_subtasks(task: Placed) -> bool:
    """Whether it is worth looking: most tasks never had any."""
    return task.root_id is not None or task.tree > 0


@dataclass(frozen=True, slots=True)
class Tree:
    """`parents`: of every task below the root, the one that it is a part of."""

    root_id: str
    parents: Mapping[str, str]

    def below(self, task_id: str) -> list[str]:
        """Those nearer to it first."""
        found = [task_id]
        for one in found:
            found += sorted(child for child, parent in self.parents.items() if parent == one)
        return found[1:]

    def depth(self, task_id: str) -> int:
        """0 for the root."""
        depth = 0
        while task_id != self.root_id and task_id in self.parents:
            task_id, depth = self.parents[task_id], depth + 1
        return depth

    def height(self, task_id: str) -> int:
        """Levels below the task."""
        depth = self.depth(task_id)
        return max((self.depth(one) - depth for one in self.below(task_id)), default=0)

    def check_room(self, parent_id: str, branch: "Tree", task_id: str) -> None:
        """For a task and those below it in `branch`, as a part of `parent_id`.

        Raises InvalidInput.
        """
        moved = {task_id, *branch.below(task_id)}
        if parent_id in moved:
            raise InvalidInput("A task cannot be a part of itself")
        if self.depth(parent_id) + 1 + branch.height(task_id) > DEPTH_MAX:
            raise InvalidInput(f"Subtasks are at most {DEPTH_MAX} levels deep")
        if len({*self.parents, *moved}) > SUBTASKS_MAX:
            raise InvalidInput(f"A task has at most {SUBTASKS_MAX} subtasks in all")
