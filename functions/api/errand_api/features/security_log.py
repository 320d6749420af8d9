"""One's own security log."""

from fastapi import Request, Response

from errand.identity.audit.repository import DynamoAuditLog
from errand.identity.audit.schemas import SECURITY_EVENTS_JSON, SecurityEvent
from errand.identity.audit.service import AuditService
from errand.schemas import several
from errand_api import providers
from errand_api.dependencies import AccountReader, Cursor, PageLimit, services_of
from errand_api.features.accounts import TAG
from errand_api.responses import listed, page_of, problems
from errand_api.routing import Router
from errand_api.services import Services

router = Router(prefix="/users/me", tags=[TAG["name"]])


def service(services: Services) -> AuditService:
    return AuditService(audit=DynamoAuditLog(), pager=services.of(providers.pager))


@router.get(
    "/security-log",
    operation_id="list_security_log",
    summary="List log-ins and what else touched your account's safety, newest first",
    description="Kept for a year. What you do not recognise was somebody else: change your "
    "password.",
    response_model=several(SecurityEvent),
    responses=problems(400, 401, 403, 422) | page_of("events"),
)
async def list_security_log(
    request: Request, caller: AccountReader, limit: PageLimit = 10, cursor: Cursor = None
) -> Response:
    services = services_of(request)
    page = await services.run(services.of(service).list, caller=caller, limit=limit, cursor=cursor)
    return listed(request, page, SECURITY_EVENTS_JSON)
