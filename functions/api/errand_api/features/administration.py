"""Everybody's accounts, for administrators."""

from typing import Annotated

from fastapi import Path, Request, Response

from errand.identity.accounts.schemas import ACCOUNT_JSON, User
from errand.identity.administration.schemas import UserUpdate
from errand.identity.administration.service import AdministrationService
from errand.schemas import several
from errand_api import providers
from errand_api.dependencies import Admin, Cursor, PageLimit, origin_of, services_of
from errand_api.responses import ETAG, answer, listed, page_of, problems
from errand_api.routing import Router
from errand_api.services import Services

TAG = {"name": "administration", "description": "Everybody's accounts"}
router = Router(prefix="/users", tags=[TAG["name"]])


def service(services: Services) -> AdministrationService:
    return AdministrationService(
        accounts=services.of(providers.accounts),
        store=services.of(providers.store),
        trail=services.of(providers.trail),
        pager=services.of(providers.pager),
        clock=services.clock,
    )


@router.get(
    "",
    operation_id="list_users",
    summary="List all accounts, oldest first",
    description="Every account of this deployment, a page at a time.",
    response_model=several(User),
    responses=problems(400, 401, 403, 422) | page_of("accounts"),
)
async def list_users(
    request: Request, caller: Admin, limit: PageLimit = 10, cursor: Cursor = None
) -> Response:
    del caller  # asked for, not needed
    services = services_of(request)
    page = await services.run(services.of(service).list, limit=limit, cursor=cursor)
    return listed(request, page, ACCOUNT_JSON)


@router.patch(
    "/{user_id}",
    operation_id="update_user",
    summary="Disable, enable or log out a user",
    description="Disabling an account ends its sessions; `log_out` ends them and its personal "
    "access tokens and leaves the account enabled.",
    response_model=User,
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422)
    | {200: {"description": "The account as it is now", "headers": ETAG}},
)
async def update_user(
    request: Request,
    caller: Admin,
    user_id: Annotated[
        str, Path(description="The user's id", examples=["06h08q0rf9qcv4e83s3ndg2tl8"])
    ],
    update: UserUpdate,
) -> Response:
    services = services_of(request)
    account = await services.run(
        services.of(service).update,
        actor=caller.user_id,
        user_id=user_id,
        update=update,
        origin=origin_of(request),
    )
    return answer(request, account, ACCOUNT_JSON)
