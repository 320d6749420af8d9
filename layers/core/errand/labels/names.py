"""What a label may be called, and what a task may bear of them."""

from typing import Annotated

from pydantic import AfterValidator, Field

from errand.later import Later
from errand.text import ONE_LINE_1, OneLine, Trimmed, at_least

NAME_MAX = 60
# Of one task.
LABELS_MAX = 50

LabelName = Annotated[str, Field(max_length=NAME_MAX), Trimmed, at_least(1), OneLine, ONE_LINE_1]
Labels = Annotated[
    tuple[str, ...],
    Later(lambda: Annotated[list[LabelName], Field(max_length=LABELS_MAX), AfterValidator(tuple)]),
]
