"""Reading a feed, as calendar programs do every few minutes: bounded, cheap if nothing is new."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import NamedTuple

from errand import opaque
from errand.calendar.document import FORM, calendar
from errand.calendar.model import Feed
from errand.calendar.ports import FeedRepository, TasksOfFeeds
from errand.clock import Clock
from errand.cursors import Position
from errand.epoch import utc
from errand.errors import InactiveUser, InvalidGrant, NotFound
from errand.identity.accounts.model import Account
from errand.storage.unit import Store, Unit
from errand.tasks.lists import TaskRange, by_status, due_since
from errand.tasks.model import Task

# Open tasks: so many of the newest, and where there are more, of those due from then on.
NEWEST_MAX, DUE_MAX = 2_000, 1_000
OVERDUE = timedelta(days=31)
# Of DynamoDB, each of at most 1 MB, for either.
PAGES_MAX = 4
# Of whose descriptions and links all is told, not only what indexes have.
WHOLE_MAX = 100
_TAG_BYTES = 16


class Written(NamedTuple):
    """`text`: None if the client has what this `tag` stands for."""

    tag: str
    text: str | None


class FeedReader:
    def __init__(
        self, *, feeds: FeedRepository, tasks: TasksOfFeeds, store: Store, clock: Clock
    ) -> None:
        self._feeds = feeds
        self._tasks = tasks
        self._store = store
        self._clock = clock

    def read(self, *, token: str, is_known: Callable[[str], bool]) -> Written:
        """`is_known`: whether the client has what a tag stands for.

        Raises NotFound for a feed that there is not, or no more; InactiveUser.
        """
        account, feed = self._owner(token)
        now = self._clock()
        self._note(feed, utc(now).date())
        tasks = self._open_tasks(account, now)
        tag = _tag(feed, account, tasks)
        if is_known(tag):
            return Written(tag, None)
        whole = self._whole(account, tasks)
        return Written(tag, calendar(whole, name=feed.name, here=account.timezone))

    def _owner(self, token: str) -> tuple[Account, Feed]:
        """In one round trip, whether there is such a feed or not."""
        try:
            presented = opaque.parse(token, ids=2)
        except InvalidGrant:
            raise _no_feed() from None
        user_id, feed_id = presented.ids
        account, feed = self._feeds.read(user_id=user_id, feed_id=feed_id)
        if account is None or feed is None or feed.has_ended(account):
            raise _no_feed()
        if not compare_digest(feed.digest, presented.digest):
            raise _no_feed()
        if account.disabled:
            raise InactiveUser
        return account, feed

    def _note(self, feed: Feed, day: date) -> None:
        if feed.last_read_on != day:
            unit = Unit()
            self._feeds.was_read(unit, feed, day=day)
            self._store.commit(unit)

    def _open_tasks(self, account: Account, now: int) -> list[Task]:
        """Without long texts. Of the same tasks the same, in the same order."""
        newest = replace(by_status(completed=False, ascending=False), is_whole=False)
        tasks, is_all = self._several(account, newest, NEWEST_MAX)
        if is_all:
            return tasks
        day = utc(now).date() - OVERDUE
        coming = replace(due_since(day, ascending=True), is_whole=False)
        first, _ = self._several(account, coming, DUE_MAX)
        return [*{task.id: task for task in (*first, *tasks)}.values()]

    def _several(self, account: Account, of: TaskRange, limit: int) -> tuple[list[Task], bool]:
        """And whether those are all."""
        found: list[Task] = []
        after: Position | None = None
        for _ in range(PAGES_MAX):
            page = self._tasks.slice(
                user_id=account.id, of=of, after=after, limit=limit - len(found)
            )
            found += page.items
            after = page.reached
            if after is None or len(found) >= limit:
                break
        return found, after is None

    def _whole(self, account: Account, tasks: Iterable[Task]) -> list[Task]:
        """With the long texts of the newest, as far as they are what was read before."""
        newest = by_status(completed=False, ascending=False)
        page = self._tasks.slice(user_id=account.id, of=newest, after=None, limit=WHOLE_MAX)
        known = {(task.id, task.version): task for task in page.items}
        return [known.get((task.id, task.version), task) for task in tasks]


def _tag(feed: Feed, account: Account, tasks: Iterable[Task]) -> str:
    """Another wherever the text is, without writing it."""
    versions = "\n".join(f"{task.id} {task.version} {task.labels}" for task in tasks)
    told = f"{FORM}\n{feed.name}\n{account.timezone}\n{versions}"
    return sha256(told.encode()).digest()[:_TAG_BYTES].hex()


def _no_feed() -> NotFound:
    return NotFound("There is no such feed, or no more")
