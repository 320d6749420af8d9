"""Calendar feeds in DataTable, in the collection of their account."""

from datetime import date

from errand.calendar.model import Feed
from errand.errors import NotFound
from errand.identity.accounts.model import Account
from errand.storage.kinds import ACCOUNT, CALENDAR_FEED, collection
from errand.storage.mapper import mapper
from errand.storage.operations import Delete, Put, Update, get_together
from errand.storage.ranges import KeyRange, read
from errand.storage.unit import Unit, already_done, made_before

_FEEDS = mapper(CALENDAR_FEED, Feed)
_ACCOUNTS = mapper(ACCOUNT, Account)


class DynamoFeeds:
    """FeedRepository on DataTable."""

    def add(self, unit: Unit, feed: Feed) -> None:
        item = _FEEDS.item(CALENDAR_FEED.key(feed.user_id, feed.id), feed)
        unit.add(Put(item, _FEEDS.is_free), made_before)

    def read(self, *, user_id: str, feed_id: str) -> tuple[Account | None, Feed | None]:
        """Both in one round trip."""
        account, feed = get_together(
            (_ACCOUNTS.model, ACCOUNT.key(user_id)),
            (_FEEDS.model, CALENDAR_FEED.key(user_id, feed_id)),
        )
        return _ACCOUNTS.of(account) if account else None, _FEEDS.of(feed) if feed else None

    def was_read(self, unit: Unit, feed: Feed, *, day: date) -> None:
        """Notes the day, unless the feed has been revoked meanwhile."""
        item = _FEEDS.at(CALENDAR_FEED.key(feed.user_id, feed.id))
        actions = _FEEDS.actions({"last_read_on": day})
        unit.add(Update(item, actions, _FEEDS.exists), already_done)

    def newest(self, *, user_id: str, limit: int) -> list[Feed]:
        keys = KeyRange(
            model=_FEEDS.model, partition=collection(user_id), prefix=CALENDAR_FEED.prefix
        )
        return _FEEDS.all(read(keys, after=None, limit=limit).items)

    def remove(self, unit: Unit, *, user_id: str, feed_id: str) -> None:
        """Refused as NotFound."""
        item = _FEEDS.at(CALENDAR_FEED.key(user_id, feed_id))
        unit.add(Delete(item, _FEEDS.exists), lambda _: NotFound("Feed not found"))
