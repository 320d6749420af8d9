"""One's own projects."""

from typing import Annotated

from fastapi import Path, Request, Response

from errand.projects.repository import DynamoProjects
from errand.projects.schemas import PROJECT_JSON, ProjectCreate, ProjectUpdate, project_view
from errand.projects.service import ProjectService
from errand.schemas import several
from errand.sections.repository import DynamoSections
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

TAG = {"name": "projects", "description": "What your tasks belong to"}
router = Router(prefix="/projects", tags=[TAG["name"]])


def service(services: Services) -> ProjectService:
    return ProjectService(
        projects=DynamoProjects(),
        tasks=DynamoTasks(),
        sections=DynamoSections(),
        store=services.of(providers.store),
        pager=services.of(providers.pager),
        clock=services.clock,
    )


ProjectId = Annotated[
    str, Path(description="The project's id", examples=["06h08q0rf9qcv4e83s3ndg2tl8"])
]


@router.post(
    "",
    operation_id="create_project",
    summary="Create a project",
    description="Only the name is needed. With an Idempotency-Key a request that is sent again "
    "creates nothing new.",
    status_code=201,
    response_model=Documented(project_view),
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422)
    | {201: {"description": "The new project", "headers": ETAG | LOCATION}},
)
async def create_project(
    request: Request,
    caller: TaskWriter,
    new: ProjectCreate,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    services = services_of(request)
    receipt = await receipt_of(request, idempotency_key)
    making = services.run(services.of(service).create, caller=caller, new=new, receipt=receipt)
    return await created(request, making, PROJECT_JSON, location="/projects/{id}")


@router.get(
    "",
    operation_id="list_projects",
    summary="List your projects, oldest first",
    description="Without the Inbox, which always exists: tasks without a project are in it.",
    response_model=Documented(lambda: several(project_view())),
    responses=problems(400, 401, 403, 422) | page_of("projects"),
)
async def list_projects(
    request: Request, caller: TaskReader, limit: PageLimit = 10, cursor: Cursor = None
) -> Response:
    services = services_of(request)
    page = await services.run(services.of(service).list, caller=caller, limit=limit, cursor=cursor)
    return listed(request, page, PROJECT_JSON)


@router.get(
    "/{project_id}",
    operation_id="read_project",
    summary="Read a project",
    description="One project with its ETag, which If-Match and If-None-Match take.",
    response_model=Documented(project_view),
    openapi_extra=IF_NONE_MATCH,
    responses=problems(304, 400, 401, 403, 404)
    | {200: {"description": "The project", "headers": ETAG}},
)
async def read_project(request: Request, caller: TaskReader, project_id: ProjectId) -> Response:
    services = services_of(request)
    project = await services.run(services.of(service).read, caller=caller, project_id=project_id)
    return answer(request, project, PROJECT_JSON)


@router.patch(
    "/{project_id}",
    operation_id="update_project",
    summary="Change the fields sent",
    description="Fields that are not sent stay as they are.",
    response_model=Documented(project_view),
    responses=problems(400, 401, 403, 404, 409, 412, 413, 415, 422)
    | {200: {"description": "The project as it is now", "headers": ETAG}},
)
async def update_project(
    request: Request,
    caller: TaskWriter,
    project_id: ProjectId,
    update: ProjectUpdate,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    services = services_of(request)
    project = await services.run(
        services.of(service).update,
        caller=caller,
        project_id=project_id,
        update=update,
        expected=precondition(if_match, if_none_match),
    )
    return answer(request, project, PROJECT_JSON)


@router.delete(
    "/{project_id}",
    operation_id="delete_project",
    summary="Delete a project",
    description="Only one without open tasks and projects: move, complete or delete them first.",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 404, 409, 412, 422),
)
async def delete_project(
    request: Request,
    caller: TaskWriter,
    project_id: ProjectId,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> None:
    services = services_of(request)
    await services.run(
        services.of(service).delete,
        caller=caller,
        project_id=project_id,
        expected=precondition(if_match, if_none_match),
    )
