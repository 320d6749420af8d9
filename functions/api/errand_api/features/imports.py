"""Tasks of other programs."""

from enum import StrEnum
from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import BeforeValidator

from errand.errors import AnsweredBefore
from errand.inputs import true_or_false
from errand.projects.repository import DynamoProjects
from errand.tasks.repository import DynamoTasks
from errand.transfer.importing import Importer
from errand.transfer.reading import Format
from errand.transfer.schemas import ImportReport
from errand.transfer.service import TASKS_MAX, ImportService
from errand.transfer.writing import TaskFileService
from errand_api import providers
from errand_api.dependencies import (
    Cursor,
    IdempotencyKey,
    TaskReader,
    TaskWriter,
    receipt_of,
    services_of,
)
from errand_api.media import JSON
from errand_api.responses import as_json, header, next_link, problems
from errand_api.routing import Router
from errand_api.services import Services

TAG = {"name": "imports", "description": "Tasks of other programs"}
router = Router(tags=[TAG["name"]])


def service(services: Services) -> ImportService:
    store = services.of(providers.store)
    importer = Importer(
        tasks=DynamoTasks(),
        projects=DynamoProjects(),
        sections=services.of(providers.sections),
        labels=services.of(providers.labels),
        store=store,
    )
    return ImportService(
        importer=importer, room=services.of(providers.room), store=store, clock=services.clock
    )


def files(services: Services) -> TaskFileService:
    return TaskFileService(
        tasks=DynamoTasks(),
        projects=DynamoProjects(),
        sections=services.of(providers.sections),
        pager=services.of(providers.pager),
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
    "/imports",
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


class FileFormat(StrEnum):
    """What tasks are written as."""

    JSON_LINES = "json_lines"
    PLAIN_CSV = "plain_csv"
    VTODO = "vtodo"


_KINDS = {
    FileFormat.JSON_LINES: ("application/jsonl", "tasks.jsonl"),
    FileFormat.PLAIN_CSV: ("text/csv; charset=utf-8; header=present", "tasks.csv"),
    FileFormat.VTODO: ("text/calendar; charset=utf-8", "tasks.ics"),
}


@router.get(
    "/exports",
    operation_id="export_tasks",
    summary="Get your tasks as a file",
    description="All tasks, oldest first, with the names of their projects, sections and labels. "
    "Where they are more than about 1 MB, the header Link has the address of the next file. What "
    "is kept of you beside tasks is in /users/me/export.",
    response_class=Response,
    responses=problems(400, 401, 403, 422)
    | {
        200: {
            "description": "The file",
            "content": {
                kind.partition(";")[0]: {"schema": {"type": "string"}}
                for kind, _ in _KINDS.values()
            },
            "headers": {"Link": header("The address of the next file")},
        }
    },
)
async def export_tasks(
    request: Request,
    caller: TaskReader,
    *,
    known: Annotated[FileFormat, Query(alias="format", description="What to write them as")],
    cursor: Cursor = None,
) -> Response:
    services = services_of(request)
    page = await services.run(
        services.of(files).page, caller=caller, known=Format(known), cursor=cursor
    )
    kind, name = _KINDS[known]
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if page.cursor:
        headers["Link"] = next_link(request, page.cursor)
    return Response(page.items[0], media_type=None, headers={"Content-Type": kind, **headers})
