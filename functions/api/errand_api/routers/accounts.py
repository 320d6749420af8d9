"""Registration, and one's own account."""

from fastapi import Request, Response

from errand.accounts.schemas import AccountUpdate, Deletion, Registration, User
from errand_api.dependencies import (
    AccountReader,
    AccountWriter,
    IdempotencyKey,
    IfMatch,
    expected_versions,
    origin_of,
    receipt_of,
    services_of,
)
from errand_api.responses import ETAG, LOCATION, answer, problems
from errand_api.routing import Router

router = Router(tags=["accounts"])


@router.post(
    "/register",
    operation_id="register",
    summary="Create an account",
    status_code=201,
    response_model=User,
    responses=problems(400, 409, 413, 415, 422, 429)
    | {201: {"description": "The new account", "headers": ETAG | LOCATION}},
)
async def register(
    request: Request, new: Registration, idempotency_key: IdempotencyKey = None
) -> Response:
    services = services_of(request)
    receipt = await receipt_of(request, idempotency_key, owner=None)
    user = await services.run(
        services.accounts.register, new=new, origin=origin_of(request), receipt=receipt
    )
    return answer(request, user, status=201, location="/users/me")


@router.get(
    "/users/me",
    operation_id="read_account",
    summary="Read your account",
    response_model=User,
    responses=problems(304, 400, 401, 403)
    | {200: {"description": "Your account", "headers": ETAG}},
)
async def read_account(request: Request, caller: AccountReader) -> Response:
    services = services_of(request)
    user = await services.run(services.accounts.read, user_id=caller.user_id)
    return answer(request, user)


@router.patch(
    "/users/me",
    operation_id="update_account",
    summary="Change your account",
    response_model=User,
    responses=problems(400, 401, 403, 412, 413, 415, 422, 429)
    | {200: {"description": "Your account", "headers": ETAG}},
)
async def update_account(
    request: Request,
    caller: AccountWriter,
    update: AccountUpdate,
    if_match: IfMatch = None,
) -> Response:
    services = services_of(request)
    versions = expected_versions(if_match)
    user = await services.run(
        services.accounts.update,
        caller=caller,
        update=update,
        origin=origin_of(request),
        versions=versions,
    )
    services.authenticator.forget(user.id)
    return answer(request, user)


@router.delete(
    "/users/me",
    operation_id="delete_account",
    summary="Delete your account and everything in it",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 412, 413, 415, 422, 429),
)
async def delete_account(
    request: Request, caller: AccountWriter, body: Deletion, if_match: IfMatch = None
) -> None:
    services = services_of(request)
    await services.run(
        services.accounts.delete,
        caller=caller,
        password=body.password.get_secret_value(),
        origin=origin_of(request),
        versions=expected_versions(if_match),
    )
    services.authenticator.forget(caller.user_id)
