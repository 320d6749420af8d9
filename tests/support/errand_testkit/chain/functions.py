"""The workers of functions, as their handlers make them, with clients that fail."""

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import count
from typing import Any

import keep_schedules
import send_reminders
from deliver_webhooks import Delivering
from errand.clock import Clock
from errand.digests.keeping import DigestKeeper
from errand.identity.accounts.purge import AccountPurger
from errand.links.guard import GuardedTransport
from errand.mails.outbox import encode
from errand.push.book import Browsers
from errand.push.channel import PushChannel
from errand.push.queue import NoticeQueue
from errand.push.vapid import Vapid, key_of
from errand.reminding.channels import EventChannel, MailChannel
from errand.reminding.keeping import Keeper, Tasks
from errand.reminding.schedules import Schedules
from errand.reminding.sending import Channel, Sender
from errand.reminding.sent import SentReminders
from errand.scheduling import ScheduleGroup
from errand.storage.guarded import GuardedTables
from errand.storage.kinds import Table
from errand.storage.plain import PlainTables
from errand.uploads.files import S3Files
from errand.uploads.working import UploadWorker
from errand.webhooks.book import Book
from errand.webhooks.ledger import Ledger
from errand.webhooks.queues import SqsQueues
from errand_testkit.chain.sources import Records
from errand_testkit.chain.wiring import BUS, Source
from errand_testkit.dynamo import TABLES
from errand_testkit.index import STREAM, index_keeper
from errand_testkit.log import recorder
from errand_testkit.mails import sender_on
from errand_testkit.sockets import pusher
from errand_testkit.uploads import upload_tools
from errand_testkit.webhooks import inline
from fan_out_webhooks import FanOut
from import_tasks import ImportConsumer
from index_tasks import Indexer
from note_feedback import FeedbackWriter
from notify_browsers import Notifying
from publish_changes import Publisher
from purge_accounts import PurgeWorker

DATA, LOG, EPHEMERAL = TABLES
NAMES = {Table.DATA: DATA, Table.LOG: LOG, Table.EPHEMERAL: EPHEMERAL}
PUBLIC_URL = "https://api.example.com"


@dataclass(frozen=True, kw_only=True)
class Kit:
    """What one instance has: clients, a clock, dice, and who takes what nobody understands."""

    dynamodb: Any
    sqs: Any
    events: Any
    scheduler: Any
    ses: Any
    gateway: Any
    s3: Any
    # While it is open, PynamoDB asks by `dynamodb`.
    models: Callable[[], AbstractContextManager[None]]
    transport: Callable[[], GuardedTransport]
    bury: Callable[..., None]
    clock: Clock
    chance: Callable[[], float]

    @property
    def guarded(self) -> GuardedTables:
        return GuardedTables(dynamodb=self.dynamodb, names=NAMES)

    @property
    def tasks(self) -> Tasks:
        plain = PlainTables(dynamodb=self.dynamodb, names=NAMES)
        return Tasks(plain, dynamodb=self.dynamodb, table=DATA)

    @property
    def hints(self) -> SqsQueues:
        return SqsQueues(self.sqs, prompt_url="WebhookQueue", patient_url="PatientWebhookQueue")

    @property
    def browsers(self) -> Browsers:
        return Browsers(self.guarded)

    @property
    def notices(self) -> NoticeQueue:
        return NoticeQueue(sqs=self.sqs, queue_url="PushQueue")

    def to(self, queue: str) -> Callable[[str], None]:
        return lambda body: self.sqs.send_message(QueueUrl=queue, MessageBody=body)

    def has_time(self) -> bool:
        return self.chance() < 0.9


# Identifiers of what failed, or the one of the first.
type Work = Callable[[Source, Records], list[str] | str | None]


def _record_changes(kit: Kit) -> Work:
    worker = recorder(kit.dynamodb, bury=kit.bury)
    return lambda _, records: worker.record(records)


def _publish_changes(kit: Kit) -> Work:
    worker = Publisher(events=kit.events, bus=BUS, bury=kit.bury)
    return lambda _, records: worker.publish(records)


def _push_hints(kit: Kit) -> Work:
    worker = pusher(kit.dynamodb, kit.gateway, clock=kit.clock)
    return lambda _, records: worker.push(records)


def _keep_schedules(kit: Kit) -> Work:
    group = ScheduleGroup(scheduler=kit.scheduler, name="ScheduleGroup", role="SchedulerRole")
    schedules = Schedules(group=group, queue="ReminderQueue", clock=kit.clock)
    worker = keep_schedules.Worker(
        keeper=Keeper(tasks=kit.tasks, schedules=schedules, clock=kit.clock),
        digests=DigestKeeper(accounts=kit.tasks, schedules=group, queue="DigestQueue"),
        again=kit.to("ScheduleQueue"),
    )
    return lambda _, records: worker.work(records, has_time=kit.has_time)


def _send_reminders(kit: Kit) -> Work:
    sent = SentReminders(dynamodb=kit.dynamodb, table=EPHEMERAL, clock=kit.clock)
    channels: dict[str, Channel] = {
        "event": EventChannel(events=kit.events, bus=BUS),
        "mail": MailChannel(sqs=kit.sqs, queue_url="MailQueue"),
        "push": PushChannel(browsers=kit.browsers, queue=kit.notices, clock=kit.clock),
    }
    sender = Sender(tasks=kit.tasks, sent=sent, channels=channels, clock=kit.clock)
    worker = send_reminders.Worker(sender)
    return lambda _, records: worker.work(records)


def _send_mails(kit: Kit) -> Work:
    worker = sender_on(kit.dynamodb, kit.ses, public_url=PUBLIC_URL, clock=kit.clock)
    return lambda _, records: worker.work(records)


def _purge_accounts(kit: Kit) -> Work:
    purger = AccountPurger(
        dynamodb=kit.dynamodb, data_table=DATA, others=[EPHEMERAL, LOG], pause=lambda _: None
    )
    worker = PurgeWorker(purger=purger, again=kit.to("PurgeQueue"))

    def work(_: Source, records: Records) -> list[str]:
        # There is time for something: who gets nowhere has failed.
        looks = count()
        return worker.work(records, has_time=lambda: next(looks) == 0 or kit.has_time())

    return work


def _fan_out_webhooks(kit: Kit) -> Work:
    worker = FanOut(
        book=Book(kit.guarded),
        ledger=Ledger(kit.guarded),
        queues=kit.hints,
        bury=kit.bury,
        clock=kit.clock,
    )
    return lambda _, records: worker.work(records)


def _deliver_webhooks(kit: Kit) -> Work:
    mail = kit.to("MailQueue")
    worker = Delivering(
        book=Book(kit.guarded),
        ledger=Ledger(kit.guarded),
        queues=kit.hints,
        transport=kit.transport,
        mail=lambda request: mail(encode(request)),
        bury=kit.bury,
        run=inline,
        clock=kit.clock,
        chance=kit.chance,
    )

    def work(source: Source, records: Records) -> list[str]:
        is_patient = source.of == "PatientWebhookQueue"
        return asyncio.run(worker.work(records, is_patient=is_patient))

    return work


def _notify_browsers(kit: Kit) -> Work:
    key = key_of(json.dumps({"key": "k" * 64}))
    worker = Notifying(
        browsers=kit.browsers,
        sent=SentReminders(dynamodb=kit.dynamodb, table=EPHEMERAL, clock=kit.clock),
        queue=kit.notices,
        vapid=Vapid(key, contact="mailto:errand@example.com", clock=kit.clock),
        transport=kit.transport,
        run=inline,
        clock=kit.clock,
        chance=kit.chance,
    )
    return lambda _, records: asyncio.run(worker.work(records))


def _note_feedback(kit: Kit) -> Work:
    worker = FeedbackWriter(tables=kit.guarded, clock=kit.clock)
    return lambda _, records: worker.work(records)


def _import_tasks(kit: Kit) -> Work:
    tools = upload_tools(clock=kit.clock, pause=lambda _: None)
    files = S3Files(kit.s3, bucket="ImportBucket")

    def again(body: str, delay: int) -> None:
        kit.sqs.send_message(QueueUrl="ImportQueue", MessageBody=body, DelaySeconds=delay)

    worker = ImportConsumer(worker=UploadWorker(tools, files=files), again=again)

    def work(_: Source, records: Records) -> list[str]:
        # For a step, and no file is more: three runs that came to nothing are the end of an import.
        with kit.models():
            return worker.work(records, has_time=lambda: True)

    return work


def _index_tasks(kit: Kit) -> Work:
    keeper = index_keeper(kit.dynamodb, clock=kit.clock, page=20)
    worker = Indexer(keeper=keeper, stream=STREAM)
    return lambda _, records: worker.index(records)


# By logical ids. The rules, queues and streams that lead to them are those of template.yaml.
FUNCTIONS: Mapping[str, Callable[[Kit], Work]] = {
    "RecordChangesFunction": _record_changes,
    "PublishChangesFunction": _publish_changes,
    "PurgeAccountsFunction": _purge_accounts,
    "KeepSchedulesFunction": _keep_schedules,
    "SendRemindersFunction": _send_reminders,
    "SendMailsFunction": _send_mails,
    "PushHintsFunction": _push_hints,
    "FanOutWebhooksFunction": _fan_out_webhooks,
    "DeliverWebhooksFunction": _deliver_webhooks,
    "IndexTasksFunction": _index_tasks,
    "NoteFeedbackFunction": _note_feedback,
    "NotifyBrowsersFunction": _notify_browsers,
    "ImportTasksFunction": _import_tasks,
}
