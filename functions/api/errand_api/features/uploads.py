"""Files of tasks that are too large for a request."""

from typing import Annotated

from fastapi import Path, Request, Response

from errand.fields import Shown
from errand.records import show
from errand.schemas import several
from errand.transfer.schemas import ImportLine
from errand.uploads.forms import Forms
from errand.uploads.model import BYTES_MAX, TASKS_MAX
from errand.uploads.repository import DynamoUploads
from errand.uploads.schemas import (
    UPLOAD_JSON,
    ImportCreate,
    import_view,
    new_import_json,
    new_import_view,
)
from errand.uploads.service import UploadService
from errand_api import providers
from errand_api.dependencies import (
    Cursor,
    IdempotencyKey,
    PageLimit,
    TaskReader,
    TaskWriter,
    receipt_of,
    services_of,
)
from errand_api.features.imports import TAG
from errand_api.media import JSON
from errand_api.responses import (
    ETAG,
    IF_NONE_MATCH,
    LOCATION,
    address,
    answer,
    as_json,
    listed,
    next_link,
    page_of,
    problems,
)
from errand_api.routing import Documented, Router
from errand_api.services import Services

router = Router(prefix="/imports", tags=[TAG["name"]])


def service(services: Services) -> UploadService:
    return UploadService(
        uploads=DynamoUploads(),
        forms=Forms(bucket=services.import_bucket.name, url=services.import_bucket.url),
        throttle=services.of(providers.throttle),
        store=services.of(providers.store),
        pager=services.of(providers.pager),
        clock=services.clock,
    )


ImportId = Annotated[
    str, Path(description="The import's id", examples=["06h08q0rf9qcv4e83s3ndg2tl8"])
]


@router.post(
    "/uploads",
    operation_id="create_import",
    summary="Begin an import of a large file",
    description=f"For up to {TASKS_MAX:,} tasks and {BYTES_MAX // 1_000_000} MB. The answer has a "
    "form: send its fields and behind them the file to its URL, as multipart/form-data, within a "
    "quarter of an hour. The import is worked off from then on; one at a time, and five a day.",
    status_code=201,
    response_model=Documented(new_import_view),
    responses=problems(400, 401, 403, 409, 413, 415, 422, 429, 501)
    | {201: {"description": "It waits for its file", "headers": LOCATION | ETAG}},
)
async def create_import(
    request: Request,
    caller: TaskWriter,
    new: ImportCreate,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    services = services_of(request)
    upload, form = await services.run(
        services.of(service).create,
        caller=caller,
        new=new,
        receipt=await receipt_of(request, idempotency_key),
    )
    headers = {
        "ETag": f'"{upload.version}"',
        "Location": address(request, f"/imports/{upload.id}"),
    }
    return Response(new_import_json(upload, form), 201, headers, JSON)


@router.get(
    "",
    operation_id="list_imports",
    summary="List your imports of large files, newest first",
    description="Those of the last 30 days.",
    response_model=Documented(lambda: several(import_view())),
    responses=problems(400, 401, 403, 422) | page_of("imports"),
)
async def list_imports(
    request: Request, caller: TaskReader, limit: PageLimit = 10, cursor: Cursor = None
) -> Response:
    services = services_of(request)
    page = await services.run(services.of(service).list, caller=caller, limit=limit, cursor=cursor)
    return listed(request, page, UPLOAD_JSON)


@router.get(
    "/{import_id}",
    operation_id="read_import",
    summary="See how far an import is",
    description="`tasks` of `tasks_total` have been made.",
    response_model=Documented(import_view),
    responses=problems(304, 400, 401, 403, 404)
    | {200: {"description": "The import", "headers": ETAG}},
    openapi_extra=IF_NONE_MATCH,
)
async def read_import(request: Request, caller: TaskReader, import_id: ImportId) -> Response:
    services = services_of(request)
    upload = await services.run(services.of(service).read, caller=caller, import_id=import_id)
    return answer(request, upload, UPLOAD_JSON)


@router.get(
    "/{import_id}/report",
    operation_id="read_import_report",
    summary="Read what did not come as it was",
    description="In pages of up to 100 lines, as soon as the file has been read.",
    response_model=list[ImportLine],
    responses=problems(400, 401, 403, 404, 422) | page_of("lines"),
)
async def read_import_report(
    request: Request, caller: TaskReader, import_id: ImportId, cursor: Cursor = None
) -> Response:
    services = services_of(request)
    page = await services.run(
        services.of(service).report, caller=caller, import_id=import_id, cursor=cursor
    )
    lines = [line for one in page.items for line in show(one, Shown.API)["lines"]]
    told = as_json(lines)
    if page.cursor:
        told.headers["Link"] = next_link(request, page.cursor)
    return told


@router.delete(
    "/{import_id}",
    operation_id="cancel_import",
    summary="Cancel an import",
    description="What it has made stays. One that has ended stays as it is.",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 404, 409),
)
async def cancel_import(request: Request, caller: TaskWriter, import_id: ImportId) -> None:
    services = services_of(request)
    await services.run(services.of(service).cancel, caller=caller, import_id=import_id)
