"""Queue of notices -> the push services of browsers, ten at once.

A message may come any number of times: which browser was told of which reminder is on record.
"""

import asyncio
import logging
import os
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from errand.aws import AWS_ERRORS, client, reason
from errand.clock import Clock, system_clock
from errand.errors import ErrandError
from errand.links.guard import GuardedTransport
from errand.push.book import Browsers
from errand.push.queue import NoticeQueue
from errand.push.requests import KeyWanted, decode
from errand.push.vapid import Vapid, key_of
from errand.push.working import Notifier, Run
from errand.reminding.sent import SentReminders
from errand.storage.guarded import GuardedTables
from errand.storage.kinds import Table
from errand.webhooks.sending import Sender, public_web, this_machine_too

logger = logging.getLogger("errand.notify_browsers")
logger.setLevel(logging.INFO)

# Push services answer in tenths of a second: who takes longer holds up a worker for so long.
SECONDS = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Notifying:
    """`transport`: makes what connects."""

    browsers: Browsers
    sent: SentReminders
    queue: NoticeQueue
    vapid: Vapid
    transport: Callable[[], GuardedTransport]
    run: Run = asyncio.to_thread
    clock: Clock = system_clock
    chance: Callable[[], float] = random.random
    seconds: float = SECONDS

    def publish(self) -> None:
        """The public key: another one, where the secret is another."""
        self.browsers.publish(self.vapid.public_key, now=self.clock())

    async def work(self, messages: Sequence[Mapping[str, Any]]) -> list[str]:
        """The ids of the messages that failed and must come back."""
        async with Sender(self.transport(), seconds=self.seconds) as sender:
            notifier = Notifier(
                browsers=self.browsers,
                sent=self.sent,
                queue=self.queue,
                sender=sender,
                vapid=self.vapid,
                run=self.run,
                clock=self.clock,
                chance=self.chance,
            )
            done = await asyncio.gather(*(self._is_done(notifier, each) for each in messages))
        failed = [
            each["messageId"] for each, is_done in zip(messages, done, strict=True) if not is_done
        ]
        logger.info("Notified", extra={"messages": len(messages), "failed": len(failed)})
        return failed

    async def _is_done(self, notifier: Notifier, message: Mapping[str, Any]) -> bool:
        try:
            wanted = decode(message.get("body", ""))
            if isinstance(wanted, KeyWanted):
                await self.run(self.publish)
            else:
                await notifier.handle(wanted)
        except ErrandError as error:
            why = error.code
        except AWS_ERRORS as error:
            why = reason(error)
        else:
            return True
        about = {"message_id": message["messageId"], "reason": why}
        logger.warning("Not notified", extra=about)
        return False


@cache
def notifying() -> Notifying:
    ephemeral = os.environ["ERRAND_EPHEMERAL_TABLE"]
    names = {Table.DATA: os.environ["ERRAND_DATA_TABLE"], Table.EPHEMERAL: ephemeral}
    dynamodb = client("dynamodb", read_timeout=2)
    secret = client("secretsmanager", read_timeout=3).get_secret_value(
        SecretId=os.environ["ERRAND_PUSH_SECRET"]
    )
    key = key_of(secret.get("SecretString", ""))
    reaches_loopback = os.environ["ERRAND_LOOPBACK_WEBHOOKS"] == "1"
    made = Notifying(
        browsers=Browsers(GuardedTables(dynamodb=dynamodb, names=names)),
        sent=SentReminders(dynamodb=dynamodb, table=ephemeral, clock=system_clock),
        queue=NoticeQueue(
            sqs=client("sqs", read_timeout=3), queue_url=os.environ["ERRAND_PUSH_QUEUE_URL"]
        ),
        vapid=Vapid(key, contact=os.environ["ERRAND_PUSH_CONTACT"], clock=system_clock),
        transport=this_machine_too if reaches_loopback else public_web,
    )
    made.publish()
    return made


def handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    failed = asyncio.run(notifying().work(event["Records"]))
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
