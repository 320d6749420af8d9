"""One event for one webhook: what is sent, how often it was tried, and what was answered."""

import zlib
from base64 import b32hexencode, b64decode, b64encode
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import ClassVar, Self

from errand.codecs import FIRST_ID, ID, LAST_ID, Codec, Instant, Seconds
from errand.fields import NOWHERE, TO_OWNER, Derived, kept

SHOWN_BYTES = 2048
KEPT_SECONDS = 30 * 24 * 60 * 60


class Status(StrEnum):
    """What has become of it."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


_STATUS = Codec(tag="S", shape=Status, keep=str, take=Status, show=str)


def _squeezed(content: bytes) -> str:
    return b64encode(zlib.compress(content)).decode()


def _unfolded(text: str) -> bytes:
    try:
        return zlib.decompress(b64decode(text))
    except zlib.error:
        raise ValueError("not what was squeezed") from None


# A task before and after it was changed is nearly the same twice.
_SQUEEZED = Codec(tag="S", shape=str, keep=_squeezed, take=_unfolded)
_PLACE = 20  # digits
_TIMESTAMP_BITS, _RANDOM_BITS = 48, 62


def delivery_id(event_id: str, webhook_id: str, *, at: Instant) -> str:
    """The same for the same event and webhook, in the form of errand.ids: it sorts by `at`.

    It is the `webhook-id` by which receivers know what comes again.
    """
    digest = int.from_bytes(sha256(f"{event_id}\n{webhook_id}".encode()).digest()[:10])
    value = (at & (1 << _TIMESTAMP_BITS) - 1) << 80 | 7 << 76 | (digest >> 68) << 64
    value |= 2 << 62 | digest & (1 << _RANDOM_BITS) - 1
    return b32hexencode(value.to_bytes(16)).decode().rstrip("=").lower()


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """The table of its fields; `body` is the whole request: it can be sent again."""

    id: str = kept(
        "sk", codec=LAST_ID, shown=TO_OWNER, meaning="The `webhook-id` that the receiver gets"
    )
    user_id: str = kept("pk", codec=ID, shown=NOWHERE)
    webhook_id: str = kept("sk", codec=FIRST_ID, shown=TO_OWNER, meaning="Which webhook")
    event_id: str = kept("ei", shown=TO_OWNER, meaning="The id in the request's body")
    event_type: str = kept("et", shown=TO_OWNER, meaning="What it tells of")
    status: Status = kept(
        "st", codec=_STATUS, shown=TO_OWNER, meaning="Whether it has arrived, or never will"
    )
    attempts: int = kept("n", default=0, shown=TO_OWNER, meaning="How often it was tried")
    created_at: Instant = kept("ca", shown=TO_OWNER, meaning="When it was to be sent first")
    last_attempt_at: Instant | None = kept(
        "la", default=None, shown=TO_OWNER, meaning="When it was last tried"
    )
    next_attempt_at: Instant | None = kept(
        "nx",
        default=None,
        shown=TO_OWNER,
        meaning="When it is tried again; null: at once, or never",
    )
    latency_ms: int | None = kept(
        "ms", default=None, shown=TO_OWNER, meaning="How long the last attempt took"
    )
    response_status: int | None = kept(
        "rs", default=None, shown=TO_OWNER, meaning="What the last attempt was answered"
    )
    response: str | None = kept(
        "rb",
        default=None,
        shown=TO_OWNER,
        meaning="The first 2 KB of the last answer",
    )
    error: str | None = kept(
        "er", default=None, shown=TO_OWNER, meaning="What went wrong with the last attempt"
    )
    body: bytes = kept("b", codec=_SQUEEZED, shown=NOWHERE)
    # Where it stands in the line of a webhook that is served in order.
    place: str | None = kept("pl", default=None, shown=NOWHERE)
    # When trying began, first or once more.
    begun_at: Instant = kept("bg", shown=NOWHERE)
    # Until then somebody is at it.
    held_until: Instant = kept("lu", default=0, shown=NOWHERE)

    DERIVED: ClassVar = (
        Derived(
            name="request",
            type=str,
            shown=TO_OWNER,
            meaning="The first 2 KB of what is sent",
        ),
        Derived(
            name="expires_at",
            type=Seconds,
            stored="expires_at",
            shown=TO_OWNER,
            meaning="When it is forgotten",
        ),
    )

    @classmethod
    def new(
        cls,
        *,
        user_id: str,
        webhook_id: str,
        event_id: str,
        event_type: str,
        at: Instant,
        body: bytes,
        now: Instant,
        place: str | None = None,
    ) -> Self:
        """`at`: when it happened."""
        return cls(
            id=delivery_id(event_id, webhook_id, at=at),
            user_id=user_id,
            webhook_id=webhook_id,
            event_id=event_id,
            event_type=event_type,
            status=Status.PENDING,
            created_at=now,
            body=body,
            place=place,
            begun_at=now,
        )

    @property
    def request(self) -> str:
        return shown(self.body)

    @property
    def expires_at(self) -> Seconds:
        return self.created_at // 1000 + KEPT_SECONDS


def shown(content: bytes) -> str:
    """The beginning of a body, as text."""
    return content[:SHOWN_BYTES].decode(errors="replace")


def place_of(sequence: int) -> str:
    """Sorts as the account's changes do."""
    return f"{sequence:0{_PLACE}d}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """That a delivery waits in a line; which one, and where, its key says."""

    delivery_id: str = kept("sk", codec=LAST_ID, shown=NOWHERE)
    expires_at: Seconds = kept("expires_at", shown=NOWHERE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sends:
    """How much was sent for an account in a minute."""

    count: int = kept("n", shown=NOWHERE)
    expires_at: Seconds = kept("expires_at", shown=NOWHERE)
