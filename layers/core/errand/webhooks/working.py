"""What is done about one hint: gates first, then the attempt, then what it means.

Everything in here may happen again, or be cut off between any two steps. A new hint is sent before
the delivery tells of the attempt, so that one of them always leads on; a delivery is held while
somebody is at it, so that two do not send at once; and whatever comes twice has one `webhook-id`.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Protocol

from errand.aws import AWS_ERRORS
from errand.clock import Clock
from errand.codecs import Instant
from errand.webhooks import signing
from errand.webhooks.book import Book
from errand.webhooks.delivery import Delivery, Status
from errand.webhooks.hints import Hint
from errand.webhooks.ledger import Held, Ledger, delivery_at
from errand.webhooks.mails import WebhookDisabled
from errand.webhooks.model import Webhook, Why
from errand.webhooks.queues import Queues
from errand.webhooks.retries import asked_by, next_attempt
from errand.webhooks.sending import Outcome, Sender

# A receiver that has not answered by then is left to those who have time, from the next event on.
SLOW_AFTER = 1.0
# How long a line is gone on with; the next one does.
LINE = 5_000
_MINUTE = 60_000
# Fits every delivery: of one whose hint somebody else has.
_ANY = 1 << 30


class Run(Protocol):
    """How what blocks is called while others send."""

    def __call__[T](
        self, function: Callable[..., T], /, *arguments: Any, **named: Any
    ) -> Coroutine[Any, Any, T]: ...


class Deliverer:
    """`is_patient`: whether this one has time for receivers that are slow, or fail.

    `mail`: tells an owner that a webhook was disabled; None where no mail is sent. `chance`: draws
    a number from 0 to 1. `slow_after`: seconds.
    """

    def __init__(
        self,
        *,
        book: Book,
        ledger: Ledger,
        queues: Queues,
        sender: Sender,
        mail: Callable[[WebhookDisabled], None] | None,
        is_patient: bool,
        run: Run,
        clock: Clock,
        chance: Callable[[], float],
        slow_after: float = SLOW_AFTER,
    ) -> None:
        self._book = book
        self._ledger = ledger
        self._queues = queues
        self._sender = sender
        self._mail = mail
        self._is_patient = is_patient
        self._run = run
        self._clock = clock
        self._chance = chance
        self._slow_after = slow_after

    async def handle(self, hint: Hint) -> None:
        """Raises what botocore does, and MalformedRecord."""
        now = self._clock()
        if hint.not_before > now:
            await self._postpone(hint, hint.not_before)
            return
        webhook = await self._run(self._book.read, hint.user_id, hint.webhook_id)
        if webhook is None:
            return
        if not webhook.enabled:
            await self._run(self._ledger.give_up, hint, "the webhook is disabled")
            await self._tell_owner(webhook)
        elif webhook.is_troubled(now) and not self._is_patient:
            await self._run(self._queues.send, hint, patient=True, now=now)
        elif webhook.failing_since is not None and not await self._is_probe(hint, webhook):
            return
        elif webhook.in_order:
            await self._go_on(hint, webhook)
        else:
            await self._attempt(hint, webhook)

    async def later(self, hint: Hint) -> None:
        """For what is beyond the rate of its account: in the course of the next minute."""
        now = self._clock()
        begins = (now // _MINUTE + 1) * _MINUTE
        await self._wait(hint, begins + round(self._chance() * _MINUTE))

    async def _is_probe(self, hint: Hint, webhook: Webhook) -> bool:
        """One at a time finds out whether a failing receiver is back, and the others wait."""
        now = self._clock()
        if await self._run(self._book.may_probe, webhook, now=now):
            return True
        until = max(webhook.quiet_until, now) + round((1 + self._chance()) * 1000)
        await self._wait(hint, until)
        return False

    async def _wait(self, hint: Hint, until: Instant) -> None:
        if self._clock() >= hint.ends_at:
            await self._run(self._ledger.give_up, hint, "the receiver failed for 24 hours")
        else:
            await self._postpone(hint, until)

    async def _postpone(self, hint: Hint, until: Instant) -> None:
        now = self._clock()
        await self._run(self._queues.send, hint.at(until), patient=self._is_patient, now=now)

    async def _go_on(self, hint: Hint, webhook: Webhook) -> None:
        """With the line of a webhook that is served in order, from its head."""
        own = await self._run(self._ledger.read, hint)
        if own is not None and own.place is None:
            await self._attempt(hint, webhook)
            return
        until = self._clock() + LINE
        while place := await self._run(self._ledger.head, webhook.id):
            head = delivery_at(place)
            if self._clock() >= until:
                await self._postpone(hint.leading(head, _ANY), self._clock())
                return
            if head == hint.delivery_id:
                waits_until = await self._attempt(hint.leading(head, _ANY), webhook)
            else:
                waits_until = await self._lead(hint, head, webhook)
            if waits_until is not None:
                return
            # It has arrived, or was given up, or is none any more.
            await self._run(self._ledger.clear, place)

    async def _lead(self, hint: Hint, head: str, webhook: Webhook) -> Instant | None:
        """Another one goes first. Returns until when this one has to wait for it, if it has to."""
        try:
            delivery = await self._run(
                self._ledger.begin, hint.leading(head, _ANY), now=self._clock()
            )
        except Held as held:
            await self._postpone(hint, max(held.until, self._clock() + 1000))
            return held.until
        if delivery is None:
            return None
        waits_until = await self._try(webhook, delivery)
        if waits_until is not None:
            await self._postpone(hint, waits_until + 1000)
        return waits_until

    async def _attempt(self, hint: Hint, webhook: Webhook) -> Instant | None:
        """Returns when there will be another one, None if there will not."""
        try:
            delivery = await self._run(self._ledger.begin, hint, now=self._clock())
        except Held as held:
            await self._postpone(hint, held.until)
            return held.until
        return None if delivery is None else await self._try(webhook, delivery)

    async def _try(self, webhook: Webhook, delivery: Delivery) -> Instant | None:
        outcome = await self._send(webhook, delivery)
        now = self._clock()
        told: dict[str, object] = {
            "attempts": delivery.attempts + 1,
            "last_attempt_at": now,
            "latency_ms": outcome.latency_ms,
            "response_status": outcome.status,
            "response": outcome.answer,
            "error": outcome.error,
        }
        following = await self._judge(webhook, delivery, outcome)
        if following is not None:
            again = Hint.of(delivery).at(following, attempts=delivery.attempts + 1)
            await self._run(self._queues.send, again, patient=True, now=now)
            told["next_attempt_at"] = following
        else:
            is_there = outcome.is_accepted
            told["status"] = Status.DELIVERED if is_there else Status.FAILED
            told["next_attempt_at"] = None
        await self._run(self._ledger.tell, delivery, told)
        if following is None:
            await self._run(self._ledger.leave_line, delivery)
        return following

    async def _send(self, webhook: Webhook, delivery: Delivery) -> Outcome:
        now, body = self._clock(), delivery.body
        signed = signing.headers(
            webhook.secrets(now), message_id=delivery.id, seconds=now // 1000, body=body
        )
        sending = asyncio.ensure_future(self._sender.send(webhook.url, headers=signed, body=body))
        done, _ = await asyncio.wait({sending}, timeout=self._slow_after)
        if not done:
            # Told while it is waited for: what comes in the meantime must not wait, too.
            with suppress(*AWS_ERRORS):
                await self._run(self._book.is_slow, webhook, now=self._clock())
        return await sending

    async def _judge(
        self, webhook: Webhook, delivery: Delivery, outcome: Outcome
    ) -> Instant | None:
        """What an attempt means for the webhook. Returns when the delivery is to be tried again."""
        now = self._clock()
        if outcome.is_accepted:
            if webhook.failing_since is not None:
                await self._run(self._book.succeeded, webhook)
            return None
        asked = asked_by(outcome.retry_after, now=now)
        if outcome.is_gone:
            is_disabled = await self._run(self._book.disable, webhook, Why.GONE)
        else:
            is_disabled = await self._run(self._book.failed, webhook, now=now, asked=asked)
        if is_disabled:
            found = await self._run(self._book.read, webhook.user_id, webhook.id)
            if found is not None:
                await self._tell_owner(found)
        if is_disabled or outcome.is_gone:
            return None
        return next_attempt(begun_at=delivery.begun_at, now=now, chance=self._chance(), asked=asked)

    async def _tell_owner(self, webhook: Webhook) -> None:
        """First the mail, then that it was sent: whoever is cut off in between sends it again."""
        if not webhook.owes_mail or webhook.disabled_reason is None:
            return
        if self._mail is not None:
            request = WebhookDisabled(user_id=webhook.user_id, webhook_id=webhook.id)
            await self._run(self._mail, request)
        await self._run(self._book.mailed, webhook)
