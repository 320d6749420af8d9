"""Searching one's tasks."""

from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import BeforeValidator
from pydantic.json_schema import SkipJsonSchema

from errand.inputs import true_or_false
from errand.search.indexed import IndexSearch
from errand.search.query import QUERY_MAX
from errand.search.repository import SearchRepository
from errand.search.schemas import search_page, told
from errand.search.service import SearchService
from errand.tasks.repository import DynamoTasks
from errand_api.dependencies import Cursor, PageLimit, TaskReader, services_of
from errand_api.features.tasks import TAG
from errand_api.responses import as_json, problems
from errand_api.routing import Documented, Router
from errand_api.services import Services

router = Router(tags=[TAG["name"]])


def service(services: Services) -> SearchService:
    return SearchService(
        tasks=DynamoTasks(),
        index=IndexSearch(SearchRepository(), epoch=services.epoch),
        ring=services.ring,
        clock=services.clock,
    )


@router.get(
    "/search",
    operation_id="search_tasks",
    summary="Search your tasks",
    description="All words must be in title, labels, description or comments; the last may go on. "
    "Case, accents and widths make no difference; quotes keep words together. All tasks are looked "
    "through, by an index that knows changes some seconds later; the newest ones as they are right "
    "now. As long as there is no index of all, the newest are looked at, about 1 MB of them, "
    "without comments. If there is more to look at, the cursor leads to it.",
    response_model=Documented(search_page),
    responses=problems(400, 401, 403, 422),
)
async def search_tasks(
    request: Request,
    caller: TaskReader,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=QUERY_MAX,
            description="What to look for",
            json_schema_extra={"format": "search-words", "examples": ["pay rent"]},
        ),
    ],
    completed: Annotated[
        bool | SkipJsonSchema[None],
        BeforeValidator(true_or_false),
        Query(description="Only those that are, or are not, completed"),
    ] = None,
    limit: PageLimit = 10,
    cursor: Cursor = None,
) -> Response:
    services = services_of(request)
    results = await services.run(
        services.of(service).search,
        caller=caller,
        text=q,
        completed=completed,
        limit=limit,
        cursor=cursor,
    )
    return as_json(told(results))
