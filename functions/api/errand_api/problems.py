"""The one place where an error becomes an answer: `application/problem+json` (RFC 9457)."""

import json
import logging
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette._utils import get_route_path
from starlette.exceptions import HTTPException
from starlette.routing import Match

from errand.errors import (
    AccountFull,
    AlreadyTaken,
    Contended,
    CursorExpired,
    ErrandError,
    Forbidden,
    ImportAtWork,
    InactiveUser,
    IncorrectPassword,
    InsufficientScope,
    InvalidCredentials,
    InvalidGrant,
    InvalidInput,
    InvalidOtp,
    InvalidScope,
    InvalidToken,
    MfaRequired,
    NameTaken,
    NotEmpty,
    NotFound,
    NotOffered,
    NotTheLatest,
    Overloaded,
    PreconditionFailed,
    RecordTooLarge,
    RequestInFlight,
    StorageUnavailable,
    TooManyAttempts,
    TooManyWrites,
    Unauthenticated,
)
from errand_api.media import JSON, OAUTH_PATHS, taken

_log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_ERRORS_MAX = 20
_NAME_MAX = 100
# Where Pydantic speaks of Python: its type of error -> ours, and our words.
_REWORDED = {"model_attributes_type": ("object_type", "must be a JSON object")}

_STATUS: Mapping[type[ErrandError], HTTPStatus] = {
    ErrandError: HTTPStatus.INTERNAL_SERVER_ERROR,
    InvalidInput: HTTPStatus.UNPROCESSABLE_CONTENT,
    NotFound: HTTPStatus.NOT_FOUND,
    AlreadyTaken: HTTPStatus.BAD_REQUEST,
    IncorrectPassword: HTTPStatus.BAD_REQUEST,
    InactiveUser: HTTPStatus.BAD_REQUEST,
    InvalidOtp: HTTPStatus.BAD_REQUEST,
    InvalidGrant: HTTPStatus.BAD_REQUEST,
    InvalidScope: HTTPStatus.BAD_REQUEST,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    TooManyAttempts: HTTPStatus.TOO_MANY_REQUESTS,
    NotOffered: HTTPStatus.NOT_IMPLEMENTED,
    PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    NameTaken: HTTPStatus.CONFLICT,
    NotEmpty: HTTPStatus.CONFLICT,
    NotTheLatest: HTTPStatus.CONFLICT,
    ImportAtWork: HTTPStatus.CONFLICT,
    CursorExpired: HTTPStatus.GONE,
    RequestInFlight: HTTPStatus.CONFLICT,
    RecordTooLarge: HTTPStatus.CONTENT_TOO_LARGE,
    AccountFull: HTTPStatus.INSUFFICIENT_STORAGE,
    StorageUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    Contended: HTTPStatus.CONFLICT,
}


# What clients of OAuth 2 look for instead of our code (RFC 6749, 5.2), by the error or its status.
# What is about the form is invalid_request, but for this one.
_UNKNOWN_GRANT = "unsupported_grant_type"
_OAUTH_ERRORS: Mapping[type[ErrandError] | int, str] = {
    InvalidCredentials: "invalid_grant",
    InvalidGrant: "invalid_grant",
    InvalidScope: "invalid_scope",
    InactiveUser: "invalid_grant",
    MfaRequired: "invalid_grant",
    InvalidOtp: "invalid_grant",
    HTTPStatus.CONFLICT: "temporarily_unavailable",
    HTTPStatus.TOO_MANY_REQUESTS: "temporarily_unavailable",
    HTTPStatus.SERVICE_UNAVAILABLE: "temporarily_unavailable",
    HTTPStatus.INTERNAL_SERVER_ERROR: "server_error",
}
# All that may be in an error_description.
_UNDESCRIBABLE = r"[^\x20\x21\x23-\x5b\x5d-\x7e]"


class ProblemResponse(JSONResponse):
    media_type = MEDIA_TYPE

    def render(self, content: Any) -> bytes:
        # A message may quote what was sent, and JSON can send halves of characters.
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return text.encode(errors="replace")


def problem(
    status: int,
    *,
    detail: str,
    instance: str,
    code: str,
    headers: Mapping[str, str] | None = None,
    errors: list[dict[str, Any]] | None = None,
    oauth_error: str | None = None,
) -> JSONResponse:
    """As clients of OAuth 2 read it, where they ask: JSON, and 400 for what is wrong in a form."""
    status = HTTPStatus(status)
    is_oauth = instance in OAUTH_PATHS
    if is_oauth and status == HTTPStatus.UNPROCESSABLE_CONTENT:
        status = HTTPStatus.BAD_REQUEST
    content: dict[str, Any] = {
        "type": f"urn:errand:problem:{code}",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "instance": quote(instance, errors="replace"),
        "code": code,
    }
    if errors is not None:
        content["errors"] = errors
    if is_oauth:
        content["error"] = oauth_error or _OAUTH_ERRORS.get(status, "invalid_request")
        content["error_description"] = re.sub(_UNDESCRIBABLE, "'", detail)
    return ProblemResponse(content, status, headers, JSON if is_oauth else None)


def status_of(kind: type[ErrandError]) -> HTTPStatus:
    return next(_STATUS[above] for above in kind.__mro__ if above in _STATUS)


def add_handlers(app: FastAPI) -> None:
    app.add_exception_handler(ErrandError, _on_errand_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)


async def _on_errand_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ErrandError)  # noqa: S101 - what it is registered for
    status = status_of(type(error))
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        raise error
    headers: dict[str, str] = {}
    # RFC 6750, sections 3 and 3.1: no error where there was no token.
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, InvalidToken):
        headers["WWW-Authenticate"] = (
            f'Bearer error="invalid_token", error_description="{error.detail}"'
        )
    if isinstance(error, InsufficientScope):
        scope = " ".join(error.scopes)
        headers["WWW-Authenticate"] = f'Bearer error="insufficient_scope", scope="{scope}"'
    if isinstance(error, TooManyAttempts):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, TooManyWrites):
        # https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
        headers["RateLimit-Policy"] = f'"writes";q={error.limit};w={error.window}'
        headers["RateLimit"] = f'"writes";r=0;t={error.retry_after}'
    # One that is turned away, as many are at once, is no failure of ours.
    if status == HTTPStatus.SERVICE_UNAVAILABLE and not isinstance(error, Overloaded):
        _log.warning("storage unavailable", exc_info=error)
    if isinstance(error, StorageUnavailable | RequestInFlight):
        headers["Retry-After"] = str(StorageUnavailable.retry_after)
    return problem(
        status,
        detail=error.detail,
        instance=request.scope["path"],
        code=error.code,
        headers=headers,
        oauth_error=_OAUTH_ERRORS.get(type(error)),
    )


async def _on_invalid_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    # Without the input, which may be a password, and never longer than a person reads.
    return _invalid(
        request,
        [
            {"loc": [_short(part) for part in item["loc"]], "msg": words, "type": kind}
            for item in error.errors()[:_ERRORS_MAX]
            for kind, words in [_REWORDED.get(item["type"], (item["type"], item["msg"]))]
        ],
    )


def _invalid(request: Request, errors: list[dict[str, Any]]) -> JSONResponse:
    return problem(
        HTTPStatus.UNPROCESSABLE_CONTENT,
        detail="; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in errors[:3]),
        instance=request.scope["path"],
        code="validation_error",
        errors=errors,
        oauth_error=_UNKNOWN_GRANT if any(e["loc"][-1] == "grant_type" for e in errors) else None,
    )


def _short(part: str | int) -> str | int:
    return part[:_NAME_MAX] if isinstance(part, str) else part


async def _on_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    status = HTTPStatus(error.status_code)
    headers = dict(error.headers or {})
    if status == HTTPStatus.BAD_REQUEST:
        # FastAPI's, of a body that stops it in another way than JSON that is malformed does.
        return _invalid(request, [{"loc": ["body"], "msg": "cannot be read", "type": "unreadable"}])
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = _allowed(request)
        headers["Allow"] = ", ".join(allowed)
        if "PATCH" in allowed:
            headers["Accept-Patch"] = ", ".join(taken("PATCH", request.scope["path"]))
        if request.method == "OPTIONS":
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
    return problem(
        status,
        detail=str(error.detail),
        instance=request.scope["path"],
        code=status.phrase.lower().replace(" ", "_"),
        headers=headers,
    )


def _allowed(request: Request) -> list[str]:
    """Of every route of this path: Starlette names the methods of the first one only.

    A path that is spelt out is none of those that have a parameter in its place.
    """
    path = get_route_path(request.scope)
    literal = [route for route in request.app.routes if getattr(route, "path", None) == path]
    allowed = [
        method
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL
            for route in literal or request.app.routes
        )
    ]
    return ["HEAD", *allowed] if "GET" in allowed else allowed
