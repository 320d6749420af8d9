"""What the API takes and gives for occurrences of a task."""

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool

from errand.epoch import since_epoch
from errand.inputs import Moment
from errand.schemas import View, sent, view
from errand.tasks.due import Due
from errand.tasks.model import Completion
from errand.tasks.times import SHAPES, DueRule, DueShape
from errand.views import JsonView


class Completed(BaseModel):
    """That a task is done."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=sent({"completed_at": "2026-11-22T08:30:00.000Z"})
    )

    completed_at: Annotated[
        Annotated[Moment, AfterValidator(since_epoch)] | None,
        Field(description="When, if not now: for clients offline then; since 1970, not to come"),
    ] = None
    occurrence: Annotated[
        DueRule | None,
        Field(
            description="Which one is done, by its `occurrence`: if it was done or left out "
            "elsewhere meanwhile, nothing is done"
        ),
    ] = None
    for_ever: Annotated[
        StrictBool, Field(description="Whether it is not to come again, whatever its recurrence")
    ] = False


class OccurrenceMove(BaseModel):
    """When an occurrence to come is due instead."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=sent(
            {
                "occurrence": {"type": "date", "date": "2026-12-24"},
                "due": {"type": "date", "date": "2026-12-23"},
            }
        ),
    )

    occurrence: Annotated[DueRule, Field(description="Which: when it would be due by the rule")]
    due: Annotated[DueRule | None, Field(description="When it is due; null leaves it out")]


class ComingOccurrence(BaseModel):
    """One time that a task is to be done."""

    occurrence: Annotated[DueShape, Field(description="When it would be due by the rule")]
    due: Annotated[DueShape, Field(description="When it is due: another time if it was moved")]


COMPLETION_JSON = JsonView(Completion)


def told(to_come: Sequence[tuple[Due, Due]]) -> list[dict[str, Any]]:
    """As Occurrence has it."""
    return [{"occurrence": one.shown(), "due": due.shown()} for one, due in to_come]


@cache
def completion_view() -> type[View]:
    """For documentation alone: COMPLETION_JSON makes the answers."""
    meaning = "A task that comes again, as it was when an occurrence of it was completed."
    return view(Completion, name="Completion", meaning=meaning, shapes=SHAPES)
