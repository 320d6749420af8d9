"""What of a task, and of the comments on it, is a document of the index."""

from collections.abc import Iterable

from errand.search.documents import Document
from errand.tasks.model import Task

# Of a conversation: the newest.
COMMENTS_MAX = 100
COMMENTS_LENGTH = 8_000


def document(task: Task, version: int, comments: Iterable[str] = ()) -> Document:
    """`comments`: their texts, the newest first. The task need not know its labels' names."""
    return Document.of(
        task.id,
        version,
        updated_at=task.updated_at,
        is_completed=task.is_completed,
        texts={
            "title": task.title,
            "description": task.description or "",
            "comments": "\n".join(comments)[:COMMENTS_LENGTH],
        },
        label_ids=task.label_ids,
    )
