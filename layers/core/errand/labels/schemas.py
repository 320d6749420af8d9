"""What the API takes and gives for a label, made of its table of fields."""

from functools import cache
from typing import TYPE_CHECKING, Any

from errand.inputs import Colour
from errand.labels.model import Label
from errand.labels.names import LabelName
from errand.schemas import Draft, View, change, creation, view
from errand.views import JsonView

_EXAMPLE = {"name": "bank", "colour": "#2a9d8f"}
_ANSWER = {
    "id": "06h08q0rf9qcv4e83s3ndg2tl8",
    **_EXAMPLE,
    "created_at": "2026-11-22T08:30:00.123Z",
    "updated_at": "2026-11-22T08:30:00.123Z",
    "version": 1,
}
RULES: dict[str, Any] = {
    "name": LabelName,
    "colour": Colour,
}

if TYPE_CHECKING:
    LabelCreate = Draft
    LabelUpdate = Draft
else:
    LabelCreate = creation(
        Label, RULES, name="LabelCreate", example=_EXAMPLE, meaning="A new label."
    )
    LabelUpdate = change(
        Label,
        RULES,
        name="LabelUpdate",
        example={"name": "banking"},
        meaning="Only the fields sent change. What the server sets is taken and ignored.",
    )

LABEL_JSON = JsonView(Label)


@cache
def label_view() -> type[View]:
    """For documentation alone: LABEL_JSON makes the answers."""
    return view(Label, name="Label", example=_ANSWER, meaning="A name that tasks bear.")
