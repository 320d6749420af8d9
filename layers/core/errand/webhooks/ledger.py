"""Deliveries for the functions that make and send them, without PynamoDB."""

from errand.codecs import Instant
from errand.records import load
from errand.storage.guarded import GuardedTables, Refused
from errand.storage.kinds import DELIVERY, WEBHOOK_PLACE, WEBHOOK_SENDS, Key
from errand.webhooks.delivery import Delivery, Place, Sends, Status
from errand.webhooks.hints import Hint

# Longer than an attempt takes: who has not told how it went by then never will.
HELD = 30_000
_MINUTE = 60_000
_DAY_SECONDS = 24 * 60 * 60
# In a minute, of all webhooks of an account.
SENDS_MAX = 600


class Held(Exception):
    """Somebody is at this delivery, or it is not its time; `until`: when to look again."""

    def __init__(self, until: Instant) -> None:
        super().__init__()
        self.until = until


class Ledger:
    def __init__(self, tables: GuardedTables) -> None:
        self._tables = tables

    def add(self, delivery: Delivery) -> bool:
        """Whether it is still to be sent: an event may come any number of times."""
        try:
            self._tables.add(DELIVERY, _key(delivery), delivery)
        except Refused as refused:
            known = load(Delivery, refused.item) if refused.item else None
            if known is not None and known.status is not Status.PENDING:
                return False
        if delivery.place is not None:
            place = Place(delivery_id=delivery.id, expires_at=delivery.expires_at)
            self._tables.put(WEBHOOK_PLACE, _place(delivery), place)
        return True

    def begin(self, hint: Hint, *, now: Instant) -> Delivery | None:
        """Takes hold of it for one attempt; None if there is none to be made. Raises Held."""
        try:
            item = self._tables.change(
                DELIVERY,
                DELIVERY.key(hint.user_id, hint.webhook_id, hint.delivery_id),
                Delivery,
                {"held_until": now + HELD},
                only_if="{status} = :pending"
                " AND (attribute_not_exists({held_until}) OR {held_until} <= :now)"
                " AND (attribute_not_exists({next_attempt_at}) OR {next_attempt_at} <= :now)",
                pending=Status.PENDING,
                now=now,
            )
        except Refused as refused:
            if refused.item is None:
                return None
            known = load(Delivery, refused.item)
            # Another message is on its way for what this one knew nothing of.
            if known.status is not Status.PENDING or hint.attempts < known.attempts:
                return None
            raise Held(max(known.held_until, known.next_attempt_at or 0)) from None
        return load(Delivery, item)

    def tell(self, delivery: Delivery, changes: dict[str, object]) -> None:
        """What has become of it, unless it has been forgotten; it is held no longer."""
        try:
            self._tables.change(
                DELIVERY,
                _key(delivery),
                Delivery,
                {**changes, "held_until": 0},
                only_if="attribute_exists({status})",
            )
        except Refused:
            return

    def give_up(self, hint: Hint, why: str) -> None:
        """Of a delivery that waits, without another attempt."""
        key = DELIVERY.key(hint.user_id, hint.webhook_id, hint.delivery_id)
        changes = {"status": Status.FAILED, "error": why, "next_attempt_at": None}
        try:
            item = self._tables.change(
                DELIVERY, key, Delivery, changes, only_if="{status} = :pending", pending="pending"
            )
        except Refused:
            return
        self.leave_line(load(Delivery, item))

    def read(self, hint: Hint) -> Delivery | None:
        key = DELIVERY.key(hint.user_id, hint.webhook_id, hint.delivery_id)
        item = self._tables.get(DELIVERY, key)
        return load(Delivery, item) if item else None

    def head(self, webhook_id: str) -> Key | None:
        """Of the line of a webhook: the place of who is next."""
        found = self._tables.first(WEBHOOK_PLACE, WEBHOOK_PLACE.key(webhook_id, ""), limit=1)
        return Key(found[0]["pk"]["S"], found[0]["sk"]["S"]) if found else None

    def clear(self, place: Key) -> None:
        self._tables.remove(WEBHOOK_PLACE, place)

    def leave_line(self, delivery: Delivery) -> None:
        if delivery.place is not None:
            self.clear(_place(delivery))

    def too_many(self, user_id: str, *, wanted: int, now: Instant) -> int:
        """How many of those wanted are beyond what an account may be sent in this minute."""
        key = WEBHOOK_SENDS.key(user_id, str(now // _MINUTE))
        record = Sends(count=wanted, expires_at=now // 1000 + _DAY_SECONDS)
        total = self._tables.count(WEBHOOK_SENDS, key, record, "count")
        return min(wanted, max(0, total - SENDS_MAX))


def delivery_at(place: Key) -> str:
    """Whose place it is."""
    return place.sk.rpartition("#")[2]


def _key(delivery: Delivery) -> Key:
    return DELIVERY.key(delivery.user_id, delivery.webhook_id, delivery.id)


def _place(delivery: Delivery) -> Key:
    return WEBHOOK_PLACE.key(delivery.webhook_id, delivery.place or "", delivery.id)
