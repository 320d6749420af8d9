"""Personal access tokens, for scripts."""

from typing import Annotated

from fastapi import Path, Request, Response

from errand.personal_tokens.schemas import TOKENS, NewToken, TokenCreate, TokenView
from errand_api.dependencies import AccountReader, AccountWriter, origin_of, services_of
from errand_api.responses import problems
from errand_api.routing import Router

router = Router(prefix="/users/me/tokens", tags=["personal access tokens"])


@router.post(
    "",
    operation_id="create_token",
    summary="Make a token; this answer alone shows it",
    status_code=201,
    response_model=NewToken,
    responses=problems(400, 401, 403, 413, 415, 422),
)
async def create_token(request: Request, caller: AccountWriter, new: TokenCreate) -> Response:
    services = services_of(request)
    token = await services.run(
        services.personal_tokens.create, caller=caller, new=new, origin=origin_of(request)
    )
    return Response(token.model_dump_json(), 201, media_type="application/json")


@router.get(
    "",
    operation_id="list_tokens",
    summary="List your tokens, newest first",
    response_model=list[TokenView],
    responses=problems(400, 401, 403),
)
async def list_tokens(request: Request, caller: AccountReader) -> Response:
    services = services_of(request)
    tokens = await services.run(services.personal_tokens.page, caller=caller)
    return Response(TOKENS.dump_json(tokens), media_type="application/json")


@router.delete(
    "/{token_id}",
    operation_id="delete_token",
    summary="Revoke a token",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 404),
)
async def delete_token(
    request: Request,
    caller: AccountWriter,
    token_id: Annotated[str, Path(examples=["06h08q0rf9qcv4e83s3ndg2tl4"])],
) -> None:
    services = services_of(request)
    await services.run(
        services.personal_tokens.revoke,
        caller=caller,
        token_id=token_id,
        origin=origin_of(request),
    )
    services.authenticator.forget(caller.user_id)
