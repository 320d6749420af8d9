"""Answers with a resource in them, and what OpenAPI says of every answer."""

from http import HTTPStatus
from typing import Any, Protocol

from fastapi import Request, Response

from errand_api.problems import MEDIA_TYPE


class Resource(Protocol):
    @property
    def version(self) -> int: ...

    def model_dump_json(self) -> str: ...


def etag(resource: Resource) -> str:
    return f'"{resource.version}"'


def answer(
    request: Request,
    resource: Resource,
    *,
    status: int = HTTPStatus.OK,
    location: str | None = None,
) -> Response:
    """The resource with its ETag, or 304 if the client has it (RFC 9110, section 13.1.2)."""
    headers = {"ETag": etag(resource)}
    if location:
        headers["Location"] = location
    known = request.headers.get("if-none-match", "")
    tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
    if request.method == "GET" and tags & {headers["ETag"], "*"}:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(resource.model_dump_json(), status, headers, "application/json")


def next_page(request: Request, content: bytes, cursor: str | None) -> Response:
    """A list, with the address of its continuation if there is one (RFC 8288)."""
    headers = {"Link": next_link(request, cursor)} if cursor else None
    return Response(content, headers=headers, media_type="application/json")


def next_link(request: Request, cursor: str) -> str:
    url = request.url.remove_query_params("skip").include_query_params(cursor=cursor)
    return f'<{url}>; rel="next"'


_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_MEANINGS = {
    304: "You have this version",
    400: "The request cannot be carried out",
    401: "No token, or one that is not valid",
    403: "The token does not allow this",
    404: "There is no such resource, or it is not yours",
    409: "A request with this Idempotency-Key is in progress",
    412: "The resource is not in the version named in If-Match",
    413: "The body is larger than 256 KiB",
    415: "The body is of another content type than this operation takes",
    422: "Something in the request is not valid",
    429: "Too many attempts: try again after Retry-After seconds",
    500: "Unexpected error",
    501: "This deployment sends no mail",
    503: "The database is busy: try again after Retry-After seconds",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI's `responses` for these statuses, and for those any operation may answer."""
    return {
        status: {"description": _MEANINGS[status]}
        | ({"content": _PROBLEM} if status != HTTPStatus.NOT_MODIFIED else {})
        for status in sorted({*statuses, 500, 503})
    }


def header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}


ETAG = {"ETag": header("The version of the resource, for If-Match and If-None-Match")}
LOCATION = {"Location": header("The address of the new resource")}


def page_of(what: str) -> dict[int | str, dict[str, Any]]:
    return {
        200: {
            "description": f"A page of {what}",
            "headers": {"Link": header('`<…>; rel="next"` where there are more (RFC 8288)')},
        }
    }
