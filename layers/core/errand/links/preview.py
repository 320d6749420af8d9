"""Where links lead: status and title of each, all fetched at the same time.

Loads an HTTP client: import it where links are fetched, not where a function starts.
"""

import asyncio
import ssl
import zlib
from collections import defaultdict
from collections.abc import Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from errand.links.guard import GuardedTransport, Refused, certificates, direct, root
from errand.links.schemas import LinkPreview
from errand.links.title import title_of

SECONDS = 5.0
BYTES_MAX = 64 * 1024
REDIRECTS_MAX = 5
# Of one host at the same time: a preview is no flood.
TOGETHER_MAX = 3

_HEADERS = {
    "User-Agent": "Errand link preview",
    "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1",
    "Accept-Encoding": "identity",
}
_HTML = {"text/html", "application/xhtml+xml"}
# A second address is tried when the first stays silent; the deadline bounds everything else.
_TIMEOUT = httpx.Timeout(None, connect=2.0)
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32

type _Turns = defaultdict[bytes, asyncio.Semaphore]


async def preview(
    urls: Sequence[str], *, transport: GuardedTransport | None = None, seconds: float = SECONDS
) -> list[LinkPreview]:
    """In the order of `urls`, after at most `seconds`; never raises for what a link does.

    A link that is there twice is fetched once.
    """
    deadline = asyncio.get_running_loop().time() + seconds
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    async with httpx.AsyncClient(
        transport=transport or GuardedTransport(direct(certificates())),
        headers=_HEADERS,
        cookies=no_cookies,
        timeout=_TIMEOUT,
        trust_env=False,
    ) as client:
        turns: _Turns = defaultdict(lambda: asyncio.Semaphore(TOGETHER_MAX))
        each = dict.fromkeys(urls)
        found = await asyncio.gather(*(_preview(client, url, turns, deadline) for url in each))
        by_url = dict(zip(each, found, strict=True))
        return [by_url[url] for url in urls]


async def _preview(
    client: httpx.AsyncClient, url: str, turns: _Turns, deadline: float
) -> LinkPreview:
    try:
        async with asyncio.timeout_at(deadline):
            return await _fetch(client, url, turns)
    except (TimeoutError, httpx.TimeoutException):
        error = "timed out"
    except Refused as refusal:
        error = str(refusal)
    except httpx.ConnectError as failure:
        error = "TLS failed" if isinstance(root(failure), ssl.SSLError) else "cannot connect"
    # Names that are no names in Unicode are errors of values, in a link or where it leads.
    except (httpx.InvalidURL, ValueError):
        error = "not a valid address"
    except (httpx.HTTPError, ssl.SSLError):  # the latter leaks out of httpcore amid an answer
        error = "not a valid answer"
    return LinkPreview(url=url, status=None, title=None, error=error)


async def _fetch(client: httpx.AsyncClient, url: str, turns: _Turns) -> LinkPreview:
    request = client.build_request("GET", url)
    # By hand: httpx reads the whole body of a redirect that it follows.
    for _ in range(1 + REDIRECTS_MAX):
        async with turns[request.url.raw_host.lower()]:
            response = await client.send(request, stream=True)
            try:
                if response.next_request is None:
                    title = await _title(response)
                    status = response.status_code
                    return LinkPreview(url=url, status=status, title=title, error=None)
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
    content = bytes(page[:BYTES_MAX])
    # Some milliseconds of computing, in which others are served.
    return await asyncio.to_thread(_title_in, content, encoding, response.charset_encoding)


def _title_in(page: bytes, encoding: str, charset: str | None) -> str | None:
    return title_of(_decompressed(page, encoding), charset)


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
