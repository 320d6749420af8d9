"""What the API takes for a task, made of the task's table of fields."""

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    HttpUrl,
    StrictBool,
    TypeAdapter,
    ValidationError,
)
from pydantic.config import JsonDict

from errand import ids
from errand.inputs import Day, Whole
from errand.labels.names import Labels
from errand.projects.model import INBOX, PROJECT_PATTERN
from errand.refusals import refused
from errand.schemas import Draft, creation
from errand.tasks.decisions import LINKS_BYTES_MAX
from errand.tasks.model import (
    DESCRIPTION_MAX,
    DURATION_MAX,
    LINK_MAX,
    LINKS_MAX,
    PRIORITY_DEFAULT,
    TITLE_MAX,
    TITLE_MIN,
    Task,
)
from errand.tasks.times import DueRule, RecurrenceRule, Reminders
from errand.text import ONE_LINE_3, PROSE, OneLine, OrAbsent, Prose, Trimmed, at_least

_WHY_NO_URL = {
    "url_scheme": "must be an http or https URL",
    "url_too_long": f"must have at most {LINK_MAX} characters, percent-encoded",
}


@cache
def _urls() -> TypeAdapter[HttpUrl]:
    """Made when a link is first sent."""
    return TypeAdapter(HttpUrl)


def _http_url(value: Any) -> str:
    try:
        link = str(_urls().validate_python(value))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)[0]
        why = f": {found['ctx']['error']}" if found["type"] == "url_parsing" else ""
        words = _WHY_NO_URL.get(found["type"], f"must be an http or https URL{why}")
        raise refused("url", words) from None
    # What is not ASCII grows when it is encoded.
    if len(link) > LINK_MAX:
        raise refused("url", _WHY_NO_URL["url_too_long"])
    return link


def _bounded(links: list[str]) -> tuple[str, ...]:
    if sum(map(len, links)) > LINKS_BYTES_MAX:
        most = f"must have at most {LINKS_BYTES_MAX} characters in all links together"
        raise refused("too_long", f"{most}, percent-encoded")
    return tuple(links)


Title = Annotated[
    str, Field(max_length=TITLE_MAX), Trimmed, at_least(TITLE_MIN), OneLine, ONE_LINE_3
]
Description = Annotated[str, Field(max_length=DESCRIPTION_MAX), Trimmed, Prose, OrAbsent, PROSE]
Link = Annotated[str, BeforeValidator(_http_url, json_schema_input_type=HttpUrl)]
# A list to whoever sends one, also in what they are told of a wrong one; a record has a tuple.
Links = Annotated[list[Link], Field(max_length=LINKS_MAX), AfterValidator(_bounded)]


EXAMPLE: JsonDict = {
    "title": "Buy milk",
    "description": "Two litres, the one with the blue cap",
    "due_date": "2026-12-24",
    "priority": 2,
    "links": ["https://example.com/milk"],
}


RULES: dict[str, Any] = {
    "title": Title,
    "description": Description,
    "due": DueRule,
    "due_date": Day,
    "deadline": Day,
    "start": DueRule,
    "duration": Annotated[int, Field(ge=1, le=DURATION_MAX), Whole],
    "recurrence": RecurrenceRule,
    "project_id": Annotated[
        str, Field(pattern=PROJECT_PATTERN, json_schema_extra={"examples": [INBOX]})
    ],
    "section_id": Annotated[str, Field(pattern=ids.PATTERN)],
    "parent_id": Annotated[str, Field(pattern=ids.PATTERN)],
    "priority": Annotated[int, Field(ge=1, le=PRIORITY_DEFAULT), Whole],
    "labels": Labels,
    "reminders": Reminders,
    "links": Links,
    "completed": StrictBool,
}

if TYPE_CHECKING:
    TaskCreate = Draft
else:
    TaskCreate = creation(Task, RULES, name="TaskCreate", example=EXAMPLE, meaning="A new task.")
