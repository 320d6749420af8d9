"""What routes ask for, spelt so that their signatures read as sentences.

Only the caller is a dependency in FastAPI's sense: its bookkeeping for each one costs more than
what most of them would do. The rest are typed headers and functions of the request.
"""

import re
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from hmac import compare_digest, digest
from typing import Annotated, Any

from fastapi import Header, Query, Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.security.base import SecurityBase
from fastapi.security.utils import get_authorization_scheme_param
from pydantic import BaseModel, ValidationError
from pydantic.json_schema import SkipJsonSchema
from starlette.requests import HTTPConnection

from errand import acting
from errand.errors import InsufficientScope, InvalidInput, NotAuthenticated, SessionRequired
from errand.identity.caller import Caller
from errand.identity.scopes import MEANINGS, Scope
from errand.inputs import Digits
from errand.keys import Key
from errand.origin import Origin
from errand.preconditions import ANY, NEVER, Precondition
from errand.storage.receipts import Receipt
from errand_api.providers import authenticator, writes
from errand_api.services import Services

_ETAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
# As it is sent, compressed or not (errand_api.compression).
_VERSION = re.compile(r"([1-9][0-9]{0,15})(?:-gzip)?")
# DynamoDB compares with no more in one condition.
_VERSIONS_MAX = 100
_AGENT_MAX = 200
_IPV6 = 6
_KEY = re.compile(r"[!-~]{1,255}")


def services_of(request: HTTPConnection) -> Services:
    services: Services = request.app.state.services
    return services


class _CallerOfToken(SecurityBase):
    """`scopes`: what the token must allow. `in_person`: it must be of a log-in.

    What may write tasks is counted.
    """

    scheme_name = "OAuth2PasswordBearer"

    def __init__(self, scopes: Sequence[Scope], *, in_person: bool) -> None:
        self._scopes = frozenset(scopes)
        self._in_person = in_person
        self._is_counted = Scope.TASKS_WRITE in self._scopes

    @cached_property
    def model(self) -> Any:  # type: ignore[override] # nobody sets it
        # Only for OpenAPI: its models take more than all of FastAPI to import.
        from fastapi.security import OAuth2PasswordBearer  # noqa: PLC0415

        scheme = OAuth2PasswordBearer(
            tokenUrl="token",
            refreshUrl="token",
            scopes={str(scope): meaning for scope, meaning in MEANINGS.items()},
            description="The access token of a log-in, or a personal access token",
        )
        return scheme.model

    async def __call__(self, request: HTTPConnection) -> Caller:
        """Raises Unauthenticated, InactiveUser, Forbidden, TooManyWrites."""
        scheme, token = get_authorization_scheme_param(request.headers.get("Authorization"))
        if scheme.lower() != "bearer":
            raise NotAuthenticated
        services = services_of(request)
        known = services.of(authenticator)
        caller = known.remembered(token)
        if caller is None:
            caller = await services.run(known.authenticate, token=token)
        acting.begin(caller)
        if not self._scopes <= caller.scopes:
            raise InsufficientScope(sorted(self._scopes))
        if self._in_person and caller.session_id is None:
            raise SessionRequired
        if self._is_counted:
            limit = services.of(writes)
            if limit.count(caller.user_id):
                await services.run(limit.tell, user_id=caller.user_id)
        return caller


def _holding(*scopes: Scope, in_person: bool = False) -> Any:
    return Security(_CallerOfToken(scopes, in_person=in_person), scopes=list(scopes))


# Who sends the request, with a token that allows it: each router asks for its own few.
TaskReader = Annotated[Caller, _holding(Scope.TASKS_READ)]
TaskWriter = Annotated[Caller, _holding(Scope.TASKS_WRITE)]
AccountReader = Annotated[Caller, _holding(Scope.ACCOUNT_READ)]
AccountWriter = Annotated[Caller, _holding(Scope.ACCOUNT_WRITE)]
# Of what tells who somebody is, and lets them in: no script has a say in that.
AccountOwner = Annotated[Caller, _holding(Scope.ACCOUNT_WRITE, in_person=True)]
# Of what lasts longer than the log-in, and reads tasks.
FeedOwner = Annotated[Caller, _holding(Scope.ACCOUNT_WRITE, Scope.TASKS_READ, in_person=True)]
EverythingReader = Annotated[Caller, _holding(Scope.ACCOUNT_READ, Scope.TASKS_READ)]
Admin = Annotated[Caller, _holding(Scope.ADMIN, in_person=True)]


def query_of[Shape: BaseModel](request: Request, shape: type[Shape]) -> Shape:
    """Its parameters, the last where one is repeated. Raises RequestValidationError.

    FastAPI looks through the annotation of every field in every request: 10 % of a page.
    """
    try:
        return shape.model_validate(dict(request.query_params.multi_items()))
    except ValidationError as error:
        found = error.errors(include_url=False)
        raise RequestValidationError(
            [{**one, "loc": ("query", *one["loc"])} for one in found]
        ) from None


def origin_of(request: Request) -> Origin:
    """Where the request came from, as the gateway saw it: no header is believed.

    But for that of an edge that proves itself (errand_api.edge).
    Under uvicorn a proxy on the same machine is, which is how uvicorn is meant to be used.
    """
    return Origin(
        address=_address(request.client.host if request.client else ""),
        agent="".join(filter(str.isprintable, request.headers.get("user-agent", "")))[:_AGENT_MAX],
        request_id=request.scope["errand.request_id"],
    )


def _address(host: str) -> str | None:
    # Imported here because most requests do not ask.
    from ipaddress import IPv6Address, ip_address, ip_network  # noqa: PLC0415

    try:
        address = ip_address(host)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback:
        return None
    if address.version == _IPV6:
        # What a household gets: whoever has it can have any address of it.
        return str(ip_network((address, 64), strict=False))
    return str(address)


PageLimit = Annotated[int, Query(ge=1, le=100, description="How many on a page"), Digits]
Cursor = Annotated[str | SkipJsonSchema[None], Query(description="From the Link header")]

IfNoneMatch = Annotated[
    str | SkipJsonSchema[None],
    Header(description="Go on only if the resource has none of these ETags.", examples=['"1"']),
]
IfMatch = Annotated[
    str | SkipJsonSchema[None],
    Header(description="Go on only if the resource still has this ETag.", examples=['"1"']),
]


def precondition(if_match: str | None, if_none_match: str | None) -> Precondition:
    """Raises InvalidInput."""
    if if_match is None and if_none_match is None:
        return ANY
    # A weak tag matches in If-None-Match only (RFC 9110, sections 13.1.1 and 13.1.2).
    among = None if _is_any(if_match) else _versions(if_match or "", weak=False)
    if if_none_match is None:
        return Precondition(among)
    if _is_any(if_none_match):
        return Precondition(NEVER)
    return Precondition(among, _versions(if_none_match, weak=True))


def _is_any(tags: str | None) -> bool:
    return tags is None or tags.strip() == "*"


def _versions(tags: str, *, weak: bool) -> frozenset[int]:
    """Those that are ours: another tag matches nothing."""
    found = [_VERSION.fullmatch(tag) for mark, tag in _ETAG.findall(tags) if weak or not mark]
    versions = {int(version[1]) for version in found if version}
    if len(versions) > _VERSIONS_MAX:
        raise InvalidInput(f"A condition takes at most {_VERSIONS_MAX} ETags")
    return frozenset(versions)


IdempotencyKey = Annotated[
    str | SkipJsonSchema[None],
    Header(
        json_schema_extra={"pattern": f"^{_KEY.pattern}$"},
        description="Any string of your own: sent again with the same body within 24 hours, the "
        "request is answered as the first time and nothing is created twice.",
        examples=["3f6c5f0e-0b1e-4d1a-9c1e-7b6a4a0c3b55"],
    ),
]


async def receipt_of(request: Request, key: str | None) -> Receipt | None:
    """Raises InvalidInput."""
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise InvalidInput("Idempotency-Key must be 1 to 255 printable ASCII characters")
    path: str = request.scope["path"]
    query: bytes = request.scope["query_string"]
    asked = path.encode() + (b"?" + query if query else b"")
    content = asked + b"\0" + await request.body()
    return receipt_for(services_of(request), path, key, content)


def receipt_for(services: Services, path: str, key: str, content: bytes) -> Receipt:
    """`content`: all that makes it the same request."""
    ring = services.ring

    def fingerprint(key: Key) -> str:
        # Keyed: the request may hold a password, and the receipt is kept for a day.
        return f"{key.kid}.{digest(key.derived('receipt'), content, sha256).hex()}"

    def recognises(kept: str) -> bool:
        key = ring.find(kept.rpartition(".")[0])
        return key is not None and compare_digest(kept, fingerprint(key))

    return Receipt(
        path=path,
        name=sha256(key.encode()).hexdigest(),
        fingerprint=fingerprint(ring.current),
        recognises=recognises,
    )
