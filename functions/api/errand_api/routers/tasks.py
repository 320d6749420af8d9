"""One's own tasks."""

from typing import Annotated, Literal

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, BeforeValidator, Field
from pydantic.json_schema import SkipJsonSchema

from errand.tasks.schemas import TASKS, Task, TaskCreate, TaskUpdate
from errand.tasks.service import LIMIT_MAX, SKIP_MAX, ListQuery
from errand_api.dependencies import (
    IdempotencyKey,
    IfMatch,
    TaskReader,
    TaskWriter,
    expected_versions,
    receipt_of,
    services_of,
)
from errand_api.responses import ETAG, LOCATION, answer, next_page, page_of, problems
from errand_api.routing import Router

router = Router(prefix="/tasks", tags=["tasks"])

_BOOLEANS = {None: None, "true": True, "false": False}


def _true_or_false(value: str | None) -> bool | None:
    # Pydantic would take "on" and "0" as well, which the schema does not know.
    if value not in _BOOLEANS:
        raise ValueError("must be true or false")
    return _BOOLEANS[value]


class _ListParams(BaseModel):
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX, description="Tasks on a page")] = 10
    skip: Annotated[
        int,
        Field(
            ge=0,
            description="Tasks to leave out first; they are read, and paid for, all the same. "
            "To go further follow the Link header.",
            json_schema_extra={"maximum": SKIP_MAX},
        ),
    ] = 0
    cursor: Annotated[str | SkipJsonSchema[None], Field(description="From the Link header")] = None
    completed: Annotated[
        bool | SkipJsonSchema[None],
        BeforeValidator(_true_or_false),
        Field(description="Only these"),
    ] = None
    order: Annotated[Literal["asc", "desc"], Field(description="By age")] = "desc"


TaskId = Annotated[str, Path(examples=["06h08q0rf9qcv4e83s3ndg2tl8"])]


@router.post(
    "",
    operation_id="create_task",
    summary="Create a task",
    status_code=201,
    response_model=Task,
    responses=problems(400, 401, 403, 409, 413, 415, 422)
    | {201: {"description": "The new task", "headers": ETAG | LOCATION}},
)
async def create_task(
    request: Request,
    caller: TaskWriter,
    new: TaskCreate,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    services = services_of(request)
    receipt = await receipt_of(request, idempotency_key, owner=caller.user_id)
    task = await services.run(
        services.tasks.create, user_id=caller.user_id, new=new, receipt=receipt
    )
    return answer(request, task, status=201, location=f"/tasks/{task.id}")


@router.get(
    "",
    operation_id="list_tasks",
    summary="List your tasks, newest first",
    response_model=list[Task],
    responses=problems(400, 401, 403, 422) | page_of("tasks"),
)
async def list_tasks(
    request: Request,
    caller: TaskReader,
    params: Annotated[_ListParams, Query()],
) -> Response:
    query = ListQuery(
        limit=params.limit,
        skip=params.skip,
        cursor=params.cursor,
        completed=params.completed,
        ascending=params.order == "asc",
    )
    services = services_of(request)
    page = await services.run(services.tasks.page, user_id=caller.user_id, query=query)
    return next_page(request, TASKS.dump_json(page.tasks), page.next_cursor)


@router.get(
    "/{task_id}",
    operation_id="read_task",
    summary="Read a task",
    response_model=Task,
    responses=problems(304, 400, 401, 403, 404)
    | {200: {"description": "The task", "headers": ETAG}},
)
async def read_task(request: Request, caller: TaskReader, task_id: TaskId) -> Response:
    services = services_of(request)
    return answer(
        request, await services.run(services.tasks.read, user_id=caller.user_id, task_id=task_id)
    )


async def _update_task(
    request: Request,
    caller: TaskWriter,
    task_id: TaskId,
    update: TaskUpdate,
    if_match: IfMatch = None,
) -> Response:
    services = services_of(request)
    versions = expected_versions(if_match)
    task = await services.run(
        services.tasks.update,
        user_id=caller.user_id,
        task_id=task_id,
        update=update,
        versions=versions,
    )
    return answer(request, task)


# The tutorial's PUT is a partial update too, so both are the same operation.
for _method in ("put", "patch"):
    router.add_api_route(
        "/{task_id}",
        _update_task,
        methods=[_method],
        operation_id=f"{_method}_task",
        summary="Change the fields sent",
        response_model=Task,
        responses=problems(400, 401, 403, 404, 412, 413, 415, 422)
        | {200: {"description": "The task as it is now", "headers": ETAG}},
    )


@router.delete(
    "/{task_id}",
    operation_id="delete_task",
    summary="Delete a task",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 404, 412, 422),
)
async def delete_task(
    request: Request, caller: TaskWriter, task_id: TaskId, if_match: IfMatch = None
) -> None:
    services = services_of(request)
    versions = expected_versions(if_match)
    await services.run(
        services.tasks.delete, user_id=caller.user_id, task_id=task_id, versions=versions
    )
