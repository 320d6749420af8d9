"""Tasks of other programs."""

from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import BeforeValidator

from errand.errors import AnsweredBefore
from errand.inputs import true_or_false
from errand.projects.repository import DynamoProjects
from errand.tasks.repository import DynamoTasks
from errand.transfer.reading import Format
from errand.transfer.schemas import ImportReport
from errand.transfer.service import TASKS_MAX, ImportService
from errand_api import providers
from errand_api.dependencies import IdempotencyKey, TaskWriter, receipt_of, services_of
from errand_api.media import JSON
from errand_api.responses import as_json, problems
from errand_api.routing import Router
from errand_api.services import Services

TAG = {"name": "imports", "description": "Tasks of other programs"}
router = Router(prefix="/imports", tags=[TAG["name"]])


def service(services: Services) -> ImportService:
    return ImportService(
        tasks=DynamoTasks(),
        projects=DynamoProjects(),
        sections=services.of(providers.sections),
        labels=services.of(providers.labels),
        store=services.of(providers.store),
        clock=services.clock,
    )


DryRun = Annotated[
    bool,
    BeforeValidator(true_or_false),
    Query(description="Tell what would be made, and make nothing"),
]
_FILE = {
    "requestBody": {
        "required": True,
        "description": "The file as the program wrote it",
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "task-file"}}
        },
    }
}


@router.post(
    "",
    operation_id="import_tasks",
    summary="Import tasks of a file",
    description=f"Up to {TASKS_MAX} tasks and 1 MiB. What tasks cannot have is changed, kept in "
    "the description or left out, and the report says so. With dry_run nothing is made. With an "
    "Idempotency-Key an import that was broken off goes on where it was, and makes nothing twice.",
    status_code=201,
    response_model=ImportReport,
    openapi_extra=_FILE,
    responses=problems(400, 401, 403, 409, 413, 415, 422)
    | {
        200: {"description": "What would become of it (dry_run)", "model": ImportReport},
        201: {"description": "What became of it"},
    },
)
async def import_tasks(
    request: Request,
    caller: TaskWriter,
    *,
    known: Annotated[Format, Query(alias="format", description="Which program wrote the file")],
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    services = services_of(request)
    receipt = await receipt_of(request, idempotency_key)
    try:
        told = await services.run(
            services.of(service).run,
            caller=caller,
            data=await request.body(),
            known=known,
            dry_run=dry_run,
            receipt=receipt,
        )
    except AnsweredBefore as before:
        return Response(before.answer, 201, media_type=JSON)
    return as_json(told, status=200 if dry_run else 201)
