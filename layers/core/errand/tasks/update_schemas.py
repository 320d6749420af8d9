"""What the API takes for a change of a task, made of the same rules."""

from typing import TYPE_CHECKING

from errand.schemas import Draft, change
from errand.tasks.model import Task
from errand.tasks.schemas import RULES

if TYPE_CHECKING:
    TaskUpdate = Draft
else:
    TaskUpdate = change(
        Task,
        RULES,
        name="TaskUpdate",
        example={"completed": True},
        meaning="Only the fields sent change; null clears those that a task need not have. "
        "What the server sets is taken and ignored, so that a task can be sent as it was read.",
    )
