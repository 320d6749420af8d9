"""Where links lead: status and title of each, all fetched at the same time.

Loads an HTTP client: import it where links are fetched, not where a function starts.
"""

import asyncio
import logging
import ssl
import zlib
from collections.abc import Sequence
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from errand.links.guard import GuardedTransport, Refused
from errand.links.schemas import LinkPreview
from errand.links.title import title_of

SECONDS = 5.0
BYTES_MAX = 64 * 1024
REDIRECTS_MAX = 5

_HEADERS = {
    "User-Agent": "Errand link preview",
    "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1",
    "Accept-Encoding": "identity",
}
_HTML = {"text/html", "application/xhtml+xml"}
# A second address is tried when the first stays silent; the deadline bounds everything else.
_TIMEOUT = httpx.Timeout(None, connect=2.0)
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32

# It would log every link, and links may hold secrets.
logging.getLogger("httpx").setLevel(logging.WARNING)


async def preview(
    urls: Sequence[str], *, transport: GuardedTransport | None = None, seconds: float = SECONDS
) -> list[LinkPreview]:
    """In the order of `urls`, after at most `seconds`; never raises for what a link does."""
    deadline = asyncio.get_running_loop().time() + seconds
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    async with httpx.AsyncClient(
        transport=transport or GuardedTransport(direct(_certificates())),
        headers=_HEADERS,
        cookies=no_cookies,
        timeout=_TIMEOUT,
        trust_env=False,
    ) as client:
        return await asyncio.gather(*(_preview(client, url, deadline) for url in urls))


def direct(certificates: ssl.SSLContext) -> httpx.AsyncHTTPTransport:
    """Connects to what it is told to, once per request, whatever proxy the environment names."""
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.AsyncHTTPTransport(verify=certificates, limits=limits, trust_env=False)


@cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


async def _preview(client: httpx.AsyncClient, url: str, deadline: float) -> LinkPreview:
    try:
        async with asyncio.timeout_at(deadline):
            return await _fetch(client, url)
    except (TimeoutError, httpx.TimeoutException):
        error = "timed out"
    except Refused as refusal:
        error = str(refusal)
    except httpx.ConnectError as failure:
        error = "TLS failed" if isinstance(_root(failure), ssl.SSLError) else "cannot connect"
    except httpx.InvalidURL:
        error = "not a valid address"
    except (httpx.HTTPError, ssl.SSLError):  # the latter leaks out of httpcore amid an answer
        error = "not a valid answer"
    return LinkPreview(url=url, status=None, title=None, error=error)


async def _fetch(client: httpx.AsyncClient, url: str) -> LinkPreview:
    request = client.build_request("GET", url)
    # By hand: httpx reads the whole body of a redirect that it follows.
    for _ in range(1 + REDIRECTS_MAX):
        response = await client.send(request, stream=True)
        try:
            if response.next_request is None:
                title = await _title(response)
                return LinkPreview(url=url, status=response.status_code, title=title, error=None)
        finally:
            await response.aclose()
        request = response.next_request
    raise Refused("too many redirects")


async def _title(response: httpx.Response) -> str | None:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _HTML:
        return None
    page = bytearray()
    async for chunk in response.aiter_raw():
        page += chunk
        if len(page) >= BYTES_MAX:
            break
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    decoded = _decompressed(bytes(page[:BYTES_MAX]), encoding)
    return title_of(decoded, response.charset_encoding)


def _decompressed(page: bytes, encoding: str) -> bytes:
    """At most BYTES_MAX, for the servers that compress although asked not to."""
    if encoding == "identity":
        return page
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        return b""
    try:
        return zlib.decompressobj(_GZIP_OR_ZLIB).decompress(page, BYTES_MAX)
    except zlib.error:
        return b""


def _root(error: BaseException) -> BaseException:
    while earlier := error.__cause__ or error.__context__:
        error = earlier
    return error
