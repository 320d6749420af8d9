"""The pages of the documentation and what they load."""

import re
import sys
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from errand_api.app import create_app
from errand_api.docs_pages import add_docs
from errand_api.middleware import Envelope

pytestmark = pytest.mark.both_transports

type Connect = Callable[[FastAPI], httpx2.Client]

PAGES = ["/docs", "/docs/oauth2-redirect", "/redoc"]
LINK = re.compile(r'(?:href|src|spec-url|data-[a-z]+)="([^"]*)"')
ASSET = re.compile(r"/static/[a-z0-9.-]+\.[0-9a-f]{16}\.(?:css|js|svg)")
TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
LAMBDA_ANSWER_MAX = 6 * 1024 * 1024


@pytest.fixture
def docs(connect: Connect) -> httpx2.Client:
    app = FastAPI(docs_url=None, redoc_url=None)
    app.add_middleware(Envelope)
    add_docs(app)
    return connect(app)


@pytest.fixture
def assets(docs: httpx2.Client) -> list[str]:
    return sorted({path for page in PAGES for path in ASSET.findall(docs.get(page).text)})


def asset_of(assets: list[str], name: str) -> str:
    (path,) = (path for path in assets if path.startswith(f"/static/{name}."))
    return path


@pytest.mark.parametrize("page", PAGES)
def test_a_page(docs: httpx2.Client, page: str) -> None:
    answer = docs.get(page)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_loads_is_here(docs: httpx2.Client, page: str) -> None:
    html = docs.get(page).text
    links = LINK.findall(html)
    assert links
    for link in links:
        assert ASSET.fullmatch(link) or link in {"/openapi.json", "/docs/oauth2-redirect"}
        assert docs.get(link).status_code == 200
    assert "//" not in html


@pytest.mark.parametrize("page", PAGES)
def test_a_page_needs_no_inline_code(docs: httpx2.Client, page: str) -> None:
    answer = docs.get(page)
    scripts = re.findall(r"<script\b[^>]*>", answer.text)
    assert scripts
    assert all(" src=" in script for script in scripts)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", answer.text)
    policy = dict(
        directive.strip().split(" ", 1)
        for directive in answer.headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in str(policy)
    assert "http" not in str(policy)


def test_behind_a_base_path(connect: Connect) -> None:
    app = FastAPI(docs_url=None, redoc_url=None)
    add_docs(app, base_path="/v1")
    client = connect(app)
    for page in PAGES:
        for link in LINK.findall(client.get(page).text):
            assert link.startswith("/v1/")
            assert client.get(link.removeprefix("/v1")).status_code == 200


def test_a_hostile_base_path_stays_text(connect: Connect) -> None:
    app = FastAPI(docs_url=None, redoc_url=None)
    add_docs(app, base_path='/"><script>')
    assert '"><script>' not in connect(app).get("/docs").text


def test_assets_are_kept_for_ever(docs: httpx2.Client, assets: list[str]) -> None:
    assert len(assets) == 7
    for path in assets:
        answer = docs.get(path)
        *_, digest, suffix = path.split(".")
        assert sha256(answer.content).hexdigest().startswith(digest)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] == TYPES[suffix]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accepted", ["gzip", "br, GZIP;q=0.5", "deflate,gzip ; q=1.0", "*"])
def test_assets_are_compressed(docs: httpx2.Client, assets: list[str], accepted: str) -> None:
    path = asset_of(assets, "swagger-ui-bundle")
    answer = docs.get(path, headers={"Accept-Encoding": accepted})
    assert answer.headers["content-encoding"] == "gzip"
    assert b"SwaggerUIBundle" in answer.content
    sent = int(answer.headers["content-length"])
    assert sent < len(answer.content) / 3
    assert sent * 4 / 3 < LAMBDA_ANSWER_MAX


def test_so_they_are_for_those_who_do_not_say(docs: httpx2.Client, assets: list[str]) -> None:
    """RFC 9110, section 12.5.3: then any coding will do."""
    del docs.headers["Accept-Encoding"]
    assert docs.get(assets[0]).headers["content-encoding"] == "gzip"


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "gzip; q=0.000"])
def test_there_is_no_other_form_of_them(
    docs: httpx2.Client, assets: list[str], accepted: str
) -> None:
    answer = docs.get(assets[0], headers={"Accept-Encoding": accepted})
    assert (answer.status_code, "content-encoding" in answer.headers) == (406, False)


def test_an_asset_the_browser_has(docs: httpx2.Client, assets: list[str]) -> None:
    etag = docs.get(assets[0]).headers["etag"]
    answer = docs.get(assets[0], headers={"If-None-Match": f'"other", W/{etag}'})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == etag
    assert docs.get(assets[0], headers={"If-None-Match": '"other"'}).status_code == 200


def test_page_has_a_field_for_the_second_step(docs: httpx2.Client, assets: list[str]) -> None:
    """Swagger UI's form has none; swagger.js adds it to what is sent to /token."""
    assert '<input name="otp"' in docs.get("/docs").text
    assert "requestInterceptor: withSecondStep" in docs.get(asset_of(assets, "swagger")).text


def test_pages_can_be_switched_off(connect: Connect) -> None:
    nothing: Any = object()
    client = connect(create_app(nothing, docs=False))
    for path in (*PAGES, "/openapi.json", "/static/docs.css"):
        assert client.get(path).status_code == 404
    assert client.get("/").json()["docs"] is None
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "",
        "swagger.js",
        "swagger.0123456789abcdef.js",
        "swagger.html",
        "%2e%2e",
        "..%2fdocs_pages.py",
        "%2e%2e%2fdocs_pages.py",
        "..%5cdocs_pages.py",
        "%2fetc%2fpasswd",
        "favicon.png",
        "a%00.js",
    ],
)
def test_other_names_are_not_found(client: httpx2.Client, name: str) -> None:
    answer = client.get(f"/static/{name}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_application_has_its_pages(client: httpx2.Client) -> None:
    for page in PAGES:
        assert client.get(page).status_code == 200
    described = client.get("/openapi.json").json()["paths"]
    assert not [path for path in described if path.startswith(("/docs", "/redoc", "/static"))]


def test_the_package_of_the_files_is_not_imported(docs: httpx2.Client) -> None:
    docs.get("/docs")
    assert "fastapi_offline" not in sys.modules


def test_redoc_is_the_one_the_policy_was_made_for(docs: httpx2.Client, assets: list[str]) -> None:
    """With another one look in a browser: no message about the policy, no picture of theirs."""
    path = asset_of(assets, "redoc.standalone")
    assert path == "/static/redoc.standalone.a8a35e4b2154058f.js"
    assert b"cdn.redoc.ly" not in docs.get(path).content


def test_swagger_keeps_no_password(client: httpx2.Client) -> None:
    (script,) = re.findall(r'"(/static/swagger\.\w+\.js)"', client.get("/docs").text)
    assert "persistAuthorization: false" in client.get(script).text
