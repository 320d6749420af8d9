"""What the API takes and gives for a task."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import (
    AliasPath,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    StrictBool,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    computed_field,
)
from pydantic.config import JsonDict

from errand import ids
from errand.fields import IF_SENT
from errand.tasks.model import DESCRIPTION_MAX, LINKS_MAX, TITLE_MAX, TITLE_MIN, Changes
from errand.text import ONE_LINE_3, PROSE, OneLine, Prose, Trimmed


def _text_only(value: Any) -> Any:
    # Pydantic would take a number for a time stamp, and a time stamp for a day.
    if not isinstance(value, str) or len(value) != len("2026-11-22"):
        raise ValueError("must be a day as YYYY-MM-DD")
    return value


_HTTP_URL = TypeAdapter(HttpUrl)


def _http_url(value: Any) -> str:
    try:
        return str(_HTTP_URL.validate_python(value))
    except ValidationError:
        raise ValueError("must be an http or https URL") from None


Title = Annotated[
    str, Field(max_length=TITLE_MAX), Trimmed, Field(min_length=TITLE_MIN), OneLine, ONE_LINE_3
]
Description = Annotated[str, Field(max_length=DESCRIPTION_MAX), Trimmed, Prose, PROSE]
Day = Annotated[date, BeforeValidator(_text_only, json_schema_input_type=date)]
Link = Annotated[str, BeforeValidator(_http_url, json_schema_input_type=HttpUrl)]
Links = Annotated[list[Link], Field(max_length=LINKS_MAX)]


_EXAMPLE: JsonDict = {
    "title": "Buy milk",
    "description": "Two litres, the one with the blue cap",
    "due_date": "2026-12-24",
    "links": ["https://example.com/milk"],
}


class TaskCreate(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    title: Title
    description: Description | None = None
    due_date: Day | None = None
    links: Links = []
    completed: StrictBool = False


class TaskUpdate(BaseModel):
    """Only the fields sent change; null clears description, due date and links."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"completed": True}]})

    title: Title = IF_SENT
    description: Description | None = IF_SENT
    due_date: Day | None = IF_SENT
    links: Links | None = IF_SENT
    completed: StrictBool = IF_SENT

    def changes(self) -> Changes:
        return self.model_dump(exclude_unset=True)


def _without_prefix(key: str) -> str:
    return key.removeprefix("TASK#")


def _stored_link(value: Any) -> Any:
    return value["S"] if isinstance(value, dict) else value


# Read straight from a DynamoDB item (the aliases) or from its own JSON (the names): no object of
# PynamoDB stands between a row and its answer.
class Task(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        validate_by_name=True,
        json_schema_serialization_defaults_required=True,
        json_schema_extra={
            "examples": [
                {
                    "id": "06h08q0rf9qcv4e83s3ndg2tl8",
                    **_EXAMPLE,
                    "completed": True,
                    "completed_at": "2026-12-23T17:05:00.456Z",
                    "created_at": "2026-11-22T08:30:00.123Z",
                    "updated_at": "2026-12-23T17:05:00.456Z",
                    "version": 2,
                }
            ]
        },
    )

    id: Annotated[
        str,
        # Below the validator it would be checked in Python as well: 10 % of reading them.
        StringConstraints(pattern=ids.PATTERN),
        BeforeValidator(_without_prefix, json_schema_input_type=str),
        Field(validation_alias=AliasPath("sk", "S")),
    ]
    title: Annotated[str, Field(validation_alias=AliasPath("t", "S"))]
    description: Annotated[str | None, Field(validation_alias=AliasPath("d", "S"))] = None
    due_date: Annotated[date | None, Field(validation_alias=AliasPath("du", "S"))] = None
    links: Annotated[
        list[Annotated[str, BeforeValidator(_stored_link, json_schema_input_type=str)]],
        # A default that is a list is copied in Python: 40 % of reading a page's rows.
        Field(
            validation_alias=AliasPath("l", "L"),
            default_factory=list,
            json_schema_extra={"default": []},
        ),
    ]
    completed_at: Annotated[datetime | None, Field(validation_alias=AliasPath("cd", "N"))] = None
    created_at: Annotated[datetime, Field(validation_alias=AliasPath("ca", "N"))]
    updated_at: Annotated[datetime, Field(validation_alias=AliasPath("ua", "N"))]
    version: Annotated[int, Field(validation_alias=AliasPath("v", "N"))]

    @computed_field  # type: ignore[prop-decorator] # Pydantic's own idiom
    @property
    def completed(self) -> bool:
        return self.completed_at is not None


TASKS = TypeAdapter(list[Task])
