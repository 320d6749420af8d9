"""Swagger UI and ReDoc, served without any other host.

Nothing of them is read before the first request for a page: a function that is asked for tasks
does not pay for its documentation.
"""

import re
import zlib
from collections.abc import Callable
from functools import cache, cached_property
from hashlib import sha256
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from errand_api.compression import takes_gzip

_PAGES = {
    "/docs": "swagger.html",
    "/docs/oauth2-redirect": "oauth2-redirect.html",
    "/redoc": "redoc.html",
}
_OURS = ("docs.css", "icon.svg", "oauth2-redirect.js", "swagger.js")
_THEIRS = ("redoc.standalone.js", "swagger-ui-bundle.js", "swagger-ui.css")
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# ReDoc shows a picture from its maker's host, and leaves it out if it is not a picture.
_FOREIGN_PICTURE = b"https://cdn.redoc.ly/redoc/logo-mini.svg"
_NO_PICTURE = b"data:,"

# ReDoc makes two <style> elements: one empty, to fill it through the DOM, one for its scrollbars.
_REDOC_STYLES = (
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' "
    "'sha256-QMIg+bpjm3JdElJ388KYke01izlUW0UoNOeKjpMxdgc='"
)
_PAGE_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; connect-src 'self'; img-src 'self' data:; script-src 'self'; "
    f"style-src 'self' {_REDOC_STYLES}; worker-src blob:",
}


def add_docs(app: FastAPI, *, base_path: str = "") -> None:
    """`/docs` and `/redoc` with all they load, for an application made without its own.

    `base_path`: what stands before every path where a browser asks.
    """
    for path, name in _PAGES.items():
        app.add_route(path, _page(name, base_path), include_in_schema=False)
    app.add_route("/static/{name}", _static, include_in_schema=False)


class _Asset:
    """A file under a name that changes with its content, so that it may be kept for ever."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @cached_property
    def content(self) -> bytes:
        return self.file.read_bytes().replace(_FOREIGN_PICTURE, _NO_PICTURE)

    @cached_property
    def compressed(self) -> bytes:
        return zlib.compress(self.content, wbits=zlib.MAX_WBITS | 16)

    @cached_property
    def digest(self) -> str:
        return sha256(self.content).hexdigest()[:16]

    @property
    def name(self) -> str:
        return f"{self.file.stem}.{self.digest}{self.file.suffix}"


@cache
def _assets() -> dict[str, _Asset]:
    """By the plain names of the files, as the pages call them."""
    ours = Path(__file__).with_name("docs_assets")
    # The package has the files; importing it would import much that nobody needs.
    package = find_spec("fastapi_offline")
    if package is None or package.origin is None:
        raise FileNotFoundError("fastapi-offline, which holds Swagger UI and ReDoc")
    theirs = Path(package.origin).with_name("static")
    return {name: _Asset(ours / name) for name in _OURS} | {
        name: _Asset(theirs / name) for name in _THEIRS
    }


@cache
def _assets_by_name() -> dict[str, _Asset]:
    return {asset.name: asset for asset in _assets().values()}


def _page(name: str, base_path: str) -> Callable[[Request], Response]:
    html = Path(__file__).with_name("docs_assets") / name

    # Not a coroutine: it reads and hashes files, in a thread.
    def page(_: Request) -> Response:
        from html import escape  # noqa: PLC0415 - with a table of 2,000 entities

        root = escape(base_path)

        def deployed(link: re.Match[str]) -> str:
            path = link[1]
            asset = _assets().get(path.removeprefix("/static/"))
            return f'="{root}/static/{asset.name}"' if asset else f'="{root}{path}"'

        return HTMLResponse(
            re.sub(r'="(/[^"]*)"', deployed, html.read_text("utf-8")), headers=_PAGE_HEADERS
        )

    return page


def _static(request: Request) -> Response:
    asset = _assets_by_name().get(request.path_params["name"])
    if asset is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    # They are large, and every browser takes them so.
    if not takes_gzip(request.headers, otherwise=True):
        raise HTTPException(HTTPStatus.NOT_ACCEPTABLE, "This is to be had as gzip only")
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "ETag": f'"{asset.digest}"',
        "Vary": "Accept-Encoding",
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    headers["Content-Encoding"] = "gzip"
    return Response(asset.compressed, headers=headers, media_type=_MEDIA_TYPES[asset.file.suffix])
