"""What the API takes and gives for a comment, made of its table of fields."""

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from errand.comments.model import TEXT_MAX, Comment
from errand.schemas import Draft, View, change, creation, view
from errand.text import PROSE_1, Prose, Trimmed, at_least
from errand.views import JsonView

_EXAMPLE = {"text": "The shop has none.\nI ask again on Monday."}
_ANSWER = {
    "id": "06h08q0rf9qcv4e83s3ndg2tl8",
    "task_id": "06h08q0rf9qcv4e83s3ndg2tl9",
    **_EXAMPLE,
    "author_id": "06h04o2vndpa700bqsem70d6f8",
    "created_at": "2026-11-22T08:30:00.123Z",
    "edited_at": None,
    "replaced": None,
    "version": 1,
}
RULES: dict[str, Any] = {
    "text": Annotated[str, Field(max_length=TEXT_MAX), Trimmed, at_least(1), Prose, PROSE_1],
}

if TYPE_CHECKING:
    CommentCreate = Draft
    CommentUpdate = Draft
else:
    CommentCreate = creation(
        Comment, RULES, name="CommentCreate", example=_EXAMPLE, meaning="A new comment."
    )
    CommentUpdate = change(
        Comment,
        RULES,
        name="CommentUpdate",
        example={"text": "The shop has one."},
        meaning="Only the fields sent change. What the server sets is taken and ignored.",
    )

COMMENT_JSON = JsonView(Comment)


@cache
def comment_view() -> type[View]:
    """For documentation alone: COMMENT_JSON makes the answers."""
    return view(Comment, name="Comment", example=_ANSWER, meaning="What is said of a task.")
