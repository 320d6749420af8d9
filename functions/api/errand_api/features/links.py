"""What the links of one's tasks lead to; apart from the tasks themselves, which need none of it."""

from fastapi import Request

from errand.links.schemas import LinkPreview
from errand_api.dependencies import TaskReader, services_of
from errand_api.features.tasks import TAG, TaskId, service
from errand_api.responses import problems
from errand_api.routing import Router

router = Router(prefix="/tasks", tags=[TAG["name"]])


@router.get(
    "/{task_id}/links",
    operation_id="preview_links",
    summary="Fetch title and status of a task's links",
    responses=problems(400, 401, 403, 404),
)
async def preview_links(request: Request, caller: TaskReader, task_id: TaskId) -> list[LinkPreview]:
    services = services_of(request)
    task = await services.run(services.of(service).read, caller=caller, task_id=task_id)
    return await services.preview(task.links)
