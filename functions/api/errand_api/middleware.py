"""What holds for every request, whatever its route: id, path, size and kind of its body."""

import logging
import re
from collections.abc import Iterable
from http import HTTPStatus
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from errand import acting, deadline
from errand_api.compression import compressing, takes_gzip
from errand_api.media import SNOOZE, UNSUBSCRIBE, most_bytes, taken
from errand_api.problems import problem

_log = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)
_LENGTH = re.compile(r"\d{1,15}", re.ASCII)
# Behind it, what calendar programs prove themselves with (errand_api.features.calendar).
_FEEDS_BELOW = "/calendar/"
# What browsers are told with every answer; the pages that are meant for them say more themselves.
# https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html#security-headers
SAFE = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=63072000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
)


class Envelope:
    """Outermost layer: nothing that goes wrong inside leaves without an id and a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if "errand.is_part" not in scope:
            deadline.begin()
        acting.begin(None)
        is_head = scope["method"] == "HEAD"
        scope = {
            **scope,
            # Both spellings of a path are one resource: a redirect would drop a POST's body.
            "path": scope["path"].rstrip("/") or "/",
            "method": "GET" if is_head else scope["method"],
        }
        if is_head:
            # Whatever goes on for ever need not begin.
            scope["errand.is_head"] = True
        headers = Headers(scope=scope)
        request_id = scope["errand.request_id"] = _request_id(scope, headers)
        started = False

        async def send_with_id(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message = {**message, "headers": _completed(message["headers"], request_id)}
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        refusal = _refusal(scope, headers)
        if refusal:
            status, detail, code, told = refusal
            answer = problem(status, detail=detail, instance=scope["path"], code=code, headers=told)
            await answer(scope, receive, send_with_id)
            return
        try:
            is_compressed = scope["method"] == "GET" and takes_gzip(headers)
            answering = compressing(send_with_id) if is_compressed else send_with_id
            await self._app(scope, _bounded(receive, most_bytes(scope["path"])), answering)
        except Exception:
            # The last line: the log gets everything, the client an id to ask about.
            _log.exception("unexpected error", extra={"request_id": request_id})
            if started:
                raise
            answer = problem(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                detail=f"Unexpected error; quote request {request_id}",
                instance=scope["path"],
                code="internal_error",
            )
            await answer(scope, receive, send_with_id)


def unlogged(scope: Scope) -> Scope:
    """A copy for us where a path has a secret: of the server's own, it logs the path."""
    below = next((one for one in (_FEEDS_BELOW, UNSUBSCRIBE, SNOOZE) if one in scope["path"]), None)
    if below is None:
        return scope
    before, _, rest = scope["path"].partition(below)
    if below == _FEEDS_BELOW and rest.partition("/")[0] == "feeds":
        return scope
    ours = {**scope}
    scope["path"] = f"{before}{below}_"
    scope["raw_path"] = scope["path"].encode()
    return ours


def _completed(
    headers: Iterable[tuple[bytes, bytes]], request_id: str
) -> list[tuple[bytes, bytes]]:
    given = {name for name, _ in headers}
    safe = [header for header in SAFE if header[0] not in given]
    return [*headers, *safe, (b"x-request-id", request_id.encode("latin-1"))]


def _request_id(scope: Scope, headers: Headers) -> str:
    event = scope.get("aws.event")
    if event:
        given: str = event["requestContext"]["requestId"]
        return given
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid4().hex


type _Refusal = tuple[int, str, str, dict[str, str]]


def _refusal(scope: Scope, headers: Headers) -> _Refusal | None:
    """Status, detail, code, headers."""
    length = headers.get("content-length", "0")
    if not _LENGTH.fullmatch(length):
        return HTTPStatus.BAD_REQUEST, "Content-Length is not a number", "bad_request", {}
    most = most_bytes(scope["path"])
    if int(length) > most:
        return HTTPStatus.CONTENT_TOO_LARGE, _too_large(most), "content_too_large", {}
    # No body at all is the route's to refuse, whatever kind it is said to be: it can say what is
    # missing, if anything is.
    if scope["method"] in {"POST", "PUT", "PATCH", "DELETE"} and _has_body(scope, headers):
        return _unsupported(scope, headers)
    return None


def _has_body(scope: Scope, headers: Headers) -> bool:
    event = scope.get("aws.event")
    if event:
        return bool(event.get("body"))
    return headers.get("content-length", "0").strip("0") != "" or "transfer-encoding" in headers


def _unsupported(scope: Scope, headers: Headers) -> _Refusal | None:
    """A coding or kind that is not taken, with those that are (RFC 9110, section 15.5.16)."""
    status, code = HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"
    if headers.get("content-encoding", "identity").strip().lower() not in {"identity", ""}:
        told = {"Accept-Encoding": "identity"}
        return status, "The body of a request is taken without a Content-Encoding", code, told
    expected = taken(scope["method"], scope["path"])
    if headers.get("content-type", "").partition(";")[0].strip().lower() in expected:
        return None
    name = "Accept-Patch" if scope["method"] == "PATCH" else "Accept"
    detail = f"The body of this request must be {' or '.join(expected)}"
    return status, detail, code, {name: ", ".join(expected)}


def _too_large(most: int) -> str:
    return f"A request body is at most {most} bytes"


def _bounded(receive: Receive, most: int) -> Receive:
    """A body without Content-Length is counted as it comes."""
    size = 0

    async def receive_bounded() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise HTTPException(HTTPStatus.CONTENT_TOO_LARGE, _too_large(most))
        return message

    return receive_bounded
