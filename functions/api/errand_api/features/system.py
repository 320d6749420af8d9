"""The welcome, the health of the process, and how to get a token; none touches a table."""

import re
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import Request
from pydantic import BaseModel, Field

import errand
from errand.identity.scopes import Scope
from errand_api.problems import problem
from errand_api.responses import problems
from errand_api.routing import Router

TAG = {"name": "system", "description": "The service itself"}
router = Router(tags=[TAG["name"]])


# RFC 9110, section 7.2.
_HOST = r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"


class Welcome(BaseModel):
    message: str
    version: Annotated[str, Field(examples=[errand.__version__])]
    docs: str


class Health(BaseModel):
    status: Literal["ok"]


class AuthorizationServer(BaseModel):
    """RFC 8414, section 2."""

    issuer: str
    token_endpoint: str
    revocation_endpoint: str
    service_documentation: str
    scopes_supported: list[Scope]
    # None of the flows that pass through a page of ours: this service has no pages to log in on.
    response_types_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]


@router.get("/", operation_id="welcome", summary="Say hello")
async def welcome() -> Welcome:
    return Welcome(
        message="Welcome to Errand, a task-management API", version=errand.__version__, docs="/docs"
    )


@router.get("/health", operation_id="health", summary="Tell that the process answers")
async def health() -> Health:
    return Health(status="ok")


@router.get(
    "/.well-known/oauth-authorization-server",
    operation_id="authorization_server",
    summary="Tell OAuth 2 clients where and how to get tokens",
    response_model=AuthorizationServer,
    responses=problems(400),
)
async def authorization_server(request: Request) -> Any:
    here = request.app.state.public_url or _as_called(request)
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


def _as_called(request: Request) -> str | None:
    host = request.headers.get("host", "")
    scheme = "http" if request.scope["scheme"] == "http" else "https"
    return f"{scheme}://{host}" if re.fullmatch(_HOST, host) else None
