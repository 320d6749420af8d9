"""What feeds ask of their storage, and of tasks."""

from datetime import date
from typing import Protocol

from errand.calendar.model import Feed
from errand.cursors import Position
from errand.identity.accounts.model import Account
from errand.pages import Slice
from errand.storage.unit import Unit
from errand.tasks.lists import TaskRange
from errand.tasks.model import Task


class FeedRepository(Protocol):
    def add(self, unit: Unit, feed: Feed) -> None: ...

    def read(self, *, user_id: str, feed_id: str) -> tuple[Account | None, Feed | None]: ...

    def was_read(self, unit: Unit, feed: Feed, *, day: date) -> None: ...

    def newest(self, *, user_id: str, limit: int) -> list[Feed]: ...

    def remove(self, unit: Unit, *, user_id: str, feed_id: str) -> None: ...


class TasksOfFeeds(Protocol):
    def slice(
        self, *, user_id: str, of: TaskRange, after: Position | None, limit: int
    ) -> Slice[Task]: ...
