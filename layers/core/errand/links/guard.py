"""An HTTP transport that reaches nothing but the public web (no server-side request forgery)."""

import logging
import re
import ssl
from collections.abc import Awaitable, Callable, Container
from functools import cache
from ipaddress import ip_address

import httpx

from errand.links.addresses import Address, is_public, resolve

# Where web servers listen. On any other port of a stranger a link would be a port scan, or
# would speak HTTP to something else.
WEB_PORTS = frozenset({80, 443, 8000, 8080, 8443})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
# What C libraries read as an IPv4 address, octal, hexadecimal and short forms too (WHATWG URL).
_ENDS_IN_NUMBER = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)")


# It would log every link, and links may hold secrets.
logging.getLogger("httpx").setLevel(logging.WARNING)


class Refused(httpx.TransportError):
    """Its message goes to the client: it names no address."""


class GuardedTransport(httpx.AsyncBaseTransport):
    """Resolves, checks, and connects to the very address it checked, for each request anew.

    Not httpx-secure: it finds the address by opening a connection, before it has checked it,
    allows multicast, and exchanges private parts of httpx.

    `inner` must not reuse connections: it knows them by address, whoever's certificate they saw.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        *,
        resolve: Callable[[str], Awaitable[list[Address]]] = resolve,
        admits: Callable[[Address], bool] = is_public,
        ports: Container[int] = WEB_PORTS,
        schemes: Container[str] = frozenset(_DEFAULT_PORTS),
    ) -> None:
        self._inner = inner
        self._resolve = resolve
        self._admits = admits
        self._ports = ports
        self._schemes = schemes

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises Refused, and whatever `inner` raises for the last address tried."""
        host, addresses = await self._destination(request.url)
        *others, last = addresses
        for address in others:
            try:
                return await self._send(request, host, address)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._send(request, host, last)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _destination(self, url: httpx.URL) -> tuple[str, list[Address]]:
        if url.scheme not in _DEFAULT_PORTS:
            raise Refused("only http and https are followed")
        if url.scheme not in self._schemes:
            raise Refused("only https is taken")
        if url.userinfo:
            raise Refused("a link must not contain credentials")
        port = _DEFAULT_PORTS[url.scheme] if url.port is None else url.port
        if port not in self._ports:
            raise Refused("port not allowed")
        host = url.raw_host.decode("ascii").lower().removesuffix(".")
        addresses = await self._addresses(host)
        # One answer for unknown and for internal names: nobody can look for the latter.
        if not addresses or not all(map(self._admits, addresses)):
            raise Refused("no public address")
        return host, addresses

    async def _addresses(self, host: str) -> list[Address]:
        try:
            return [ip_address(host)]
        except ValueError:
            if not _HOST_NAME.fullmatch(host) or _ENDS_IN_NUMBER.fullmatch(host):
                return []
            return await self._resolve(host)

    async def _send(self, request: httpx.Request, host: str, address: Address) -> httpx.Response:
        # The Host header and the name in the certificate stay those of the link.
        return await self._inner.handle_async_request(
            httpx.Request(
                request.method,
                request.url.copy_with(host=str(address)),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
        )


def direct(certificates: ssl.SSLContext) -> httpx.AsyncHTTPTransport:
    """Connects to what it is told to, once per request, whatever proxy the environment names."""
    limits = httpx.Limits(max_keepalive_connections=0)
    return httpx.AsyncHTTPTransport(verify=certificates, limits=limits, trust_env=False)


@cache
def certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def root(error: BaseException) -> BaseException:
    """What an error began with: httpx wraps what TLS says twice."""
    while earlier := error.__cause__ or error.__context__:
        error = earlier
    return error
