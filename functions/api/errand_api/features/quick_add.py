"""A task typed as one line."""

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from errand.projects.repository import DynamoProjects
from errand.sections.repository import DynamoSections
from errand.tasks.quick import QuickAddService
from errand.tasks.quick_schemas import QuickTask, QuickUnderstanding, told
from errand.tasks.views import TASK_JSON, task_view
from errand_api.dependencies import IdempotencyKey, TaskWriter, receipt_of, services_of
from errand_api.features import tasks
from errand_api.features.tasks import TAG
from errand_api.responses import ETAG, LOCATION, as_json, created, problems
from errand_api.routing import Documented, Router
from errand_api.services import Services

router = Router(prefix="/tasks", tags=[TAG["name"]])


def service(services: Services) -> QuickAddService:
    return QuickAddService(
        tasks=services.of(tasks.service),
        projects=DynamoProjects(),
        sections=DynamoSections(),
        clock=services.clock,
    )


@router.post(
    "/quick",
    operation_id="quick_add_task",
    summary="Create a task from one line",
    description="Understands dates, times, rules of recurrence, #project/section, @label, p1 to p4 "
    "and {deadline}, in English, German and Spanish; what it does not understand stays in the "
    "title. With dry_run it answers what it understands of the text, and where, and makes nothing.",
    status_code=201,
    response_model=Documented(task_view),
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422)
    | {
        200: {"description": "What is understood (dry_run)", "model": QuickUnderstanding},
        201: {"description": "The new task", "headers": ETAG | LOCATION},
    },
)
async def quick_add_task(
    request: Request,
    caller: TaskWriter,
    quick: QuickTask,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    services = services_of(request)
    adding = services.of(service)
    receipt = await receipt_of(request, idempotency_key)
    if quick.dry_run:
        found = await services.run(
            adding.understand, caller=caller, text=quick.text, timezone=quick.timezone
        )
        return as_json(told(found))
    making = services.run(
        adding.add, caller=caller, text=quick.text, timezone=quick.timezone, receipt=receipt
    )
    try:
        return await created(request, making, TASK_JSON, location="/tasks/{id}")
    except ValidationError as wrong:
        raise RequestValidationError(wrong.errors()) from None
