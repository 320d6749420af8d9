"""What is known about oneself: the security log, and everything."""

from fastapi import Request, Response

from errand.audit.schemas import SECURITY_EVENTS, SecurityEvent
from errand.export.schemas import Export
from errand_api.dependencies import AccountReader, Cursor, EverythingReader, PageLimit, services_of
from errand_api.responses import header, next_link, next_page, page_of, problems
from errand_api.routing import Router

router = Router(prefix="/users/me", tags=["accounts"])


@router.get(
    "/security-log",
    operation_id="list_security_log",
    summary="List log-ins and what else touched your account's safety, newest first",
    response_model=list[SecurityEvent],
    responses=problems(400, 401, 403, 422) | page_of("events"),
)
async def list_security_log(
    request: Request, caller: AccountReader, limit: PageLimit = 10, cursor: Cursor = None
) -> Response:
    services = services_of(request)
    page = await services.run(
        services.audit.page, user_id=caller.user_id, limit=limit, cursor=cursor
    )
    return next_page(request, SECURITY_EVENTS.dump_json(page.events), page.next_cursor)


@router.get(
    "/export",
    operation_id="export_account",
    summary="Get everything that is kept about you",
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
    document, next_cursor = await services.run(
        services.export.page, user_id=caller.user_id, cursor=cursor
    )
    headers = {"Content-Disposition": 'attachment; filename="errand-export.json"'}
    if next_cursor:
        headers["Link"] = next_link(request, next_cursor)
    return Response(document.model_dump_json(), headers=headers, media_type="application/json")
