"""Log-in, and the sessions it opens."""

from typing import Annotated, Literal

from fastapi import Form, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field

from errand.identity.accounts.schemas import USERNAME_MAX, PresentPassword
from errand.identity.personal_tokens.model import MARK
from errand.identity.sessions.log_in import Credentials, LogInService
from errand.identity.sessions.model import DEVICE_MAX
from errand.identity.sessions.repository import DynamoSessions
from errand.identity.sessions.schemas import SessionView, Token, session_view
from errand.identity.sessions.service import SessionService
from errand.identity.throttling.service import LogInGuard
from errand.schemas import IF_SENT, sent, several
from errand.text import ONE_LINE, OneLine, Trimmed
from errand_api import providers
from errand_api.dependencies import AccountOwner, AccountReader, origin_of, services_of
from errand_api.features import mfa, personal_tokens
from errand_api.media import JSON
from errand_api.responses import as_json, problems
from errand_api.routing import Router
from errand_api.services import Services

TAG = {"name": "sessions", "description": "Log-in, and where you are logged in"}
router = Router(tags=[TAG["name"]])


def service(services: Services) -> SessionService:
    return SessionService(
        accounts=services.of(providers.accounts),
        sessions=DynamoSessions(),
        store=services.of(providers.store),
        trail=services.of(providers.trail),
        tokens=services.of(providers.tokens),
        clock=services.clock,
    )


def log_ins(services: Services) -> LogInService:
    guard = LogInGuard(
        counters=services.of(providers.counters),
        throttle=services.of(providers.throttle),
        clock=services.clock,
    )
    return LogInService(
        accounts=services.of(providers.accounts),
        sessions=DynamoSessions(),
        store=services.of(providers.store),
        trail=services.of(providers.trail),
        guard=guard,
        mfa=lambda: services.of(mfa.service),
        tokens=services.of(providers.tokens),
        clock=services.clock,
    )


_TOKEN_MAX = 2048
_REFRESH_TOKEN = "AZ9k3mZbT4yqWq0Qp0mZbAGfZN5m2089kDqWq0Qp0mZbpl1T3v7n6p0a8c1e4g2i5"  # noqa: S105


type GrantType = Annotated[
    Literal["password", "refresh_token"], Field(description="What a token is asked for with")
]


class TokenRequest(BaseModel):
    """RFC 6749, sections 4.3.2 and 6: a grant, and the fields it needs.

    What else a client sends is ignored, as the RFC asks, and an empty field is as good as none.
    """

    model_config = ConfigDict(
        json_schema_extra=sent(
            {"grant_type": "password", "username": "johndoe", "password": "correct horse battery"},
            {"grant_type": "refresh_token", "refresh_token": _REFRESH_TOKEN},
        )
    )

    grant_type: Annotated[
        GrantType, Field(description="If it is left out, as the tutorial allows: password")
    ] = "password"
    username: Annotated[
        str,
        Field(max_length=USERNAME_MAX, description="Needed by the grant password"),
        Trimmed,
    ] = IF_SENT
    password: Annotated[PresentPassword, Field(description="Needed by the grant password")] = (
        IF_SENT
    )
    otp: Annotated[
        str,
        Field(max_length=64, description="One-time password or recovery code, where asked for"),
    ] = ""
    refresh_token: Annotated[
        str, Field(max_length=_TOKEN_MAX, description="Needed by the grant refresh_token")
    ] = IF_SENT
    scope: Annotated[
        str, Field(max_length=200, description="Less than all, separated by spaces")
    ] = ""
    device_name: Annotated[
        str,
        Field(max_length=DEVICE_MAX, description="How the list of sessions is to call it"),
        Trimmed,
        OneLine,
        ONE_LINE,
    ] = ""
    device_token: Annotated[
        str, Field(max_length=_TOKEN_MAX, description="From an earlier log-in on this device")
    ] = ""

    def check(self) -> None:
        """Raises RequestValidationError for what the grant needs and does not have."""
        needed = {"password": ["username", "password"], "refresh_token": ["refresh_token"]}
        missing = [
            {"type": "missing", "loc": ("body", name), "msg": "Field required"}
            for name in needed[self.grant_type]
            if name not in self.model_fields_set
        ]
        if missing:
            raise RequestValidationError(missing)


class Revocation(BaseModel):
    """RFC 7009, section 2.1."""

    model_config = ConfigDict(json_schema_extra=sent({"token": _REFRESH_TOKEN}))

    token: Annotated[
        str,
        Field(
            min_length=1,
            max_length=_TOKEN_MAX,
            description="A refresh, access or personal access token",
        ),
    ]
    token_type_hint: Annotated[str, Field(max_length=50, description="Not needed")] = ""


@router.post(
    "/token",
    operation_id="log_in",
    summary="Log in, or renew the tokens of a session",
    description="With `grant_type=password` a new session begins; with `grant_type=refresh_token` "
    "its tokens are replaced, and a refresh token that was used before ends it. Wrong "
    "guesses are answered more and more slowly.",
    response_model=Token,
    responses=problems(400, 401, 409, 413, 415, 429, kind=JSON),
)
async def log_in(request: Request, form: Annotated[TokenRequest, Form()]) -> Response:
    form.check()
    services = services_of(request)
    if form.grant_type == "refresh_token":
        token = await services.run(
            services.of(service).refresh,
            refresh_token=form.refresh_token,
            scope=form.scope,
            origin=origin_of(request),
        )
    else:
        credentials = Credentials(
            username=form.username,
            password=form.password.get_secret_value(),
            otp=form.otp,
            scope=form.scope,
            device=form.device_name,
            device_token=form.device_token,
        )
        token = await services.run(
            services.of(log_ins).log_in, given=credentials, origin=origin_of(request)
        )
    return Response(token.model_dump_json(exclude_none=True), media_type=JSON)


@router.post(
    "/token/revoke",
    operation_id="revoke_token",
    summary="Log out: end the session of a token, or revoke a personal access token",
    description="RFC 7009: ends the session of an access or refresh token, or revokes a personal "
    "access token. A token that is none is no error.",
    response_class=Response,
    responses=problems(400, 413, 415, kind=JSON)
    | {200: {"description": "The token is of no use any more, if it ever was"}},
)
async def revoke_token(request: Request, form: Annotated[Revocation, Form()]) -> None:
    services = services_of(request)
    revoke = (
        services.of(personal_tokens.service).revoke_presented
        if form.token.startswith(MARK)
        else services.of(service).revoke
    )
    await services.run(revoke, token=form.token, origin=origin_of(request))


@router.get(
    "/users/me/sessions",
    operation_id="list_sessions",
    summary="List where you are logged in, newest first",
    description="The newest hundred that have not ended; `current` is the one that asks.",
    response_model=several(SessionView),
    responses=problems(400, 401, 403),
)
async def list_sessions(request: Request, caller: AccountReader) -> Response:
    services = services_of(request)
    sessions = await services.run(services.of(service).list, caller=caller)
    return as_json([session_view(session, current=caller.session_id) for session in sessions])


@router.delete(
    "/users/me/sessions",
    operation_id="end_other_sessions",
    summary="Log out everywhere but here",
    description="All sessions but the one that asks end. Personal access tokens go on.",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 409),
)
async def end_other_sessions(request: Request, caller: AccountOwner) -> None:
    services = services_of(request)
    await services.run(services.of(service).end_others, caller=caller, origin=origin_of(request))


@router.delete(
    "/users/me/sessions/{session_id}",
    operation_id="end_session",
    summary="Log out one session",
    description="Its tokens are refused from now on.",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 404),
)
async def end_session(
    request: Request,
    caller: AccountOwner,
    session_id: Annotated[
        str, Path(description="The session's id", examples=["06h08q0rf9qcv4e83s3ndg2tl4"])
    ],
) -> None:
    services = services_of(request)
    await services.run(
        services.of(service).end, caller=caller, session_id=session_id, origin=origin_of(request)
    )
