"""A channel of reminders (errand.reminding.sending): a notice for each browser of an account."""

from errand.clock import Clock
from errand.identity.accounts.model import Account
from errand.push.book import Browsers
from errand.push.queue import NoticeQueue
from errand.push.requests import Notice
from errand.reminding.requests import TimeToRemind
from errand.tasks.model import Task


class PushChannel:
    """Whoever takes the notices off the queue keeps on record which browser was told."""

    def __init__(self, *, browsers: Browsers, queue: NoticeQueue, clock: Clock) -> None:
        self._browsers = browsers
        self._queue = queue
        self._clock = clock

    def is_wanted(self, account: Account) -> bool:
        """Raises what botocore does."""
        return account.reminder_push and bool(self._browsers.of(account.id, now=self._clock()))

    def send(self, when: TimeToRemind, account: Account, task: Task) -> None:
        """Raises StorageUnavailable, and what botocore does."""
        now = self._clock()
        self._queue.send_all(
            [
                Notice(
                    user_id=account.id,
                    subscription_id=one.id,
                    task_id=task.id,
                    at=when.at,
                    begun_at=now,
                )
                for one in self._browsers.of(account.id, now=now)
            ]
        )
