"""What a person can do with what their webhooks were sent: look at it, have it sent once more."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Protocol

from errand import ids
from errand.clock import Clock
from errand.codecs import instant
from errand.errors import InvalidInput, NotFound
from errand.identity.caller import Caller
from errand.identity.throttling.model import Policy
from errand.identity.throttling.service import Throttle
from errand.pages import Page, Pager
from errand.storage.unit import Store, Unit
from errand.webhooks.delivery import Delivery, Status
from errand.webhooks.hints import Hint
from errand.webhooks.model import TEST, Webhook
from errand.webhooks.repository import DeliveryRepository

# By user id.
BY_HAND = Policy(name="webhook_by_hand", free=60, first_pause=1, longest_pause=60, memory=10 * 60)


class Hints(Protocol):
    """The queue of deliveries, as the API fills it."""

    def send(self, hint: Hint) -> None:
        """Raises StorageUnavailable."""
        ...


class ResendingService:
    """`webhook`: the caller's of that id, or NotFound."""

    def __init__(
        self,
        *,
        webhook: Callable[..., Webhook],
        deliveries: DeliveryRepository,
        store: Store,
        hints: Hints,
        throttle: Throttle,
        pager: Pager,
        clock: Clock,
    ) -> None:
        self._webhook = webhook
        self._deliveries = deliveries
        self._store = store
        self._hints = hints
        self._throttle = throttle
        self._pager = pager
        self._clock = clock

    def list(
        self, *, caller: Caller, webhook_id: str, limit: int, cursor: str | None
    ) -> Page[Delivery]:
        """The newest first. Raises NotFound, InvalidCursor."""
        webhook = self._webhook(caller=caller, webhook_id=webhook_id)
        read = partial(self._deliveries.newest, user_id=caller.user_id, webhook_id=webhook.id)
        view = f"deliveries|{caller.user_id}|{webhook.id}"
        return self._pager.page(read, view=view, limit=limit, cursor=cursor)

    def test(self, *, caller: Caller, webhook_id: str) -> Delivery:
        """Of an event that tells of nothing. Raises NotFound, InvalidInput, TooManyAttempts."""
        webhook = self._enabled(caller, webhook_id)
        now = self._clock()
        event_id = ids.new_id()
        content = {"type": TEST, "timestamp": instant(now), "id": event_id, "data": {}}
        delivery = Delivery.new(
            user_id=caller.user_id,
            webhook_id=webhook.id,
            event_id=event_id,
            event_type=TEST,
            at=now,
            body=json.dumps(content, separators=(",", ":")).encode(),
            now=now,
        )
        unit = Unit()
        self._deliveries.add(unit, delivery)
        self._store.commit(unit)
        self._hints.send(Hint.of(delivery))
        return delivery

    def redeliver(self, *, caller: Caller, webhook_id: str, delivery_id: str) -> Delivery:
        """The same request, tried for as long as a new one, at once and out of any line.

        Raises NotFound, InvalidInput, TooManyAttempts.
        """
        webhook = self._enabled(caller, webhook_id)
        old = None
        if ids.is_id(delivery_id):
            old = self._deliveries.read(
                user_id=caller.user_id, webhook_id=webhook.id, delivery_id=delivery_id
            )
        if old is None:
            raise NotFound("Delivery not found")
        new = replace(
            old,
            status=Status.PENDING,
            begun_at=self._clock(),
            next_attempt_at=None,
            held_until=0,
            error=None,
            # What stands in a line leaves it when its turn comes.
            place=old.place if old.status is Status.PENDING else None,
        )
        unit = Unit()
        self._deliveries.begin_anew(unit, old, new)
        # First: whoever gets the hint looks at what is to be done.
        self._store.commit(unit)
        self._hints.send(Hint.of(new))
        return new

    def _enabled(self, caller: Caller, webhook_id: str) -> Webhook:
        webhook = self._webhook(caller=caller, webhook_id=webhook_id)
        if not webhook.enabled:
            raise InvalidInput("The webhook is disabled: enable it first")
        self._throttle.count(BY_HAND.by(caller.user_id))
        return webhook
