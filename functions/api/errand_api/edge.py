"""What is in front of the gateway: with a secret it is believed whose requests it passes on."""

from collections.abc import Iterable
from hashlib import sha256
from hmac import compare_digest
from http import HTTPStatus
from ipaddress import ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from errand.config import TrustedEdge
from errand_api.problems import problem

SECRET = b"x-edge-secret"
DIGITS = 32  # of its digest, which has no more room in the template
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/adding-cloudfront-headers.html
_WITH_PORT = b"cloudfront-viewer-address"
# Of this machine: what SnapStart is warmed up with, the answers of a batch's parts, and who walks
# through a new version by calling its function. The gateway tells of no such address.
_OURS = "127."


class Edge:
    """The address that the edge tells, in place of the edge's; its secret goes no further.

    Inside of the envelope, only where a deployment has an edge.
    """

    def __init__(self, app: ASGIApp, *, trusted: TrustedEdge) -> None:
        self._app = app
        self._header = trusted.address_header.lower().encode()
        self._digest = trusted.secret_digest
        self._is_only = trusted.is_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "errand.is_part" in scope:
            await self._app(scope, receive, send)
            return
        headers = scope["headers"]
        if self._is_proved(value for name, value in headers if name == SECRET):
            address = _told(headers, self._header)
            if address:
                scope = {**scope, "client": (address, 0)}
        elif self._is_only and not _host(scope).startswith(_OURS):
            answer = problem(
                HTTPStatus.FORBIDDEN,
                detail="This deployment is reached through what is in front of it",
                instance=scope["path"],
                code="not_through_edge",
            )
            await answer(scope, receive, send)
            return
        kept = [header for header in headers if header[0] != SECRET]
        await self._app({**scope, "headers": kept}, receive, send)

    def _is_proved(self, given: Iterable[bytes]) -> bool:
        secrets = [*given]
        if len(secrets) != 1:
            return False
        return compare_digest(sha256(secrets[0]).hexdigest()[:DIGITS], self._digest)


def _host(scope: Scope) -> str:
    host: str = (scope.get("client") or ("",))[0]
    return host


def _told(headers: Iterable[tuple[bytes, bytes]], header: bytes) -> str | None:
    """None where it tells no address, or several: of a list, clients write the beginning."""
    values = [value.decode("latin-1") for name, value in headers if name == header]
    if len(values) != 1:
        return None
    host = values[0].strip()
    if header == _WITH_PORT:
        # `198.51.100.7:46532`, and `2001:db8::7:46532` without brackets.
        host = host.rpartition(":")[0].strip("[]")
    try:
        return str(ip_address(host))
    except ValueError:
        return None
