"""Messages of the queues of deliveries: which delivery to look after, and not before when.

What is to be sent, and how it went, is in the delivery itself: a hint may come any number of times.
"""

import json
from dataclasses import asdict, dataclass, replace
from typing import Self

from errand.codecs import Instant
from errand.errors import MalformedRecord
from errand.messages import id_in, member, parsed
from errand.webhooks.delivery import Delivery
from errand.webhooks.retries import LASTS

VERSION = "1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Hint:
    """`attempts`: how many had been made when it was sent: one that knows of fewer is of old.

    `ends_at`: when nobody tries any more.
    """

    user_id: str
    webhook_id: str
    delivery_id: str
    ends_at: Instant
    attempts: int = 0
    not_before: Instant = 0

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        """The first one."""
        return cls(
            user_id=delivery.user_id,
            webhook_id=delivery.webhook_id,
            delivery_id=delivery.id,
            ends_at=delivery.begun_at + LASTS,
            attempts=delivery.attempts,
        )

    def at(self, instant: Instant, *, attempts: int | None = None) -> Self:
        made = self.attempts if attempts is None else attempts
        return replace(self, not_before=instant, attempts=made)

    def leading(self, delivery_id: str, attempts: int) -> Self:
        """For the one that goes first."""
        return replace(self, delivery_id=delivery_id, attempts=attempts, not_before=0)


def encode(hint: Hint) -> str:
    return json.dumps({"version": VERSION, **asdict(hint)}, separators=(",", ":"))


def decode(body: str) -> Hint:
    """Raises MalformedRecord."""
    content = parsed(body)
    if content.get("version") != VERSION:
        raise MalformedRecord("version is not that of a delivery's message")
    return Hint(
        user_id=id_in(content, "user_id"),
        webhook_id=id_in(content, "webhook_id"),
        delivery_id=id_in(content, "delivery_id"),
        ends_at=_number(content, "ends_at"),
        attempts=_number(content, "attempts"),
        not_before=_number(content, "not_before"),
    )


def _number(content: dict[str, object], name: str) -> int:
    number = member(content, name, int)
    if isinstance(number, bool) or number < 0:
        raise MalformedRecord(f"{name} is not a number of that kind")
    return number
