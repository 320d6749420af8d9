"""Comments on one's own tasks."""

from typing import Annotated

from fastapi import Path, Query, Request, Response

from errand.comments.repository import DynamoComments
from errand.comments.schemas import COMMENT_JSON, CommentCreate, CommentUpdate, comment_view
from errand.comments.service import CommentService
from errand.schemas import several
from errand.tasks.queries import Order
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
from errand_api.features.tasks import TaskId
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

TAG = {"name": "comments", "description": "What is said of your tasks"}
router = Router(prefix="/tasks/{task_id}/comments", tags=[TAG["name"]])


def service(services: Services) -> CommentService:
    return CommentService(
        comments=DynamoComments(),
        store=services.of(providers.store),
        pager=services.of(providers.pager),
        clock=services.clock,
    )


CommentId = Annotated[
    str, Path(description="The comment's id", examples=["06h08q0rf9qcv4e83s3ndg2tl8"])
]


@router.post(
    "",
    operation_id="create_comment",
    summary="Comment on a task",
    description="Also on one that is completed; not on one in the trash. With an Idempotency-Key "
    "a request that is sent again creates nothing new.",
    status_code=201,
    response_model=Documented(comment_view),
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422)
    | {201: {"description": "The new comment", "headers": ETAG | LOCATION}},
)
async def create_comment(
    request: Request,
    caller: TaskWriter,
    task_id: TaskId,
    new: CommentCreate,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    services = services_of(request)
    receipt = await receipt_of(request, idempotency_key)
    making = services.run(
        services.of(service).create,
        caller=caller,
        task_id=task_id,
        new=new,
        receipt=receipt,
    )
    return await created(
        request, making, COMMENT_JSON, location=f"/tasks/{task_id}/comments/{{id}}"
    )


@router.get(
    "",
    operation_id="list_comments",
    summary="List the comments on a task, oldest first",
    description="`order=desc` has the newest first. Those of a task in the trash are there again "
    "when it is restored.",
    response_model=Documented(lambda: several(comment_view())),
    responses=problems(400, 401, 403, 404, 422) | page_of("comments"),
)
async def list_comments(
    request: Request,
    caller: TaskReader,
    task_id: TaskId,
    limit: PageLimit = 10,
    cursor: Cursor = None,
    order: Annotated[Order, Query(description="Upwards has the oldest first")] = "asc",
) -> Response:
    services = services_of(request)
    page = await services.run(
        services.of(service).list,
        caller=caller,
        task_id=task_id,
        ascending=order == "asc",
        limit=limit,
        cursor=cursor,
    )
    return listed(request, page, COMMENT_JSON)


@router.get(
    "/{comment_id}",
    operation_id="read_comment",
    summary="Read a comment",
    description="One comment with its ETag, which If-Match and If-None-Match take.",
    response_model=Documented(comment_view),
    openapi_extra=IF_NONE_MATCH,
    responses=problems(304, 400, 401, 403, 404)
    | {200: {"description": "The comment", "headers": ETAG}},
)
async def read_comment(
    request: Request, caller: TaskReader, task_id: TaskId, comment_id: CommentId
) -> Response:
    services = services_of(request)
    comment = await services.run(
        services.of(service).read, caller=caller, task_id=task_id, comment_id=comment_id
    )
    return answer(request, comment, COMMENT_JSON)


@router.patch(
    "/{comment_id}",
    operation_id="update_comment",
    summary="Change the fields sent",
    description="A text that differs from what it was sets `edited_at`.",
    response_model=Documented(comment_view),
    responses=problems(400, 401, 403, 404, 409, 412, 413, 415, 422)
    | {200: {"description": "The comment as it is now", "headers": ETAG}},
)
async def update_comment(
    request: Request,
    caller: TaskWriter,
    task_id: TaskId,
    comment_id: CommentId,
    update: CommentUpdate,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    services = services_of(request)
    comment = await services.run(
        services.of(service).update,
        caller=caller,
        task_id=task_id,
        comment_id=comment_id,
        update=update,
        expected=precondition(if_match, if_none_match),
    )
    return answer(request, comment, COMMENT_JSON)


@router.delete(
    "/{comment_id}",
    operation_id="delete_comment",
    summary="Delete a comment",
    description="There is no way back.",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 404, 409, 412, 422),
)
async def delete_comment(
    request: Request,
    caller: TaskWriter,
    task_id: TaskId,
    comment_id: CommentId,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> None:
    services = services_of(request)
    await services.run(
        services.of(service).delete,
        caller=caller,
        task_id=task_id,
        comment_id=comment_id,
        expected=precondition(if_match, if_none_match),
    )
