"""It is time: whoever wants to hear of it does, once by each channel, if it is still so."""

from collections.abc import Mapping
from typing import Protocol

from errand.clock import Clock
from errand.identity.accounts.model import Account
from errand.reminding.plan import moments
from errand.reminding.requests import TimeToRemind
from errand.tasks.model import Task

# Clocks differ, and a message may be forged by whoever can write to the queue: not far ahead.
_EARLY_MS = 60 * 1000


class Tasks(Protocol):
    def account(self, user_id: str) -> Account | None: ...
    def task(self, user_id: str, task_id: str) -> Task | None: ...


class Sent(Protocol):
    def claim(self, when: TimeToRemind, channel: str) -> bool: ...
    def done(self, when: TimeToRemind, channel: str) -> None: ...


class Channel(Protocol):
    def is_wanted(self, account: Account) -> bool: ...
    def send(self, when: TimeToRemind, account: Account, task: Task) -> None:
        """Raises what botocore does. Sent twice, it has the same id."""


class Sender:
    """`channels` by the names that are kept of what was sent."""

    def __init__(
        self, *, tasks: Tasks, sent: Sent, channels: Mapping[str, Channel], clock: Clock
    ) -> None:
        self._tasks = tasks
        self._sent = sent
        self._channels = channels
        self._clock = clock

    def send(self, when: TimeToRemind) -> int:
        """By how many channels. Raises Contended, and what botocore does: it is to come again."""
        account = self._tasks.account(when.user_id)
        task = self._tasks.task(when.user_id, when.task_id)
        if account is None or account.disabled or task is None:
            return 0
        if when.at not in moments(task, account.timezone) or when.at > self._clock() + _EARLY_MS:
            # The schedule is of what the task was.
            return 0
        number = 0
        for name, channel in self._channels.items():
            if channel.is_wanted(account) and self._sent.claim(when, name):
                channel.send(when, account, task)
                self._sent.done(when, name)
                number += 1
        return number
