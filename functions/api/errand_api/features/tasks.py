"""One's own tasks."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

from fastapi import Path, Request, Response

from errand.projects.repository import DynamoProjects
from errand.schemas import Draft, several
from errand.tasks.placing import Placing
from errand.tasks.repository import DynamoTasks
from errand.tasks.service import TaskService
from errand.tasks.trash_repository import DynamoTrash
from errand.tasks.views import TASK_JSON, task_view
from errand_api import providers
from errand_api.dependencies import (
    IdempotencyKey,
    IfMatch,
    IfNoneMatch,
    TaskReader,
    TaskWriter,
    precondition,
    query_of,
    receipt_of,
    services_of,
)
from errand_api.responses import (
    COUNTED,
    ETAG,
    EXPLAINED,
    IF_NONE_MATCH,
    LOCATION,
    answer,
    created,
    listed,
    page_of,
    problems,
)
from errand_api.routing import Documented, Later, Router
from errand_api.services import Services

if TYPE_CHECKING:
    from errand.tasks.counting import CountedLists
    from errand.tasks.queries import ListQuery

TAG = {"name": "tasks", "description": "Your own tasks"}
router = Router(prefix="/tasks", tags=[TAG["name"]])


def placing(services: Services) -> Placing:
    return Placing(
        tasks=DynamoTasks(),
        projects=DynamoProjects(),
        sections=partial(services.of, providers.sections),
    )


def service(services: Services) -> TaskService:
    return TaskService(
        tasks=DynamoTasks(),
        trash=DynamoTrash(),
        projects=DynamoProjects(),
        placing=services.of(placing),
        labels=partial(services.of, providers.labels),
        filters=partial(services.of, providers.saved_filters),
        room=services.of(providers.room),
        store=services.of(providers.store),
        pager=services.of(providers.pager),
        clock=services.clock,
    )


def counted_lists(services: Services) -> "CountedLists":
    from errand.tasks.counting import CountedLists  # noqa: PLC0415 - when somebody first counts

    return CountedLists(
        lists=services.of(service), tasks=DynamoTasks(), counts=services.of(providers.log)
    )


# What is asked for and sent is described, at some cost, when it first is.


def list_query() -> "type[ListQuery]":
    from errand.tasks.queries import ListQuery  # noqa: PLC0415

    return ListQuery


def task_create() -> type[Draft]:
    from errand.tasks.schemas import TaskCreate  # noqa: PLC0415

    return TaskCreate


def task_update() -> type[Draft]:
    from errand.tasks.update_schemas import TaskUpdate  # noqa: PLC0415

    return TaskUpdate


TaskId = Annotated[str, Path(description="The task's id", examples=["06h08q0rf9qcv4e83s3ndg2tl8"])]


@router.post(
    "",
    operation_id="create_task",
    summary="Create a task",
    description="Only the title is needed. With an Idempotency-Key a request that is sent again "
    "creates nothing new.",
    status_code=201,
    response_model=Documented(task_view),
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422)
    | {201: {"description": "The new task", "headers": ETAG | LOCATION}},
)
async def create_task(
    request: Request,
    caller: TaskWriter,
    new: Annotated[Draft, Later(task_create)],
    idempotency_key: IdempotencyKey = None,
) -> Response:
    services = services_of(request)
    receipt = await receipt_of(request, idempotency_key)
    making = services.run(services.of(service).create, caller=caller, new=new, receipt=receipt)
    return await created(request, making, TASK_JSON, location="/tasks/{id}")


@router.get(
    "",
    operation_id="list_tasks",
    summary="List your tasks, newest first",
    description="A page of them. Where there are more, the header `Link` has the address of the "
    "next page.",
    response_model=Documented(lambda: several(task_view()), query=list_query),
    responses=problems(400, 401, 403, 404, 422) | page_of("tasks", EXPLAINED | COUNTED),
)
async def list_tasks(
    request: Request,
    caller: TaskReader,
) -> Response:
    services = services_of(request)
    query = query_of(request, list_query())
    lists = services.of(counted_lists) if query.count else services.of(service)
    if query.explain:
        from errand_api.explaining import explained  # noqa: PLC0415 - hardly anybody asks

        return await explained(request, services.run(lists.explained, caller=caller, query=query))
    page = await services.run(lists.list, caller=caller, query=query)
    return listed(request, page, TASK_JSON)


@router.get(
    "/{task_id}",
    operation_id="read_task",
    summary="Read a task",
    description="One task with its ETag, which If-Match and If-None-Match take.",
    response_model=Documented(task_view),
    openapi_extra=IF_NONE_MATCH,
    responses=problems(304, 400, 401, 403, 404)
    | {200: {"description": "The task", "headers": ETAG}},
)
async def read_task(request: Request, caller: TaskReader, task_id: TaskId) -> Response:
    services = services_of(request)
    task = await services.run(services.of(service).read, caller=caller, task_id=task_id)
    return answer(request, task, TASK_JSON)


async def _update_task(
    request: Request,
    caller: TaskWriter,
    task_id: TaskId,
    update: Annotated[Draft, Later(task_update)],
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    services = services_of(request)
    expected = precondition(if_match, if_none_match)
    merge = request.scope.get("errand.merge")
    if merge is not None:
        from errand_api.merging import merged  # noqa: PLC0415 - only with POST /sync

        task = await merged(services, merge, caller, task_id, update, expected)
        return answer(request, task, TASK_JSON)
    task = await services.run(
        services.of(service).update,
        caller=caller,
        task_id=task_id,
        update=update,
        expected=expected,
    )
    return answer(request, task, TASK_JSON)


# The tutorial's PUT is a partial update too, so both are the same operation.
for _method in ("put", "patch"):
    router.add_api_route(
        "/{task_id}",
        _update_task,
        methods=[_method],
        operation_id=f"{_method}_task",
        summary="Change the fields sent",
        description="Fields that are not sent stay as they are, with either method. A task can be "
        "sent as it was read: what the server sets is ignored.",
        response_model=Documented(task_view),
        responses=problems(400, 401, 403, 404, 409, 412, 413, 415, 422)
        | {200: {"description": "The task as it is now", "headers": ETAG}},
    )


@router.delete(
    "/{task_id}",
    operation_id="delete_task",
    summary="Delete a task",
    description="It is in the trash for 30 days, from where it can be restored. With If-Match "
    "only if it is still in that version.",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 404, 409, 412, 422),
)
async def delete_task(
    request: Request,
    caller: TaskWriter,
    task_id: TaskId,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> None:
    services = services_of(request)
    expected = precondition(if_match, if_none_match)
    await services.run(
        services.of(service).delete, caller=caller, task_id=task_id, expected=expected
    )
