"""Sections of one's own projects."""

from typing import Annotated

from fastapi import Path, Request, Response

from errand.projects.repository import DynamoProjects
from errand.schemas import several
from errand.sections.repository import DynamoSections
from errand.sections.schemas import SECTION_JSON, SectionCreate, SectionUpdate, section_view
from errand.sections.service import SectionService
from errand.tasks.repository import DynamoTasks
from errand_api import providers
from errand_api.dependencies import (
    Cursor,
    IdempotencyKey,
    IfMatch,
    IfNoneMatch,
    PageLimit,
    TaskReader,
    TaskWriter,
    precondition,
    receipt_of,
    services_of,
)
from errand_api.features.projects import ProjectId
from errand_api.responses import (
    ETAG,
    IF_NONE_MATCH,
    LOCATION,
    answer,
    created,
    listed,
    page_of,
    problems,
)
from errand_api.routing import Documented, Router
from errand_api.services import Services

TAG = {"name": "sections", "description": "Parts of your projects"}
router = Router(prefix="/projects/{project_id}/sections", tags=[TAG["name"]])


def service(services: Services) -> SectionService:
    return SectionService(
        sections=DynamoSections(),
        projects=DynamoProjects(),
        tasks=DynamoTasks(),
        store=services.of(providers.store),
        pager=services.of(providers.pager),
        clock=services.clock,
    )


SectionId = Annotated[
    str, Path(description="The section's id", examples=["06h08q0rf9qcv4e83s3ndg2tl8"])
]


@router.post(
    "",
    operation_id="create_section",
    summary="Create a section",
    description="Only the name is needed. With an Idempotency-Key a request that is sent again "
    "creates nothing new.",
    status_code=201,
    response_model=Documented(section_view),
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422)
    | {201: {"description": "The new section", "headers": ETAG | LOCATION}},
)
async def create_section(
    request: Request,
    caller: TaskWriter,
    project_id: ProjectId,
    new: SectionCreate,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    services = services_of(request)
    receipt = await receipt_of(request, idempotency_key)
    making = services.run(
        services.of(service).create,
        caller=caller,
        project_id=project_id,
        new=new,
        receipt=receipt,
    )
    return await created(
        request, making, SECTION_JSON, location=f"/projects/{project_id}/sections/{{id}}"
    )


@router.get(
    "",
    operation_id="list_sections",
    summary="List the sections of a project, oldest first",
    description="The Inbox may have sections, too: its id is `inbox`.",
    response_model=Documented(lambda: several(section_view())),
    responses=problems(400, 401, 403, 404, 422) | page_of("sections"),
)
async def list_sections(
    request: Request,
    caller: TaskReader,
    project_id: ProjectId,
    limit: PageLimit = 10,
    cursor: Cursor = None,
) -> Response:
    services = services_of(request)
    page = await services.run(
        services.of(service).list,
        caller=caller,
        project_id=project_id,
        limit=limit,
        cursor=cursor,
    )
    return listed(request, page, SECTION_JSON)


@router.get(
    "/{section_id}",
    operation_id="read_section",
    summary="Read a section",
    description="One section with its ETag, which If-Match and If-None-Match take.",
    response_model=Documented(section_view),
    openapi_extra=IF_NONE_MATCH,
    responses=problems(304, 400, 401, 403, 404)
    | {200: {"description": "The section", "headers": ETAG}},
)
async def read_section(
    request: Request, caller: TaskReader, project_id: ProjectId, section_id: SectionId
) -> Response:
    services = services_of(request)
    section = await services.run(
        services.of(service).read, caller=caller, project_id=project_id, section_id=section_id
    )
    return answer(request, section, SECTION_JSON)


@router.patch(
    "/{section_id}",
    operation_id="update_section",
    summary="Change the fields sent",
    description="Fields that are not sent stay as they are.",
    response_model=Documented(section_view),
    responses=problems(400, 401, 403, 404, 409, 412, 413, 415, 422)
    | {200: {"description": "The section as it is now", "headers": ETAG}},
)
async def update_section(
    request: Request,
    caller: TaskWriter,
    project_id: ProjectId,
    section_id: SectionId,
    update: SectionUpdate,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    services = services_of(request)
    section = await services.run(
        services.of(service).update,
        caller=caller,
        project_id=project_id,
        section_id=section_id,
        update=update,
        expected=precondition(if_match, if_none_match),
    )
    return answer(request, section, SECTION_JSON)


@router.delete(
    "/{section_id}",
    operation_id="delete_section",
    summary="Delete a section",
    description="Only one without open tasks: move, complete or delete them first.",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 404, 409, 412, 422),
)
async def delete_section(
    request: Request,
    caller: TaskWriter,
    project_id: ProjectId,
    section_id: SectionId,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> None:
    services = services_of(request)
    await services.run(
        services.of(service).delete,
        caller=caller,
        project_id=project_id,
        section_id=section_id,
        expected=precondition(if_match, if_none_match),
    )
