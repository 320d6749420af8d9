"""What the links of one's tasks lead to; apart from the tasks themselves, which need none of it."""

from fastapi import Request

from errand.links.repository import DynamoPreviews
from errand.links.schemas import LinkPreview
from errand.links.service import PreviewService
from errand_api import providers
from errand_api.dependencies import TaskReader, services_of
from errand_api.features import tasks
from errand_api.features.tasks import TAG, TaskId
from errand_api.responses import problems
from errand_api.routing import Router
from errand_api.services import Services

router = Router(prefix="/tasks", tags=[TAG["name"]])


def service(services: Services) -> PreviewService:
    return PreviewService(
        previews=DynamoPreviews(),
        throttle=services.of(providers.throttle),
        store=services.of(providers.store),
        clock=services.clock,
    )


@router.get(
    "/{task_id}/links",
    operation_id="preview_links",
    summary="Fetch title and status of a task's links",
    description="Asks the links of the task from the server's side, public addresses only, and "
    "tells what they answer. Kept for five minutes.",
    responses=problems(400, 401, 403, 404, 429),
)
async def preview_links(request: Request, caller: TaskReader, task_id: TaskId) -> list[LinkPreview]:
    services = services_of(request)
    read = services.of(tasks.service).read
    links = (await services.run(read, caller=caller, task_id=task_id)).links
    previews = services.of(service)
    known = await services.run(previews.admit, caller=caller, links=links)
    if known is not None:
        return known
    found = await services.preview(links)
    await services.run(previews.keep, caller=caller, links=links, found=found)
    return found
