"""What happened to one's tasks."""

from fastapi import Request, Response

from errand.errors import AnsweredBefore
from errand.history.repository import DynamoLog
from errand.history.schemas import CHANGE_JSON, change_view
from errand.history.service import HistoryService
from errand.schemas import several
from errand.tasks.repository import DynamoTasks
from errand.tasks.undo import UndoService
from errand.tasks.views import TASK_JSON, task_view
from errand_api import providers
from errand_api.dependencies import (
    Cursor,
    IdempotencyKey,
    IfMatch,
    PageLimit,
    TaskReader,
    TaskWriter,
    precondition,
    receipt_of,
    services_of,
)
from errand_api.features import tasks
from errand_api.features.tasks import TAG, TaskId
from errand_api.responses import ETAG, again, answer, listed, page_of, problems
from errand_api.routing import Documented, Router
from errand_api.services import Services

router = Router(tags=[TAG["name"]])


def service(services: Services) -> HistoryService:
    return HistoryService(log=DynamoLog(), tasks=DynamoTasks(), pager=services.of(providers.pager))


def undoing(services: Services) -> UndoService:
    return UndoService(
        tasks=DynamoTasks(),
        placing=services.of(tasks.placing),
        log=DynamoLog(),
        room=services.of(providers.room),
        store=services.of(providers.store),
        clock=services.clock,
    )


@router.get(
    "/tasks/{task_id}/history",
    operation_id="list_task_history",
    summary="List changes of a task, latest first",
    description="And of what belongs to it, also after it was deleted; kept for a year. A change "
    "is here about a second after it was made.",
    response_model=Documented(lambda: several(change_view())),
    responses=problems(400, 401, 403, 404, 422) | page_of("changes"),
)
async def list_task_history(
    request: Request,
    caller: TaskReader,
    task_id: TaskId,
    limit: PageLimit = 10,
    cursor: Cursor = None,
) -> Response:
    services = services_of(request)
    page = await services.run(
        services.of(service).of_task, caller=caller, task_id=task_id, limit=limit, cursor=cursor
    )
    return listed(request, page, CHANGE_JSON)


@router.post(
    "/tasks/{task_id}/undo",
    operation_id="undo_task",
    summary="Undo the last change of a task",
    description="Its own fields are as they were before; a completed occurrence is due again, and "
    "among the completions no more. To undo once more is to do it again: send an Idempotency-Key. "
    "409 if there is nothing to undo, and for about a second after the change: "
    "`not_recorded_yet`.",
    response_model=Documented(task_view),
    responses=problems(400, 401, 403, 404, 409, 412, 413, 415, 422)
    | {200: {"description": "The task as it is now", "headers": ETAG}},
)
async def undo_task(
    request: Request,
    caller: TaskWriter,
    task_id: TaskId,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Response:
    services = services_of(request)
    try:
        task = await services.run(
            services.of(undoing).undo,
            caller=caller,
            task_id=task_id,
            expected=precondition(if_match, None),
            receipt=await receipt_of(request, idempotency_key),
        )
    except AnsweredBefore as before:
        return again(before.answer)
    return answer(request, task, TASK_JSON)


@router.get(
    "/activity",
    operation_id="list_activity",
    summary="List changes of all your tasks, latest first",
    description="And of projects and whatever else belongs to tasks; kept for a year.",
    response_model=Documented(lambda: several(change_view())),
    responses=problems(400, 401, 403, 422) | page_of("changes"),
)
async def list_activity(
    request: Request, caller: TaskReader, limit: PageLimit = 10, cursor: Cursor = None
) -> Response:
    services = services_of(request)
    page = await services.run(
        services.of(service).of_account, caller=caller, limit=limit, cursor=cursor
    )
    return listed(request, page, CHANGE_JSON)
