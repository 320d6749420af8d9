"""Subscriptions in EphemeralTable, in the collection of their account, and whose each browser is.

They are there with the sessions that they end with.
"""

from dataclasses import dataclass

from errand.errors import NotFound
from errand.push.model import BrowserOwner, PublicKey, Subscription
from errand.storage.kinds import BROWSER_OWNER, PUSH_KEY, SUBSCRIPTION, collection
from errand.storage.mapper import mapper
from errand.storage.operations import Delete, Put, get, get_together
from errand.storage.ranges import KeyRange, read
from errand.storage.unit import Unit, already_done, overtaken

_SUBSCRIPTIONS = mapper(SUBSCRIPTION, Subscription)
_OWNERS = mapper(BROWSER_OWNER, BrowserOwner)
_KEYS = mapper(PUSH_KEY, PublicKey)


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """Of a browser: what one account has registered, and whose it is."""

    subscription: Subscription | None
    owner: BrowserOwner | None


class DynamoSubscriptions:
    def known(self, *, user_id: str, subscription_id: str) -> Known:
        """In one round trip."""
        mine, owner = get_together(
            (_SUBSCRIPTIONS.model, SUBSCRIPTION.key(user_id, subscription_id)),
            (_OWNERS.model, BROWSER_OWNER.key(subscription_id)),
        )
        return Known(
            subscription=_SUBSCRIPTIONS.of(mine) if mine else None,
            owner=_OWNERS.of(owner) if owner else None,
        )

    def all(self, *, user_id: str, limit: int) -> list[Subscription]:
        """In the order of their keys; also those that have ended."""
        keys = KeyRange(
            model=_SUBSCRIPTIONS.model,
            partition=collection(user_id),
            prefix=SUBSCRIPTION.prefix,
            ascending=True,
        )
        return _SUBSCRIPTIONS.all(read(keys, after=None, limit=limit).items)

    def register(self, unit: Unit, new: Subscription, *, known: Known) -> None:
        """In place of what is known, also of another account: it loses the browser.

        Refused as Overtaken if that is not so any more.
        """
        old, owner = known.subscription, known.owner
        item = _SUBSCRIPTIONS.item(SUBSCRIPTION.key(new.user_id, new.id), new)
        still = (
            _SUBSCRIPTIONS["registered_at"] == old.registered_at if old else _SUBSCRIPTIONS.is_free
        )
        unit.add(Put(item, still), overtaken)
        owned = BrowserOwner(user_id=new.user_id, expires_at=new.expires_at)
        is_theirs = _OWNERS["user_id"] == owner.user_id if owner else _OWNERS.is_free
        unit.add(Put(_OWNERS.item(BROWSER_OWNER.key(new.id), owned), is_theirs), overtaken)
        if owner and owner.user_id != new.user_id:
            self._drop(unit, owner.user_id, new.id)

    def forget(self, unit: Unit, ended: Subscription) -> None:
        """Of one that shows nothing any more, which another account may have by now."""
        self._drop(unit, ended.user_id, ended.id)

    def remove(self, unit: Unit, *, user_id: str, subscription_id: str) -> None:
        """Refused as NotFound."""
        item = _SUBSCRIPTIONS.at(SUBSCRIPTION.key(user_id, subscription_id))
        gone = NotFound("Subscription not found")
        unit.add(Delete(item, _SUBSCRIPTIONS.exists), lambda _: gone)
        owned = _OWNERS.at(BROWSER_OWNER.key(subscription_id))
        unit.add(Delete(owned, _OWNERS["user_id"] == user_id), already_done)

    def public_key(self) -> PublicKey | None:
        item = get(_KEYS.model, PUSH_KEY.key("vapid"), consistent=False)
        return _KEYS.of(item) if item else None

    def _drop(self, unit: Unit, user_id: str, subscription_id: str) -> None:
        item = _SUBSCRIPTIONS.at(SUBSCRIPTION.key(user_id, subscription_id))
        unit.add(Delete(item, _SUBSCRIPTIONS.exists), already_done)
