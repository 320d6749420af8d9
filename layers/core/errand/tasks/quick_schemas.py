"""What the API takes and gives for a task that is typed as one line."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from errand.inputs import Zone
from errand.schemas import IF_SENT, sent
from errand.tasks.model import TITLE_MIN
from errand.tasks.quick import Understanding
from errand.tasks.times import DueShape, RecurrenceShape
from errand.text import ONE_LINE_3, OneLine, Trimmed, at_least

_TEXT_MAX = 1000
_EXAMPLE = {"text": "Pay rent every 1st at 9am #home @bank p1 {in 3 days}"}


class QuickTask(BaseModel):
    """A new task, as people type it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=sent(_EXAMPLE))

    text: Annotated[
        Annotated[
            str, Field(max_length=_TEXT_MAX), Trimmed, at_least(TITLE_MIN), OneLine, ONE_LINE_3
        ],
        Field(description="A title with a date, a rule, #project, @label, p1, {deadline} in it"),
    ]
    timezone: Annotated[
        Zone, Field(description="Whose clock decides what tomorrow is, if not the account's")
    ] = IF_SENT
    dry_run: Annotated[
        StrictBool, Field(description="Tell what is understood, and make nothing")
    ] = False


class UnderstoodPart(BaseModel):
    """A part of the text that means something."""

    kind: Annotated[str, Field(description="What it says")]
    start: Annotated[int, Field(description="Its first code point, from 0")]
    end: Annotated[int, Field(description="The code point behind it")]


class QuickDraft(BaseModel):
    """What would be made."""

    title: Annotated[str, Field(description="What is left of the text")]
    due: Annotated[DueShape, Field(description="When it is due")] = IF_SENT
    recurrence: Annotated[RecurrenceShape, Field(description="How it comes again")] = IF_SENT
    deadline: Annotated[date, Field(description="The last day for it")] = IF_SENT
    priority: Annotated[int, Field(description="1 is the highest")] = IF_SENT
    duration: Annotated[int, Field(description="How long it takes, in minutes")] = IF_SENT
    labels: Annotated[list[str], Field(description="Names of its labels")] = IF_SENT
    project_id: Annotated[str, Field(description="The project that it belongs to")] = IF_SENT
    section_id: Annotated[str, Field(description="The section that it stands in")] = IF_SENT


class QuickUnderstanding(BaseModel):
    """What is understood of a text."""

    task: Annotated[QuickDraft, Field(description="What would be made")]
    understood: Annotated[list[UnderstoodPart], Field(description="Of what it is made, in order")]


def told(found: Understanding) -> dict[str, Any]:
    """As QuickUnderstanding has it."""
    parts = [{"kind": one.kind, "start": one.start, "end": one.end} for one in found.parts]
    return {"task": found.fields, "understood": parts}
