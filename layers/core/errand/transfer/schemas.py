"""What the API answers to an import."""

from typing import Annotated

from pydantic import BaseModel, Field

from errand.transfer.reading import Format
from errand.transfer.report import Outcome


class ImportLine(BaseModel):
    """Something of the file that did not come as it was."""

    at: Annotated[
        int,
        Field(description="The line of a text; in JSON which of its tasks, from 1; 0: all of it"),
    ]
    outcome: Annotated[Outcome, Field(description="What became of it")]
    message: Annotated[str, Field(description="What it is, for people")]


class ImportReport(BaseModel):
    """What became of a file."""

    format: Annotated[Format, Field(description="As which it was read")]
    dry_run: Annotated[bool, Field(description="Whether nothing was made")]
    projects: Annotated[int, Field(description="New projects; those of the same name are used")]
    tasks: Annotated[int, Field(description="New tasks")]
    lines: Annotated[list[ImportLine], Field(description="In the order in which they were met")]
    lines_left_off: Annotated[int, Field(description="How many more there would be")]
