"""One's deleted tasks."""

from fastapi import Request, Response

from errand.schemas import several
from errand.tasks.repository import DynamoTasks
from errand.tasks.trash import TrashService
from errand.tasks.trash_repository import DynamoTrash
from errand.tasks.trash_schemas import TRASHED_JSON, trashed_view
from errand.tasks.views import TASK_JSON, task_view
from errand_api import providers
from errand_api.dependencies import Cursor, PageLimit, TaskReader, TaskWriter, services_of
from errand_api.features import tasks
from errand_api.features.tasks import TAG, TaskId
from errand_api.responses import ETAG, answer, listed, page_of, problems
from errand_api.routing import Documented, Router
from errand_api.services import Services

router = Router(prefix="/trash", tags=[TAG["name"]])


def service(services: Services) -> TrashService:
    return TrashService(
        tasks=DynamoTasks(),
        trash=DynamoTrash(),
        placing=services.of(tasks.placing),
        room=services.of(providers.room),
        store=services.of(providers.store),
        pager=services.of(providers.pager),
        clock=services.clock,
    )


@router.get(
    "",
    operation_id="list_trash",
    summary="List deleted tasks, latest deleted first",
    description="A task stays in the trash for 30 days.",
    response_model=Documented(lambda: several(trashed_view())),
    responses=problems(400, 401, 403, 422) | page_of("deleted tasks"),
)
async def list_trash(
    request: Request, caller: TaskReader, limit: PageLimit = 10, cursor: Cursor = None
) -> Response:
    services = services_of(request)
    page = await services.run(services.of(service).list, caller=caller, limit=limit, cursor=cursor)
    return listed(request, page, TRASHED_JSON)


@router.post(
    "/{task_id}/restore",
    operation_id="restore_task",
    summary="Restore a deleted task",
    description="It is where it was, with the id it had.",
    response_model=Documented(task_view),
    responses=problems(400, 401, 403, 404)
    | {200: {"description": "The task as it is now", "headers": ETAG}},
)
async def restore_task(request: Request, caller: TaskWriter, task_id: TaskId) -> Response:
    services = services_of(request)
    task = await services.run(services.of(service).restore, caller=caller, task_id=task_id)
    return answer(request, task, TASK_JSON)


@router.delete(
    "/{task_id}",
    operation_id="delete_task_for_good",
    summary="Delete a task for good",
    description="There is no way back.",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 404),
)
async def delete_task_for_good(request: Request, caller: TaskWriter, task_id: TaskId) -> None:
    services = services_of(request)
    await services.run(services.of(service).delete, caller=caller, task_id=task_id)
