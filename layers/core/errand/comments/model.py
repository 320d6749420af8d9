"""A comment on a task: what somebody said of it, and when."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

from errand.codecs import FIRST_ID, LAST_ID, Instant
from errand.fields import NOWHERE, By, Derived, kept

# Of a task.
COMMENTS_MAX = 1000
TEXT_MAX = 5000
# What the keys of comments begin with in the view of trees, where no id of a task does.
COMMENTED = "y"

type Changes = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Comment:
    """The table of a comment's fields. `version` counts changes from 1."""

    id: str = kept("sk", codec=LAST_ID, meaning="Ids sort by age")
    task_id: str = kept("sk", codec=FIRST_ID, meaning="The task that it is about")
    text: str = kept("t", by=By.CLIENT, meaning="What is said, on any number of lines")
    author_id: str = kept("au", meaning="Who wrote it")
    created_at: Instant = kept("ca", meaning="When it was written")
    edited_at: Instant | None = kept(
        "ed", default=None, meaning="When its text last changed; null: it is as it was written"
    )
    replaced: str | None = kept(
        "rp",
        default=None,
        meaning="Which text of the task it was, `title` or `description`, until a device replaced "
        "it that had not seen it; null: it was written as a comment",
    )
    version: int = kept("v", meaning="How often it was written; its ETag is the same in quotes")

    DERIVED: ClassVar = (
        Derived(name="of_task", type=str, stored="vt", shown=NOWHERE),
        Derived(name="mark", type=str, stored="m", shown=NOWHERE, default=""),
    )

    @classmethod
    def new(
        cls, comment_id: str, task_id: str, fields: Changes, *, author_id: str, now: Instant
    ) -> Self:
        """`fields`: those of a client, and what it replaced."""
        return cls(
            id=comment_id,
            task_id=task_id,
            **fields,
            author_id=author_id,
            created_at=now,
            version=1,
        )

    @property
    def of_task(self) -> str:
        """Its key in the view of trees, by which comments are counted without their texts."""
        return commented(self.task_id)

    @property
    def mark(self) -> str:
        """None yet: each change leaves one (storage.marks), and nothing here reads it."""
        return ""

    def changed(self, changes: Changes, *, now: Instant) -> Self:
        """The next version; the same if that says what is said already."""
        if all(getattr(self, name) == value for name, value in changes.items()):
            return self
        later = max(now, (self.edited_at or self.created_at) + 1)
        return replace(self, **changes, edited_at=later, version=self.version + 1)


def commented(task_id: str) -> str:
    return COMMENTED + task_id
