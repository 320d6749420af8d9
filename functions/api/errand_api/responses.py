"""Answers with a resource in them, and what OpenAPI says of every answer."""

import json
import re
from collections.abc import Awaitable, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from fastapi import Request, Response

from errand.errors import AnsweredBefore
from errand.pages import Page
from errand.views import JsonView
from errand_api.compression import TAG as GZIP_TAG
from errand_api.media import JSON
from errand_api.problems import MEDIA_TYPE


class Versioned(Protocol):
    @property
    def version(self) -> int: ...


def answer[Resource: Versioned](
    request: Request, resource: Resource, view: JsonView[Resource]
) -> Response:
    """The resource with its ETag, or 304 if the client has it (RFC 9110, section 13.1.2)."""
    tag = str(resource.version)
    same = known_as(request, tag)
    if same:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": same})
    return Response(view.one(resource), headers={"ETag": f'"{tag}"'}, media_type=JSON)


def known_as(request: Request, tag: str) -> str | None:
    """What the client calls what it has, if that is what the tag stands for."""
    known = request.headers.get("if-none-match")
    if known and request.method == "GET":
        tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        for same in (f'"{tag}"', f'"{tag}{GZIP_TAG}"', "*"):
            if same in tags:
                return f'"{tag}"' if same == "*" else same
    return None


async def created[Resource](
    request: Request, making: Awaitable[Resource], view: JsonView[Resource], *, location: str
) -> Response:
    """The new resource, or what the first request with this Idempotency-Key was answered.

    `location`: its address, with {id} for its id.
    """
    try:
        content = view.one(await making)
    except AnsweredBefore as before:
        content = before.answer
    return made(request, content, location=location)


def made(request: Request, content: str, *, location: str) -> Response:
    """The answer about a new resource, as JSON that has been written."""
    told = json.loads(content)
    headers = {
        "ETag": f'"{told["version"]}"',
        "Location": address(request, location.format(id=told["id"])),
    }
    return Response(content, HTTPStatus.CREATED, headers, JSON)


def again(content: str) -> Response:
    """What was answered before about a resource that there was, as JSON."""
    return Response(
        content, headers={"ETag": f'"{json.loads(content)["version"]}"'}, media_type=JSON
    )


def listed[Item](request: Request, page: Page[Item], view: JsonView[Item]) -> Response:
    """A page, with the address of its continuation if there is one (RFC 8288)."""
    headers = {"Link": next_link(request, page.cursor)} if page.cursor else {}
    if page.total is not None:
        headers["X-Total-Count"] = str(page.total)
    return Response(view.many(page.items), headers=headers, media_type=JSON)


def as_json(content: Any, *, status: int = HTTPStatus.OK) -> Response:
    """What errand.records.show or a list of it has made."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, media_type=JSON)


def next_link(request: Request, cursor: str) -> str:
    asked = request.query_params.items()
    # Who goes on has been told how many there are.
    query = {name: value for name, value in asked if name not in {"skip", "count"}}
    here = address(request, quote(request.scope["path"]))
    return f'<{here}?{urlencode({**query, "cursor": cursor})}>; rel="next"'


def address(request: Request, path: str) -> str:
    """Without a host: it is right behind every proxy, whatever was sent as Host."""
    base: str = request.app.state.base_path
    return base + path


def called(request: Request) -> str | None:
    """The URL of this service: the one it is configured with, or by which it was called.

    None for a Host that is none. It is told to nobody but who sent that Host.
    """
    configured: str = request.app.state.public_url
    host = request.headers.get("host", "")
    scheme = "http" if request.scope["scheme"] == "http" else "https"
    return configured or (f"{scheme}://{host}" if re.fullmatch(_HOST, host) else None)


# RFC 9110, section 7.2.
_HOST = r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"
_PROBLEM = {"schema": {"$ref": "#/components/schemas/Problem"}}
_MEANINGS = {
    304: "You have this version",
    400: "The request cannot be carried out",
    401: "No token, or one that is not valid",
    403: "The token does not allow this",
    404: "There is no such resource, or it is not yours",
    409: "In progress, or changed by others at once: try again after Retry-After seconds",
    410: "The log does not go back that far: begin anew, without a cursor",
    412: "The resource is not in the version named in If-Match",
    413: "The body is larger than 256 KiB, a file than 1 MiB, or a record with it than 400 KB",
    415: "The body is of another content type than this operation takes",
    422: "Something in the request is not valid",
    429: "Too many attempts, writes or streams: try again after Retry-After seconds",
    500: "Unexpected error",
    501: "This deployment does not offer this: the detail says what it does",
    503: "The database is busy: try again after Retry-After seconds",
    507: "The account has no room for more",
}


def problems(*statuses: int, kind: str = MEDIA_TYPE) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's `responses` for these statuses, and for those any operation may answer."""
    return {
        status: {"description": _MEANINGS[status]}
        | ({"content": {kind: _PROBLEM}} if status != HTTPStatus.NOT_MODIFIED else {})
        for status in sorted({*statuses, 500, 503})
    }


def header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}


ETAG = {"ETag": header("The version of the resource, for If-Match and If-None-Match")}
# Read by `answer`; as a parameter FastAPI would read it once more.
IF_NONE_MATCH = {
    "parameters": [
        {
            "name": "if-none-match",
            "in": "header",
            "description": "An ETag that the client has: 304 if the resource still has it",
            "schema": {"type": "string", "examples": ['"1"']},
        }
    ]
}
LOCATION = {"Location": header("The address of the new resource")}


EXPLAINED = {
    "X-Query-Plan": header("With `explain`: which index is read, and which range of it"),
    "X-Items-Read": header("With `explain`: how many items the database read for the page"),
    "X-Consumed-Capacity": header("With `explain`: what that cost, in units of DynamoDB"),
}

COUNTED = {"X-Total-Count": header("With `count`: how many tasks all pages have together")}


def page_of(
    what: str, more: Mapping[str, Any] = MappingProxyType({})
) -> dict[int | str, dict[str, Any]]:
    return {
        200: {
            "description": f"A page of {what}",
            "headers": {
                "Link": header('`<…>; rel="next"` where there are more (RFC 8288)'),
                **more,
            },
        }
    }
