"""Webhooks in DataTable, in the collection of their account; their deliveries in EphemeralTable."""

from typing import Protocol

from errand.cursors import Position
from errand.errors import NotFound
from errand.pages import Slice
from errand.storage.attempts import ConditionFailed
from errand.storage.kinds import DELIVERY, WEBHOOK, Key, collection
from errand.storage.mapper import mapper
from errand.storage.operations import Delete, Put, Update, get
from errand.storage.ranges import KeyRange, read
from errand.storage.unit import Unit, already_done, made_before, overtaken
from errand.webhooks.delivery import Delivery
from errand.webhooks.model import Webhook

_WEBHOOKS = mapper(WEBHOOK, Webhook)
_DELIVERIES = mapper(DELIVERY, Delivery)


class WebhookRepository(Protocol):
    """What writes is added to a unit."""

    def add(self, unit: Unit, webhook: Webhook) -> None: ...

    def read(self, *, user_id: str, webhook_id: str) -> Webhook | None: ...

    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[Webhook]: ...

    def rewrite(self, unit: Unit, old: Webhook, new: Webhook) -> None: ...

    def remove(self, unit: Unit, webhook: Webhook) -> None: ...


class DeliveryRepository(Protocol):
    def add(self, unit: Unit, delivery: Delivery) -> None: ...

    def read(self, *, user_id: str, webhook_id: str, delivery_id: str) -> Delivery | None: ...

    def newest(
        self, *, user_id: str, webhook_id: str, after: Position | None, limit: int
    ) -> Slice[Delivery]: ...

    def begin_anew(self, unit: Unit, old: Delivery, new: Delivery) -> None: ...


class DynamoWebhooks:
    """WebhookRepository on DataTable."""

    def add(self, unit: Unit, webhook: Webhook) -> None:
        item = _WEBHOOKS.item(WEBHOOK.key(webhook.user_id, webhook.id), webhook)
        unit.add(Put(item, _WEBHOOKS.is_free), made_before)

    def read(self, *, user_id: str, webhook_id: str) -> Webhook | None:
        item = get(_WEBHOOKS.model, WEBHOOK.key(user_id, webhook_id))
        return _WEBHOOKS.of(item) if item else None

    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[Webhook]:
        """By age, the oldest first."""
        keys = KeyRange(
            model=_WEBHOOKS.model,
            partition=collection(user_id),
            prefix=WEBHOOK.prefix,
            ascending=True,
        )
        found = read(keys, after=after, limit=limit)
        return Slice(_WEBHOOKS.all(found.items), found.reached)

    def rewrite(self, unit: Unit, old: Webhook, new: Webhook) -> None:
        """Refused as Overtaken unless it still is `old`, as far as its owner can tell."""
        item = _WEBHOOKS.at(WEBHOOK.key(old.user_id, old.id))
        is_old = _WEBHOOKS["version"] == old.version
        unit.add(Update(item, _WEBHOOKS.difference(old, new), is_old), overtaken)

    def remove(self, unit: Unit, webhook: Webhook) -> None:
        item = _WEBHOOKS.at(WEBHOOK.key(webhook.user_id, webhook.id))
        unit.add(Delete(item, _WEBHOOKS["version"] == webhook.version), _gone_or_overtaken)


class DynamoDeliveries:
    """DeliveryRepository on EphemeralTable, which functions/webhooks writes, too."""

    def add(self, unit: Unit, delivery: Delivery) -> None:
        """Unless whoever sends it was faster."""
        unit.add(Put(_DELIVERIES.item(_key(delivery), delivery), _DELIVERIES.is_free), already_done)

    def read(self, *, user_id: str, webhook_id: str, delivery_id: str) -> Delivery | None:
        item = get(_DELIVERIES.model, DELIVERY.key(user_id, webhook_id, delivery_id))
        return _DELIVERIES.of(item) if item else None

    def newest(
        self, *, user_id: str, webhook_id: str, after: Position | None, limit: int
    ) -> Slice[Delivery]:
        keys = KeyRange(
            model=_DELIVERIES.model,
            partition=collection(user_id),
            prefix=DELIVERY.key(user_id, webhook_id, "").sk,
        )
        found = read(keys, after=after, limit=limit)
        return Slice(_DELIVERIES.all(found.items), found.reached)

    def begin_anew(self, unit: Unit, old: Delivery, new: Delivery) -> None:
        """Refused as NotFound if it has been forgotten meanwhile."""
        item = _DELIVERIES.at(_key(old))
        actions = _DELIVERIES.difference(old, new)
        unit.add(Update(item, actions, _DELIVERIES.exists), lambda _: _forgotten())


def _gone_or_overtaken(failed: ConditionFailed) -> Exception | None:
    return None if failed.retried and failed.item is None else overtaken(failed)


def _key(delivery: Delivery) -> Key:
    return DELIVERY.key(delivery.user_id, delivery.webhook_id, delivery.id)


def _forgotten() -> NotFound:
    return NotFound("Delivery not found")
