"""What routes ask for, spelt so that their signatures read as sentences.

Only the user is a dependency in FastAPI's sense: its bookkeeping for each one costs more than what
most of them would do. The rest are typed headers and functions of the request.
"""

import re
from collections.abc import Collection
from functools import cached_property
from hashlib import sha256
from hmac import digest
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.security.base import SecurityBase
from fastapi.security.utils import get_authorization_scheme_param
from pydantic.json_schema import SkipJsonSchema
from starlette.requests import HTTPConnection

from errand.errors import InvalidInput, InvalidToken
from errand.storage.receipts import Receipt
from errand.storage.tables import user_key
from errand_api.services import Services

_ETAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_VERSION = re.compile(r"[1-9][0-9]{0,15}")
# DynamoDB compares with no more in one condition.
_VERSIONS_MAX = 100
_KEY = re.compile(r"[!-~]{1,255}")


def services_of(request: HTTPConnection) -> Services:
    services: Services = request.app.state.services
    return services


class _UserOfToken(SecurityBase):
    scheme_name = "OAuth2PasswordBearer"

    @cached_property
    def model(self) -> Any:  # type: ignore[override] # nobody sets it
        # Only for OpenAPI: its models take more than all of FastAPI to import.
        from fastapi.security import OAuth2PasswordBearer  # noqa: PLC0415

        return OAuth2PasswordBearer(tokenUrl="token").model

    async def __call__(self, request: HTTPConnection) -> str:
        """The user's id. Raises InvalidToken, InactiveUser."""
        scheme, token = get_authorization_scheme_param(request.headers.get("Authorization"))
        if scheme.lower() != "bearer":
            raise InvalidToken
        services = services_of(request)
        user_id = services.authenticator.remembered(token)
        if user_id is None:
            user_id = await services.run(services.authenticator.authenticate, token=token)
        return user_id


# The id of the user whose token came with the request.
CurrentUser = Annotated[
    str,
    Depends(_UserOfToken()),
]

IfMatch = Annotated[
    str | SkipJsonSchema[None],
    Header(description="Go on only if the resource still has this ETag.", examples=['"1"']),
]


def expected_versions(if_match: str | None) -> Collection[int] | None:
    """None for any version. Raises InvalidInput."""
    if if_match is None or if_match.strip() == "*":
        return None
    # A weak tag never matches (RFC 9110, section 13.1.1); neither does one that is not ours.
    versions = {
        int(tag) for weak, tag in _ETAG.findall(if_match) if not weak and _VERSION.fullmatch(tag)
    }
    if len(versions) > _VERSIONS_MAX:
        raise InvalidInput(f"If-Match takes at most {_VERSIONS_MAX} ETags")
    return versions


IdempotencyKey = Annotated[
    str | SkipJsonSchema[None],
    Header(
        json_schema_extra={"pattern": f"^{_KEY.pattern}$"},
        description="Any string of your own: sent again with the same body within 24 hours, the "
        "request is answered as the first time and nothing is created twice.",
        examples=["3f6c5f0e-0b1e-4d1a-9c1e-7b6a4a0c3b55"],
    ),
]


async def receipt_of(request: Request, key: str | None, *, owner: str | None) -> Receipt | None:
    """`owner`: the user's id, None for a request without one. Raises InvalidInput."""
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise InvalidInput("Idempotency-Key must be 1 to 255 printable ASCII characters")
    name = sha256(key.encode()).hexdigest()
    path = request.url.path
    # Keyed: the request may hold a password, and the receipt is kept for a day.
    content = path.encode() + b"\0" + await request.body()
    secret = services_of(request).ring.derived("receipt")[0]
    return Receipt(
        pk=user_key(owner) if owner else f"ANONYMOUS#{name}",
        sk=f"IDEMPOTENCY#{path}#{name}",
        fingerprint=digest(secret, content, sha256).hex(),
    )
