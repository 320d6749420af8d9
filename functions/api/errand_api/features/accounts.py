"""Registration, and one's own account."""

from fastapi import Request, Response

from errand.identity.accounts.schemas import (
    ACCOUNT_JSON,
    AccountUpdate,
    Deletion,
    Registration,
    User,
)
from errand.identity.accounts.service import AccountService
from errand_api import providers
from errand_api.dependencies import (
    AccountOwner,
    AccountReader,
    AccountWriter,
    IdempotencyKey,
    IfMatch,
    IfNoneMatch,
    origin_of,
    precondition,
    receipt_of,
    services_of,
)
from errand_api.responses import ETAG, IF_NONE_MATCH, LOCATION, answer, created, problems
from errand_api.routing import Router
from errand_api.services import Services

TAG = {"name": "accounts", "description": "Registration, and your own account"}
router = Router(tags=[TAG["name"]])


def service(services: Services) -> AccountService:
    return AccountService(
        accounts=services.of(providers.accounts),
        store=services.of(providers.store),
        trail=services.of(providers.trail),
        throttle=services.of(providers.throttle),
        reauthentication=services.of(providers.reauthentication),
        refuse_common_passwords=services.refuse_common_passwords,
        clock=services.clock,
    )


@router.post(
    "/register",
    operation_id="register",
    summary="Create an account",
    description="Takes a username and a password, and an e-mail address to recover it by. The "
    "account is yours at once: log in with `POST /token`.",
    status_code=201,
    response_model=User,
    responses=problems(400, 409, 413, 415, 422, 429)
    | {201: {"description": "The new account", "headers": ETAG | LOCATION}},
)
async def register(
    request: Request, new: Registration, idempotency_key: IdempotencyKey = None
) -> Response:
    services = services_of(request)
    receipt = await receipt_of(request, idempotency_key)
    making = services.run(
        services.of(service).register, new=new, origin=origin_of(request), receipt=receipt
    )
    return await created(request, making, ACCOUNT_JSON, location="/users/me")


@router.get(
    "/users/me",
    operation_id="read_account",
    summary="Read your account",
    description="Your account as it is now, with its ETag.",
    response_model=User,
    openapi_extra=IF_NONE_MATCH,
    responses=problems(304, 400, 401, 403)
    | {200: {"description": "Your account", "headers": ETAG}},
)
async def read_account(request: Request, caller: AccountReader) -> Response:
    services = services_of(request)
    account = await services.run(services.of(service).read, caller=caller)
    return answer(request, account, ACCOUNT_JSON)


@router.patch(
    "/users/me",
    operation_id="update_account",
    summary="Change your account",
    description="Changes the fields sent. A new username, e-mail address or password asks for "
    "`current_password` and for a log-in: personal access tokens are refused. A new "
    "password ends all other sessions, and personal access tokens unless `keep_tokens` "
    "is true.",
    response_model=User,
    responses=problems(400, 401, 403, 409, 412, 413, 415, 422, 429)
    | {200: {"description": "Your account", "headers": ETAG}},
)
async def update_account(
    request: Request,
    caller: AccountWriter,
    update: AccountUpdate,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    services = services_of(request)
    expected = precondition(if_match, if_none_match)
    account = await services.run(
        services.of(service).update,
        caller=caller,
        update=update,
        origin=origin_of(request),
        expected=expected,
    )
    return answer(request, account, ACCOUNT_JSON)


@router.delete(
    "/users/me",
    operation_id="delete_account",
    summary="Delete your account and everything in it",
    description="Ends all sessions and tokens at once and frees the names; tasks and everything "
    "else are purged within minutes. There is no way back.",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 409, 412, 413, 415, 422, 429),
)
async def delete_account(
    request: Request,
    caller: AccountOwner,
    body: Deletion,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> None:
    services = services_of(request)
    await services.run(
        services.of(service).delete,
        caller=caller,
        password=body.password.get_secret_value(),
        origin=origin_of(request),
        expected=precondition(if_match, if_none_match),
    )
