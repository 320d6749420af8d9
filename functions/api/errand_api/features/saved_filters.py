"""One's own saved filters."""

from typing import Annotated

from fastapi import Path, Request, Response

from errand.saved_filters.repository import DynamoSavedFilters
from errand.saved_filters.schemas import FILTER_JSON, FilterCreate, FilterUpdate, filter_view
from errand.saved_filters.service import SavedFilterService
from errand.schemas import several
from errand_api import providers
from errand_api.dependencies import (
    Cursor,
    IdempotencyKey,
    IfMatch,
    IfNoneMatch,
    PageLimit,
    TaskReader,
    TaskWriter,
    precondition,
    receipt_of,
    services_of,
)
from errand_api.responses import (
    ETAG,
    IF_NONE_MATCH,
    LOCATION,
    answer,
    created,
    listed,
    page_of,
    problems,
)
from errand_api.routing import Documented, Router
from errand_api.services import Services

TAG = {"name": "filters", "description": "Lists of tasks with a name"}
router = Router(prefix="/filters", tags=[TAG["name"]])


def service(services: Services) -> SavedFilterService:
    return SavedFilterService(
        filters=DynamoSavedFilters(),
        store=services.of(providers.store),
        pager=services.of(providers.pager),
        clock=services.clock,
    )


FilterId = Annotated[
    str, Path(description="The filter's id", examples=["06h08q0rf9qcv4e83s3ndg2tl8"])
]


@router.post(
    "",
    operation_id="create_filter",
    summary="Create a filter",
    description="The query is what `GET /tasks?filter=` takes; what is wrong in it is told with "
    "its position. With an Idempotency-Key a request that is sent again creates nothing new.",
    status_code=201,
    response_model=Documented(filter_view),
    responses=problems(400, 401, 403, 409, 413, 415, 422)
    | {201: {"description": "The new filter", "headers": ETAG | LOCATION}},
)
async def create_filter(
    request: Request,
    caller: TaskWriter,
    new: FilterCreate,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    services = services_of(request)
    receipt = await receipt_of(request, idempotency_key)
    making = services.run(services.of(service).create, caller=caller, new=new, receipt=receipt)
    return await created(request, making, FILTER_JSON, location="/filters/{id}")


@router.get(
    "",
    operation_id="list_filters",
    summary="List your filters, oldest first",
    description="`GET /tasks?saved_filter=` has the tasks of one.",
    response_model=Documented(lambda: several(filter_view())),
    responses=problems(400, 401, 403, 422) | page_of("filters"),
)
async def list_filters(
    request: Request, caller: TaskReader, limit: PageLimit = 10, cursor: Cursor = None
) -> Response:
    services = services_of(request)
    page = await services.run(services.of(service).list, caller=caller, limit=limit, cursor=cursor)
    return listed(request, page, FILTER_JSON)


@router.get(
    "/{filter_id}",
    operation_id="read_filter",
    summary="Read a filter",
    description="One filter with its ETag, which If-Match and If-None-Match take.",
    response_model=Documented(filter_view),
    openapi_extra=IF_NONE_MATCH,
    responses=problems(304, 400, 401, 403, 404)
    | {200: {"description": "The filter", "headers": ETAG}},
)
async def read_filter(request: Request, caller: TaskReader, filter_id: FilterId) -> Response:
    services = services_of(request)
    saved = await services.run(services.of(service).read, caller=caller, filter_id=filter_id)
    return answer(request, saved, FILTER_JSON)


@router.patch(
    "/{filter_id}",
    operation_id="update_filter",
    summary="Change the fields sent",
    description="Fields that are not sent stay as they are.",
    response_model=Documented(filter_view),
    responses=problems(400, 401, 403, 404, 409, 412, 413, 415, 422)
    | {200: {"description": "The filter as it is now", "headers": ETAG}},
)
async def update_filter(
    request: Request,
    caller: TaskWriter,
    filter_id: FilterId,
    update: FilterUpdate,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    services = services_of(request)
    saved = await services.run(
        services.of(service).update,
        caller=caller,
        filter_id=filter_id,
        update=update,
        expected=precondition(if_match, if_none_match),
    )
    return answer(request, saved, FILTER_JSON)


@router.delete(
    "/{filter_id}",
    operation_id="delete_filter",
    summary="Delete a filter",
    description="The tasks that it lists stay.",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 404, 409, 412, 422),
)
async def delete_filter(
    request: Request,
    caller: TaskWriter,
    filter_id: FilterId,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> None:
    services = services_of(request)
    await services.run(
        services.of(service).delete,
        caller=caller,
        filter_id=filter_id,
        expected=precondition(if_match, if_none_match),
    )
