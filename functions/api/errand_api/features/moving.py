"""Where one's tasks stand."""

from fastapi import Request, Response

from errand.tasks.move_schemas import TaskMove
from errand.tasks.moving import MoveService
from errand.tasks.repository import DynamoTasks
from errand.tasks.views import TASK_JSON, task_view
from errand_api import providers
from errand_api.dependencies import IfMatch, TaskWriter, precondition, services_of
from errand_api.features import tasks
from errand_api.features.tasks import TAG, TaskId
from errand_api.responses import ETAG, answer, problems
from errand_api.routing import Documented, Router
from errand_api.services import Services

router = Router(prefix="/tasks", tags=[TAG["name"]])


def service(services: Services) -> MoveService:
    return MoveService(
        tasks=DynamoTasks(),
        placing=services.of(tasks.placing),
        store=services.of(providers.store),
        clock=services.clock,
    )


@router.post(
    "/{task_id}/move",
    operation_id="move_task",
    summary="Move a task",
    description="Into a project, section or task, and to a place among its neighbours there. What "
    "is below it goes with it; it keeps its id.",
    response_model=Documented(task_view),
    responses=problems(400, 401, 403, 404, 409, 412, 413, 415, 422)
    | {200: {"description": "The task as it is now", "headers": ETAG}},
)
async def move_task(
    request: Request,
    caller: TaskWriter,
    task_id: TaskId,
    to: TaskMove,
    if_match: IfMatch = None,
) -> Response:
    services = services_of(request)
    task = await services.run(
        services.of(service).move,
        caller=caller,
        task_id=task_id,
        to=to.model_dump(exclude_unset=True),
        expected=precondition(if_match, None),
    )
    return answer(request, task, TASK_JSON)
