"""Everybody's accounts, for administrators."""

from typing import Annotated

from fastapi import Path, Request, Response

from errand.accounts.schemas import User
from errand.administration.schemas import USERS, UserUpdate
from errand_api.dependencies import Admin, Cursor, PageLimit, origin_of, services_of
from errand_api.responses import ETAG, answer, next_page, page_of, problems
from errand_api.routing import Router

router = Router(prefix="/users", tags=["administration"])


@router.get(
    "",
    operation_id="list_users",
    summary="List all accounts, oldest first",
    response_model=list[User],
    responses=problems(400, 401, 403, 422) | page_of("accounts"),
)
async def list_users(
    request: Request, caller: Admin, limit: PageLimit = 10, cursor: Cursor = None
) -> Response:
    del caller  # asked for, not needed
    services = services_of(request)
    page = await services.run(services.administration.page, limit=limit, cursor=cursor)
    return next_page(request, USERS.dump_json(page.users), page.next_cursor)


@router.patch(
    "/{user_id}",
    operation_id="update_user",
    summary="Disable, enable or log out a user",
    response_model=User,
    responses=problems(400, 401, 403, 404, 413, 415, 422)
    | {200: {"description": "The account as it is now", "headers": ETAG}},
)
async def update_user(
    request: Request,
    caller: Admin,
    user_id: Annotated[str, Path(examples=["06h08q0rf9qcv4e83s3ndg2tl8"])],
    update: UserUpdate,
) -> Response:
    services = services_of(request)
    user = await services.run(
        services.administration.update,
        caller=caller,
        user_id=user_id,
        update=update,
        origin=origin_of(request),
    )
    services.authenticator.forget(user_id)
    return answer(request, user)
