"""Registration, log-in, and one's own account."""

from typing import Annotated, Literal

from fastapi import Form, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from errand.accounts.passwords import MAX_LENGTH
from errand.accounts.schemas import USERNAME_MAX, AccountUpdate, Registration, Token, User
from errand.text import Trimmed
from errand_api.dependencies import (
    CurrentUser,
    IdempotencyKey,
    IfMatch,
    expected_versions,
    receipt_of,
    services_of,
)
from errand_api.responses import ETAG, LOCATION, answer, problems
from errand_api.routing import Router

router = Router(tags=["accounts"])


class LogIn(BaseModel):
    """RFC 6749, section 4.3.2; what else a client sends is ignored, as the RFC asks."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "grant_type": "password",
                    "username": "johndoe",
                    "password": "correct horse battery",
                }
            ]
        }
    )

    username: Annotated[str, Field(min_length=1, max_length=USERNAME_MAX), Trimmed]
    password: Annotated[SecretStr, Field(min_length=1, max_length=MAX_LENGTH)]
    grant_type: Literal["password"] = "password"


@router.post(
    "/register",
    operation_id="register",
    summary="Create an account",
    status_code=201,
    response_model=User,
    responses=problems(400, 409, 413, 415, 422)
    | {201: {"description": "The new account", "headers": ETAG | LOCATION}},
)
async def register(
    request: Request, new: Registration, idempotency_key: IdempotencyKey = None
) -> Response:
    services = services_of(request)
    receipt = await receipt_of(request, idempotency_key, owner=None)
    user = await services.run(services.accounts.register, new=new, receipt=receipt)
    return answer(request, user, status=201, location="/users/me")


@router.post(
    "/token",
    operation_id="log_in",
    summary="Log in",
    responses=problems(400, 401, 413, 415, 422),
)
async def log_in(request: Request, response: Response, form: Annotated[LogIn, Form()]) -> Token:
    response.headers["Cache-Control"] = "no-store"  # RFC 6749, section 5.1
    services = services_of(request)
    return await services.run(
        services.accounts.log_in,
        username=form.username,
        password=form.password.get_secret_value(),
    )


@router.get(
    "/users/me",
    operation_id="read_account",
    summary="Read your account",
    response_model=User,
    responses=problems(304, 400, 401) | {200: {"description": "Your account", "headers": ETAG}},
)
async def read_account(request: Request, user: CurrentUser) -> Response:
    services = services_of(request)
    return answer(request, await services.run(services.accounts.read, user_id=user))


@router.patch(
    "/users/me",
    operation_id="update_account",
    summary="Change your account",
    response_model=User,
    responses=problems(400, 401, 412, 413, 415, 422)
    | {200: {"description": "Your account", "headers": ETAG}},
)
async def update_account(
    request: Request,
    user: CurrentUser,
    update: AccountUpdate,
    if_match: IfMatch = None,
) -> Response:
    services = services_of(request)
    versions = expected_versions(if_match)
    changed = await services.run(
        services.accounts.update, user_id=user, update=update, versions=versions
    )
    return answer(request, changed)


@router.delete(
    "/users/me",
    operation_id="delete_account",
    summary="Delete your account and everything in it",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 412, 422),
)
async def delete_account(request: Request, user: CurrentUser, if_match: IfMatch = None) -> None:
    services = services_of(request)
    versions = expected_versions(if_match)
    await services.run(services.accounts.delete, user_id=user, versions=versions)
    services.authenticator.forget(user)
