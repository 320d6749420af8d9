"""What the API gives for tasks in the trash."""

from functools import cache

from errand.schemas import View, view
from errand.tasks.model import Trashed
from errand.tasks.times import SHAPES
from errand.views import JsonView

TRASHED_JSON = JsonView(Trashed)


@cache
def trashed_view() -> type[View]:
    """For documentation alone: TRASHED_JSON makes the answers."""
    meaning = "A task that was deleted, as it was then."
    return view(Trashed, name="TrashedTask", meaning=meaning, shapes=SHAPES)
