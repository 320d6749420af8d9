"""Calendar feeds in DynamoDB: kept as a hash, read with their account, revoked once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from errand import opaque
from errand.calendar.model import Feed
from errand.calendar.repository import DynamoFeeds
from errand.errors import NotFound
from errand.ids import new_id
from errand.storage.attempts import ConditionFailed
from errand_testkit.people import ADA, BOB, NOW
from errand_testkit.stored import commit, store_account, store_feed

pytestmark = pytest.mark.usefixtures("tables")

FIRST_DAY = date(2026, 11, 22)

feeds = DynamoFeeds()


def _read(feed: Feed) -> Feed | None:
    return feeds.read(user_id=feed.user_id, feed_id=feed.id)[1]


def _was_read(feed: Feed) -> None:
    commit(lambda unit: feeds.was_read(unit, feed, day=FIRST_DAY))


def _revoke(feed: Feed) -> None:
    commit(lambda unit: feeds.remove(unit, user_id=feed.user_id, feed_id=feed.id))


def test_hash_is_all_that_is_stored_of_an_address(stored: Callable[[], dict[str, Any]]) -> None:
    feed, token = store_feed(ADA, now=NOW)
    assert stored()[f"USER#{ADA.id} FEED#{feed.id}"] == {
        "nm": {"S": "Feed"},
        "h": {"S": opaque.parse(token, ids=2).digest},
        "ca": {"N": str(NOW)},
    }


def test_feed_comes_together_with_its_account(sent: list[str]) -> None:
    feed, _ = store_feed(ADA, now=NOW)
    store_account(ADA)
    sent.clear()
    assert feeds.read(user_id=ADA.id, feed_id=feed.id) == (ADA, feed)
    assert feeds.read(user_id=ADA.id, feed_id=new_id()) == (ADA, None)
    assert feeds.read(user_id=BOB.id, feed_id=feed.id) == (None, None)
    assert sent == ["BatchGetItem"] * 3


def test_id_is_used_once() -> None:
    feed, _ = store_feed(ADA, now=NOW)
    with pytest.raises(ConditionFailed):
        commit(lambda unit: feeds.add(unit, replace(feed, name="Another")))
    assert _read(feed) == feed


def test_read_is_noted_and_brings_no_revoked_feed_back() -> None:
    feed, _ = store_feed(ADA, now=NOW)
    _was_read(feed)
    assert _read(feed) == replace(feed, last_read_on=FIRST_DAY)
    _revoke(feed)
    _was_read(feed)
    assert _read(feed) is None


def test_feed_is_revoked_once() -> None:
    (feed, _), (other, _) = store_feed(ADA, now=NOW), store_feed(ADA, now=NOW)
    _revoke(feed)
    with pytest.raises(NotFound, match="Feed not found"):
        _revoke(feed)
    assert feeds.newest(user_id=ADA.id, limit=10) == [other]
