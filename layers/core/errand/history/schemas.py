"""What the API gives of changes."""

from functools import cache
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from errand.acting import Means
from errand.fields import Shown
from errand.history.changes import Change
from errand.schemas import View, view
from errand.views import JsonView


class Author(BaseModel):
    """Who did something, and with what."""

    user_id: Annotated[str, Field(description="Id of the user")]
    means: Annotated[Means, Field(description="What it was done with")]
    means_id: Annotated[str, Field(description="Id of that session or token")]


class ChangedFields(BaseModel):
    """Fields by the names and in the forms that the API has for records of the kind."""

    model_config = ConfigDict(extra="allow")


_SHAPES: dict[str, Any] = {"by": Author, "old": ChangedFields, "new": ChangedFields}
_EXAMPLE = {
    "number": 17,
    "at": "2026-11-22T08:30:00.000Z",
    "action": "updated",
    "version": 2,
    "by": {
        "user_id": "06h08q0rf9qcv4e83s3ndg2tl0",
        "means": "session",
        "means_id": "06h08q0rf9qcv4e83s3ndg2tl4",
    },
    "kind": "task",
    "id": "06h08q0rf9qcv4e83s3ndg2tl8",
    "old": {"title": "Buy milk"},
    "new": {"title": "Buy oat milk"},
}

CHANGE_JSON = JsonView(Change)


@cache
def change_view() -> type[View]:
    """For documentation alone: CHANGE_JSON makes the answers."""
    meaning = "One change of one record."
    return view(Change, name="Change", meaning=meaning, shapes=_SHAPES, example=_EXAMPLE)


@cache
def exported_view() -> type[View]:
    meaning = "What changed of a task, or of what belongs to tasks."
    return view(Change, name="ExportedChange", meaning=meaning, where=Shown.EXPORTS, shapes=_SHAPES)
