"""What the API takes and gives for a saved filter, made of its table of fields."""

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field

from errand.filters.grammar import LENGTH_MAX, InvalidFilter
from errand.filters.parser import parse
from errand.inputs import Colour
from errand.refusals import refused
from errand.saved_filters.model import NAME_MAX, SavedFilter
from errand.schemas import Draft, View, change, creation, view
from errand.text import ONE_LINE_1, OneLine, Trimmed, at_least
from errand.views import JsonView


def _parsed(text: str) -> str:
    """As it was typed. Its names are looked up when it is used: they come and go."""
    try:
        parse(text)
    except InvalidFilter as wrong:
        raise refused("filter", str(wrong)) from None
    return text


_EXAMPLE = {"name": "Soon", "query": "due < tomorrow & priority <= 2", "colour": "#2a9d8f"}
_ANSWER = {
    "id": "06h08q0rf9qcv4e83s3ndg2tl8",
    **_EXAMPLE,
    "created_at": "2026-11-22T08:30:00.123Z",
    "updated_at": "2026-11-22T08:30:00.123Z",
    "version": 1,
}
RULES: dict[str, Any] = {
    "name": Annotated[str, Field(max_length=NAME_MAX), Trimmed, at_least(1), OneLine, ONE_LINE_1],
    "query": Annotated[
        str,
        Field(max_length=LENGTH_MAX, json_schema_extra={"format": "task-filter"}),
        Trimmed,
        at_least(1),
        OneLine,
        AfterValidator(_parsed),
    ],
    "colour": Colour,
}

if TYPE_CHECKING:
    FilterCreate = Draft
    FilterUpdate = Draft
else:
    FilterCreate = creation(
        SavedFilter, RULES, name="FilterCreate", example=_EXAMPLE, meaning="A new saved filter."
    )
    FilterUpdate = change(
        SavedFilter,
        RULES,
        name="FilterUpdate",
        example={"query": "due < tomorrow + 3 days"},
        meaning="Only the fields sent change. What the server sets is taken and ignored.",
    )

FILTER_JSON = JsonView(SavedFilter)


@cache
def filter_view() -> type[View]:
    """For documentation alone: FILTER_JSON makes the answers."""
    return view(SavedFilter, name="Filter", example=_ANSWER, meaning="A list with a name.")
