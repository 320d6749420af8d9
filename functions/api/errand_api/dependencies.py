"""What routes ask for, spelt so that their signatures read as sentences."""

import re
from collections.abc import Collection
from hashlib import sha256
from hmac import digest
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.security import OAuth2PasswordBearer
from pydantic.json_schema import SkipJsonSchema

from errand.errors import InvalidInput, InvalidToken
from errand.storage.receipts import Receipt
from errand.storage.tables import user_key
from errand_api.services import Services

_bearer = OAuth2PasswordBearer(tokenUrl="token", auto_error=False)

_ETAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_VERSION = re.compile(r"[1-9][0-9]{0,15}")
# DynamoDB compares with no more in one condition.
_VERSIONS_MAX = 100
_KEY = re.compile(r"[!-~]{1,255}")


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Context = Annotated[Services, Depends(_services)]


async def _current_user(context: Context, token: Annotated[str | None, Depends(_bearer)]) -> str:
    if token is None:
        raise InvalidToken
    user_id = context.authenticator.remembered(token)
    if user_id is None:
        user_id = await context.run(context.authenticator.authenticate, token=token)
    return user_id


# The id of the user whose token came with the request.
CurrentUser = Annotated[str, Depends(_current_user)]


async def _expected_versions(
    if_match: Annotated[
        str | SkipJsonSchema[None],
        Header(description="Go on only if the resource still has this ETag.", examples=['"1"']),
    ] = None,
) -> Collection[int] | None:
    if if_match is None or if_match.strip() == "*":
        return None
    # A weak tag never matches (RFC 9110, section 13.1.1); neither does one that is not ours.
    versions = {
        int(tag) for weak, tag in _ETAG.findall(if_match) if not weak and _VERSION.fullmatch(tag)
    }
    if len(versions) > _VERSIONS_MAX:
        raise InvalidInput(f"If-Match takes at most {_VERSIONS_MAX} ETags")
    return versions


ExpectedVersions = Annotated[Collection[int] | None, Depends(_expected_versions)]


async def _receipt(
    request: Request, context: Context, idempotency_key: str | None, owner: str | None
) -> Receipt | None:
    if idempotency_key is None:
        return None
    if not _KEY.fullmatch(idempotency_key):
        raise InvalidInput("Idempotency-Key must be 1 to 255 printable ASCII characters")
    name = sha256(idempotency_key.encode()).hexdigest()
    path = request.url.path
    # Keyed: the request may hold a password, and the receipt is kept for a day.
    content = path.encode() + b"\0" + await request.body()
    fingerprint = digest(context.ring.derived("receipt")[0], content, sha256).hex()
    return Receipt(
        pk=user_key(owner) if owner else f"ANONYMOUS#{name}",
        sk=f"IDEMPOTENCY#{path}#{name}",
        fingerprint=fingerprint,
    )


IdempotencyKey = Annotated[
    str | SkipJsonSchema[None],
    Header(
        json_schema_extra={"pattern": f"^{_KEY.pattern}$"},
        description="Any string of your own: sent again with the same body within 24 hours, the "
        "request is answered as the first time and nothing is created twice.",
        examples=["3f6c5f0e-0b1e-4d1a-9c1e-7b6a4a0c3b55"],
    ),
]


async def _own_receipt(
    request: Request, context: Context, user: CurrentUser, idempotency_key: IdempotencyKey = None
) -> Receipt | None:
    return await _receipt(request, context, idempotency_key, user)


async def _anonymous_receipt(
    request: Request, context: Context, idempotency_key: IdempotencyKey = None
) -> Receipt | None:
    return await _receipt(request, context, idempotency_key, None)


OwnReceipt = Annotated[Receipt | None, Depends(_own_receipt)]
AnonymousReceipt = Annotated[Receipt | None, Depends(_anonymous_receipt)]
