"""Personal access tokens, for scripts."""

from typing import Annotated

from fastapi import Path, Request, Response

from errand.errors import AnsweredBefore
from errand.identity.personal_tokens.repository import DynamoTokens
from errand.identity.personal_tokens.schemas import (
    TOKENS_JSON,
    NewToken,
    TokenCreate,
    TokenView,
    new_token_json,
)
from errand.identity.personal_tokens.service import PersonalTokenService
from errand.schemas import several
from errand_api import providers
from errand_api.dependencies import (
    AccountOwner,
    AccountReader,
    IdempotencyKey,
    origin_of,
    receipt_of,
    services_of,
)
from errand_api.responses import problems
from errand_api.routing import Router
from errand_api.services import Services

TAG = {"name": "personal access tokens", "description": "Tokens for scripts"}
router = Router(prefix="/users/me/tokens", tags=[TAG["name"]])


def service(services: Services) -> PersonalTokenService:
    return PersonalTokenService(
        accounts=services.of(providers.accounts),
        personal_tokens=DynamoTokens(),
        store=services.of(providers.store),
        trail=services.of(providers.trail),
        reauthentication=services.of(providers.reauthentication),
        clock=services.clock,
    )


@router.post(
    "",
    operation_id="create_token",
    summary="Make a token; this answer alone shows it",
    description="A token that does not end with a session, for scripts. It never allows more than "
    "its scopes, nor to change who you are or how you log in.",
    status_code=201,
    response_model=NewToken,
    responses=problems(400, 401, 403, 409, 413, 415, 422, 429),
)
async def create_token(
    request: Request,
    caller: AccountOwner,
    new: TokenCreate,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    services = services_of(request)
    try:
        token, text = await services.run(
            services.of(service).create,
            caller=caller,
            new=new,
            origin=origin_of(request),
            receipt=await receipt_of(request, idempotency_key),
        )
        content = new_token_json(token, text)
    except AnsweredBefore as before:
        content = before.answer
    return Response(content, status_code=201, media_type="application/json")


@router.get(
    "",
    operation_id="list_tokens",
    summary="List your tokens, newest first",
    description="Without their texts, which are kept nowhere.",
    response_model=several(TokenView),
    responses=problems(400, 401, 403),
)
async def list_tokens(request: Request, caller: AccountReader) -> Response:
    services = services_of(request)
    tokens = await services.run(services.of(service).list, caller=caller)
    return Response(TOKENS_JSON.many(tokens), media_type="application/json")


@router.delete(
    "/{token_id}",
    operation_id="delete_token",
    summary="Revoke a token",
    description="It is refused from now on.",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 404),
)
async def delete_token(
    request: Request,
    caller: AccountOwner,
    token_id: Annotated[
        str, Path(description="The token's id", examples=["06h08q0rf9qcv4e83s3ndg2tl4"])
    ],
) -> None:
    services = services_of(request)
    await services.run(
        services.of(service).revoke,
        caller=caller,
        token_id=token_id,
        origin=origin_of(request),
    )
