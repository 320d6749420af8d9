"""What the API takes and gives for a section, made of its table of fields."""

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from errand.schemas import Draft, View, change, creation, view
from errand.sections.model import NAME_MAX, Section
from errand.text import ONE_LINE_1, OneLine, Trimmed, at_least
from errand.views import JsonView

_EXAMPLE = {"name": "Later"}
_ANSWER = {
    "id": "06h08q0rf9qcv4e83s3ndg2tl8",
    "project_id": "06h08q0rf9qcv4e83s3ndg2tl7",
    **_EXAMPLE,
    "created_at": "2026-11-22T08:30:00.123Z",
    "updated_at": "2026-11-22T08:30:00.123Z",
    "version": 1,
}
RULES: dict[str, Any] = {
    "name": Annotated[str, Field(max_length=NAME_MAX), Trimmed, at_least(1), OneLine, ONE_LINE_1],
}

if TYPE_CHECKING:
    SectionCreate = Draft
    SectionUpdate = Draft
else:
    SectionCreate = creation(
        Section, RULES, name="SectionCreate", example=_EXAMPLE, meaning="A new section."
    )
    SectionUpdate = change(
        Section,
        RULES,
        name="SectionUpdate",
        example={"name": "Some day"},
        meaning="Only the fields sent change. What the server sets is taken and ignored.",
    )

SECTION_JSON = JsonView(Section)


@cache
def section_view() -> type[View]:
    """For documentation alone: SECTION_JSON makes the answers."""
    meaning = "A part of a project, in which tasks stand together."
    return view(Section, name="Section", example=_ANSWER, meaning=meaning)
