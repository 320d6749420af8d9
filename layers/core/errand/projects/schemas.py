"""What the API takes and gives for a project, made of its table of fields."""

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, StrictBool

from errand import ids
from errand.inputs import Colour, Whole
from errand.projects.model import NAME_MAX, ORDER_MAX, Project
from errand.schemas import Draft, View, change, creation, view
from errand.text import ONE_LINE_1, OneLine, Trimmed, at_least
from errand.views import JsonView

_EXAMPLE = {"name": "Home", "colour": "#2a9d8f"}
_ANSWER = {
    "id": "06h08q0rf9qcv4e83s3ndg2tl8",
    **_EXAMPLE,
    "parent_id": None,
    "order": 0,
    "archived": False,
    "created_at": "2026-11-22T08:30:00.123Z",
    "updated_at": "2026-11-22T08:30:00.123Z",
    "version": 1,
}
RULES: dict[str, Any] = {
    "name": Annotated[str, Field(max_length=NAME_MAX), Trimmed, at_least(1), OneLine, ONE_LINE_1],
    "colour": Colour,
    "parent_id": Annotated[str, Field(pattern=ids.PATTERN)],
    "order": Annotated[int, Field(ge=-ORDER_MAX, le=ORDER_MAX), Whole],
    "archived": StrictBool,
}

if TYPE_CHECKING:
    ProjectCreate = Draft
    ProjectUpdate = Draft
else:
    ProjectCreate = creation(
        Project, RULES, name="ProjectCreate", example=_EXAMPLE, meaning="A new project."
    )
    ProjectUpdate = change(
        Project,
        RULES,
        name="ProjectUpdate",
        example={"archived": True},
        meaning="Only the fields sent change. What the server sets is taken and ignored.",
    )

PROJECT_JSON = JsonView(Project)


@cache
def project_view() -> type[View]:
    """For documentation alone: PROJECT_JSON makes the answers."""
    return view(Project, name="Project", example=_ANSWER, meaning="What tasks belong to.")
