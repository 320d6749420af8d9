"""One request to a receiver, and what came of it, by a client that reaches the public web only.

Loads an HTTP client: import it where webhooks are sent.
"""

import asyncio
import ipaddress
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Self

import httpx

from errand.links.addresses import Address, is_public
from errand.links.guard import GuardedTransport, Refused, certificates, direct, root
from errand.webhooks.delivery import SHOWN_BYTES, shown

SECONDS = 10.0
ANSWER_MAX = 64 * 1024

_HEADERS = {
    "User-Agent": "Errand webhooks",
    "Content-Type": "application/json",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
}
# A second address is tried when the first stays silent; the deadline bounds everything else.
_TIMEOUT = httpx.Timeout(None, connect=4.0)
# Hundreds of a status: any number may come, also one without a name.
_SUCCESS, _REDIRECT = 2, 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """`status`: of the answer, None if there was none, `error` says why then."""

    status: int | None = None
    answer: str | None = None
    error: str | None = None
    latency_ms: int = 0
    retry_after: str | None = None

    @property
    def is_accepted(self) -> bool:
        return self.status is not None and self.status // 100 == _SUCCESS

    @property
    def is_gone(self) -> bool:
        return self.status == HTTPStatus.GONE


def public_web() -> GuardedTransport:
    return GuardedTransport(direct(certificates()), schemes=frozenset({"https"}))


def this_machine_too() -> GuardedTransport:
    """For development: receivers on the loopback, on any port, by http."""

    def admits(address: Address) -> bool:
        return address == ipaddress.IPv4Address("127.0.0.1") or is_public(address)

    return GuardedTransport(direct(certificates()), admits=admits, ports=range(1, 65536))


class Sender:
    """To be entered. `clock`: seconds that only ever go on."""

    def __init__(
        self,
        transport: GuardedTransport,
        *,
        seconds: float = SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._clock = clock
        self._client = httpx.AsyncClient(
            transport=transport,
            headers=_HEADERS,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=_TIMEOUT,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def send(self, url: str, *, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Never raises for what a receiver does; takes at most `seconds`."""
        began = self._clock()
        heard = _Heard()
        error: str | None = None
        try:
            async with asyncio.timeout(self._seconds):
                request = self._client.build_request("POST", url, headers=headers, content=body)
                await self._exchange(request, heard)
        except (TimeoutError, httpx.TimeoutException):
            error = "timed out"
        except Refused as refusal:
            error = str(refusal)
        except httpx.ConnectError as failure:
            error = "TLS failed" if isinstance(root(failure), ssl.SSLError) else "cannot connect"
        # Names that are no names in Unicode are errors of values.
        except (httpx.InvalidURL, ValueError):
            error = "not a valid address"
        except (httpx.HTTPError, ssl.SSLError):  # the latter leaks out of httpcore amid an answer
            error = "not a valid answer"
        return heard.outcome(error, latency_ms=round((self._clock() - began) * 1000))

    async def _exchange(self, request: httpx.Request, heard: "_Heard") -> None:
        response = await self._client.send(request, stream=True, follow_redirects=False)
        try:
            heard.response = response
            async for chunk in response.aiter_raw():
                heard.add(chunk)
                if heard.size >= ANSWER_MAX:
                    return
        finally:
            await response.aclose()


class _Heard:
    """What has come of an answer so far: its status decides, whatever its body turns out to be."""

    def __init__(self) -> None:
        self.response: httpx.Response | None = None
        self.size = 0
        self._begun = bytearray()

    def add(self, chunk: bytes) -> None:
        self.size += len(chunk)
        self._begun += chunk[: SHOWN_BYTES - len(self._begun)]

    def outcome(self, error: str | None, *, latency_ms: int) -> Outcome:
        response = self.response
        if response is None:
            return Outcome(error=error, latency_ms=latency_ms)
        status = response.status_code
        why = {_SUCCESS: None, _REDIRECT: "redirects are not followed"}
        return Outcome(
            status=status,
            answer=shown(bytes(self._begun)),
            error=why.get(status // 100, f"answered {status}"),
            latency_ms=latency_ms,
            retry_after=response.headers.get("retry-after"),
        )
