"""One's own labels."""

from typing import Annotated

from fastapi import Path, Request, Response

from errand.labels.schemas import LABEL_JSON, LabelCreate, LabelUpdate, label_view
from errand.labels.service import LabelService
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

TAG = {"name": "labels", "description": "Names that your tasks bear"}
router = Router(prefix="/labels", tags=[TAG["name"]])


def service(services: Services) -> LabelService:
    return LabelService(
        labels=services.of(providers.labels),
        store=services.of(providers.store),
        pager=services.of(providers.pager),
        clock=services.clock,
    )


LabelId = Annotated[
    str, Path(description="The label's id", examples=["06h08q0rf9qcv4e83s3ndg2tl8"])
]


@router.post(
    "",
    operation_id="create_label",
    summary="Create a label",
    description="Only the name is needed. With an Idempotency-Key a request that is sent again "
    "creates nothing new.",
    status_code=201,
    response_model=Documented(label_view),
    responses=problems(400, 401, 403, 409, 413, 415, 422)
    | {201: {"description": "The new label", "headers": ETAG | LOCATION}},
)
async def create_label(
    request: Request,
    caller: TaskWriter,
    new: LabelCreate,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    services = services_of(request)
    receipt = await receipt_of(request, idempotency_key)
    making = services.run(services.of(service).create, caller=caller, new=new, receipt=receipt)
    return await created(request, making, LABEL_JSON, location="/labels/{id}")


@router.get(
    "",
    operation_id="list_labels",
    summary="List your labels, oldest first",
    description="Labels that a task is sent with are made if there are none of these names.",
    response_model=Documented(lambda: several(label_view())),
    responses=problems(400, 401, 403, 422) | page_of("labels"),
)
async def list_labels(
    request: Request, caller: TaskReader, limit: PageLimit = 10, cursor: Cursor = None
) -> Response:
    services = services_of(request)
    page = await services.run(services.of(service).list, caller=caller, limit=limit, cursor=cursor)
    return listed(request, page, LABEL_JSON)


@router.get(
    "/{label_id}",
    operation_id="read_label",
    summary="Read a label",
    description="One label with its ETag, which If-Match and If-None-Match take.",
    response_model=Documented(label_view),
    openapi_extra=IF_NONE_MATCH,
    responses=problems(304, 400, 401, 403, 404)
    | {200: {"description": "The label", "headers": ETAG}},
)
async def read_label(request: Request, caller: TaskReader, label_id: LabelId) -> Response:
    services = services_of(request)
    label = await services.run(services.of(service).read, caller=caller, label_id=label_id)
    return answer(request, label, LABEL_JSON)


@router.patch(
    "/{label_id}",
    operation_id="update_label",
    summary="Change the fields sent",
    description="Fields that are not sent stay as they are.",
    response_model=Documented(label_view),
    responses=problems(400, 401, 403, 404, 409, 412, 413, 415, 422)
    | {200: {"description": "The label as it is now", "headers": ETAG}},
)
async def update_label(
    request: Request,
    caller: TaskWriter,
    label_id: LabelId,
    update: LabelUpdate,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    services = services_of(request)
    label = await services.run(
        services.of(service).update,
        caller=caller,
        label_id=label_id,
        update=update,
        expected=precondition(if_match, if_none_match),
    )
    return answer(request, label, LABEL_JSON)


@router.delete(
    "/{label_id}",
    operation_id="delete_label",
    summary="Delete a label",
    description="Tasks lose it, and stay as they are otherwise.",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 404, 409, 412, 422),
)
async def delete_label(
    request: Request,
    caller: TaskWriter,
    label_id: LabelId,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> None:
    services = services_of(request)
    await services.run(
        services.of(service).delete,
        caller=caller,
        label_id=label_id,
        expected=precondition(if_match, if_none_match),
    )
