"""Everything that is kept about oneself."""

from fastapi import Request, Response

from errand.export.repository import DynamoCollection
from errand.export.schemas import Export
from errand.export.service import ExportService
from errand_api import providers
from errand_api.dependencies import Cursor, EverythingReader, services_of
from errand_api.features.accounts import TAG
from errand_api.responses import as_json, header, next_link, problems
from errand_api.routing import Router
from errand_api.services import Services

router = Router(prefix="/users/me", tags=[TAG["name"]])


def service(services: Services) -> ExportService:
    return ExportService(
        collection=DynamoCollection(), pager=services.of(providers.pager), clock=services.clock
    )


@router.get(
    "/export",
    operation_id="export_account",
    summary="Get everything that is kept about you",
    description="A copy of your data as JSON (GDPR, article 20), with a `Link` to the next part "
    "where it does not fit into one answer.",
    response_model=Export,
    responses=problems(400, 401, 403, 422)
    | {
        200: {
            "description": "All of it, or as much as fits into one answer",
            "headers": {"Link": header('`<…>; rel="next"` where there is more (RFC 8288)')},
        }
    },
)
async def export_account(
    request: Request,
    caller: EverythingReader,
    cursor: Cursor = None,
) -> Response:
    services = services_of(request)
    page = await services.run(services.of(service).page, caller=caller, cursor=cursor)
    response = as_json(page.items[0])
    response.headers["Content-Disposition"] = 'attachment; filename="errand-export.json"'
    if page.cursor:
        response.headers["Link"] = next_link(request, page.cursor)
    return response
