"""What is done about one notice: is it still so, then the attempt, then what it means.

Everything in here may happen again, or be cut off between any two steps. An attempt is claimed
before it is made, so that a browser is told once; where it is to be made again, the next notice is
sent before the claim is given back.
"""

from collections.abc import Callable, Coroutine
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, Protocol

from errand.clock import Clock
from errand.push.book import Browsers, Seen
from errand.push.encryption import ENCODING, encrypted
from errand.push.payload import payload
from errand.push.queue import NoticeQueue
from errand.push.requests import Notice
from errand.push.vapid import Vapid
from errand.reminding.sent import SentReminders
from errand.webhooks.retries import LASTS, asked_by, next_attempt
from errand.webhooks.sending import Outcome, Sender

_MINUTE = 60_000
_SERVER_ERROR = 5
_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_LATER = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}


class Run(Protocol):
    """How what blocks is called while others send."""

    def __call__[T](
        self, function: Callable[..., T], /, *arguments: Any, **named: Any
    ) -> Coroutine[Any, Any, T]: ...


class Meaning(Enum):
    """Of what a push service answers (RFC 8030, 5 and 7.3)."""

    TAKEN = auto()
    GONE = auto()  # the browser is subscribed no longer
    LATER = auto()
    NEVER = auto()  # it would answer the same again


def meaning_of(outcome: Outcome) -> Meaning:
    status = outcome.status
    if outcome.is_accepted:
        return Meaning.TAKEN
    if status in _GONE:
        return Meaning.GONE
    if status is None or status in _LATER or status // 100 == _SERVER_ERROR:
        return Meaning.LATER
    return Meaning.NEVER


class Notifier:
    """`chance`: draws a number from 0 to 1."""

    def __init__(
        self,
        *,
        browsers: Browsers,
        sent: SentReminders,
        queue: NoticeQueue,
        sender: Sender,
        vapid: Vapid,
        run: Run,
        clock: Clock,
        chance: Callable[[], float],
    ) -> None:
        self._browsers = browsers
        self._sent = sent
        self._queue = queue
        self._sender = sender
        self._vapid = vapid
        self._run = run
        self._clock = clock
        self._chance = chance

    async def handle(self, notice: Notice) -> None:
        """Raises Contended while another is at it, and what botocore does."""
        now = self._clock()
        if notice.not_before > now:
            await self._run(self._queue.send, notice, now=now)
            return
        seen = await self._run(self._browsers.look, notice, now=now)
        if seen is None:
            return
        if await self._run(self._browsers.is_beyond_the_rate, notice.user_id, now=now):
            begins = (now // _MINUTE + 1) * _MINUTE
            later = notice.later(begins + round(self._chance() * _MINUTE))
            await self._run(self._queue.send, later, now=now)
            return
        if await self._run(self._sent.claim, notice.when, notice.channel):
            await self._judge(notice, seen, await self._send(notice, seen))

    async def _send(self, notice: Notice, seen: Seen) -> Outcome:
        browser = seen.subscription
        body = encrypted(
            payload(notice.when, seen.task), public_key=browser.public_key, auth=browser.auth
        )
        headers = {
            "Authorization": self._vapid.authorization(browser.endpoint),
            "Content-Encoding": ENCODING,
            "Content-Type": "application/octet-stream",
            # As long as we would try: then a device that was off is told nothing any more.
            "TTL": str(max(0, notice.begun_at + LASTS - self._clock()) // 1000),
            # In place of an earlier one of the task that is still to be delivered.
            "Topic": notice.task_id,
            "Urgency": "high",
            "User-Agent": "Errand web push",
        }
        return await self._sender.send(browser.endpoint, headers=headers, body=body)

    async def _judge(self, notice: Notice, seen: Seen, outcome: Outcome) -> None:
        browser, now = seen.subscription, self._clock()
        why = outcome.error or ""
        match meaning_of(outcome):
            case Meaning.TAKEN:
                await self._run(self._sent.done, notice.when, notice.channel)
                await self._run(self._browsers.told, browser, now=now)
            case Meaning.GONE:
                await self._run(self._browsers.forget, browser)
            case Meaning.LATER if following := self._following(notice, outcome):
                await self._run(self._queue.send, notice.later(following), now=now)
                await self._run(self._browsers.failed, browser, why, now=now)
                await self._run(self._sent.release, notice.when, notice.channel)
            case _:
                await self._run(self._sent.done, notice.when, notice.channel)
                await self._run(self._browsers.failed, browser, why, now=now)

    def _following(self, notice: Notice, outcome: Outcome) -> int | None:
        now = self._clock()
        asked = asked_by(outcome.retry_after, now=now)
        return next_attempt(begun_at=notice.begun_at, now=now, chance=self._chance(), asked=asked)
