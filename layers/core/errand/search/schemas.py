"""What the API gives for a search."""

from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, create_model

from errand.records import show
from errand.search.found import Results
from errand.tasks.views import task_view

type MarkedField = Annotated[
    Literal["title", "description"], Field(description="A field that can be marked")
]


class SearchMark(BaseModel):
    """A place of a text that has what was searched for."""

    field: Annotated[MarkedField, Field(description="In which field")]
    start: Annotated[int, Field(description="Its first code point, from 0")]
    end: Annotated[int, Field(description="The code point behind it")]


def _required(shapes: dict[str, Any]) -> Any:
    return {name: (shape, ...) for name, shape in shapes.items()}


@cache
def search_page() -> type[BaseModel]:
    """For documentation alone."""
    result_fields: Any = {
        "task": Annotated[task_view(), Field(description="As it is now")],
        "score": Annotated[float, Field(description="How well it fits, and how recent it is")],
        "marks": Annotated[list[SearchMark], Field(description="For clients to mark")],
    }
    result: Any = create_model(
        "SearchResult",
        __doc__="A task that was found.",
        **_required(result_fields),
    )
    page_fields: Any = {
        "results": Annotated[list[result], Field(description="The best first")],
        "found": Annotated[int, Field(description="How many fit of those looked at")],
        "looked_at": Annotated[int, Field(description="Tasks, and older versions of some")],
        "cursor": Annotated[str | None, Field(description="To look at more, if there is")],
    }
    page: type[BaseModel] = create_model(
        "SearchPage",
        __doc__="The best of what was looked at.",
        **_required(page_fields),
    )
    return page


def told(results: Results) -> dict[str, Any]:
    """As search_page has it."""
    return {
        "results": [
            {
                "task": show(one.task),
                "score": one.score,
                "marks": [
                    {"field": name, "start": start, "end": end} for name, (start, end) in one.marks
                ],
            }
            for one in results.found
        ],
        "found": results.count,
        "looked_at": results.looked_at,
        "cursor": results.cursor,
    }
