"""The welcome, the health of the process, and how to get a token; none touches a table."""

from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import Request
from pydantic import BaseModel, Field

import errand
from errand.identity.scopes import Scope
from errand_api.problems import problem
from errand_api.responses import called, problems
from errand_api.routing import Router

TAG = {"name": "system", "description": "The service itself"}
router = Router(tags=[TAG["name"]])


# What any request may be refused with.
_MALFORMED: dict[int | str, dict[str, Any]] = {400: problems(400)[400]}


class Welcome(BaseModel):
    """What this is."""

    message: Annotated[str, Field(description="A greeting")]
    version: Annotated[str, Field(description="Of the service", examples=[errand.__version__])]
    docs: Annotated[str | None, Field(description="Where its documentation is; null: switched off")]


class Health(BaseModel):
    """That the process answers."""

    status: Annotated[Literal["ok"], Field(description="Nothing else is ever said")]


class AuthorizationServer(BaseModel):
    """RFC 8414, section 2."""

    issuer: Annotated[str, Field(description="The URL of this service")]
    token_endpoint: Annotated[str, Field(description="Where to get and renew tokens")]
    revocation_endpoint: Annotated[str, Field(description="Where to revoke them (RFC 7009)")]
    service_documentation: Annotated[str, Field(description="For people")]
    scopes_supported: Annotated[list[Scope], Field(description="What a token may allow")]
    response_types_supported: Annotated[
        list[str], Field(description="None: there is no page to log in on")
    ]
    grant_types_supported: Annotated[list[str], Field(description="What token_endpoint takes")]
    token_endpoint_auth_methods_supported: Annotated[
        list[str], Field(description="Clients have no secrets of their own")
    ]
    revocation_endpoint_auth_methods_supported: Annotated[list[str], Field(description="As above")]


@router.get(
    "/",
    operation_id="welcome",
    summary="Say hello",
    description="Tells version and documentation, to anybody.",
    responses=_MALFORMED,
)
async def welcome(request: Request) -> Welcome:
    return Welcome(
        message="Welcome to Errand, a task-management API",
        version=errand.__version__,
        docs="/docs" if request.app.openapi_url else None,
    )


@router.get(
    "/health",
    operation_id="health",
    summary="Tell that the process answers",
    description="For load balancers and monitors: no database is asked.",
    responses=_MALFORMED,
)
async def health() -> Health:
    return Health(status="ok")


@router.get(
    "/.well-known/oauth-authorization-server",
    operation_id="authorization_server",
    summary="Tell OAuth 2 clients where and how to get tokens",
    response_model=AuthorizationServer,
    responses=_MALFORMED,
    description="Metadata of this authorization server (RFC 8414).",
)
async def authorization_server(request: Request) -> Any:
    here = called(request)
    if not here:
        detail, path = "The Host is none", request.scope["path"]
        return problem(HTTPStatus.BAD_REQUEST, detail=detail, instance=path, code="bad_request")
    return AuthorizationServer(
        issuer=here,
        token_endpoint=f"{here}/token",
        revocation_endpoint=f"{here}/token/revoke",
        service_documentation=f"{here}/docs",
        scopes_supported=sorted(Scope),
        response_types_supported=[],
        grant_types_supported=["password", "refresh_token"],
        token_endpoint_auth_methods_supported=["none"],
        revocation_endpoint_auth_methods_supported=["none"],
    )
