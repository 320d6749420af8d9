"""What the API takes for a task that is moved."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from errand import ids
from errand.projects.model import PROJECT_PATTERN
from errand.refusals import refused
from errand.schemas import IF_SENT, sent

type Edge = Annotated[Literal["start", "end"], Field(description="One end of an order")]
_Id = Annotated[str, Field(pattern=ids.PATTERN)]


class TaskMove(BaseModel):
    """Where to; what is not sent stays, and without a place the task is the last there."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=sent({"before": "06h08q0rf9qcv4e83s3ndg2tl8"})
    )

    project_id: Annotated[
        Annotated[str, Field(pattern=PROJECT_PATTERN)],
        Field(description="The project; what is below the task goes with it"),
    ] = IF_SENT
    section_id: Annotated[
        _Id | None, Field(description="A section of that project; null: of none")
    ] = None
    parent_id: Annotated[
        _Id | None, Field(description="The task that it is to be a part of; null: of none")
    ] = None
    before: Annotated[_Id, Field(description="The open task to stand right before")] = IF_SENT
    after: Annotated[_Id, Field(description="The open task to stand right behind")] = IF_SENT
    at: Annotated[Edge, Field(description="Before or behind all others there")] = IF_SENT

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        places = (self.before, self.after, self.at)
        if sum(place is not None for place in places) > 1:
            raise refused("one_place", "before, after and at are different places: send one")
        return self
