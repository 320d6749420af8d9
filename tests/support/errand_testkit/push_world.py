"""An account's browsers, and the functions between them and a reminder."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from errand.identity.accounts.model import Account
from errand.ids import new_id
from errand.links.guard import GuardedTransport
from errand.push.book import Browsers
from errand.push.channel import PushChannel
from errand.push.model import Subscription
from errand.push.queue import NoticeQueue
from errand.push.requests import Notice, decode
from errand.push.schemas import PushSubscriptionCreate
from errand.push.vapid import Vapid, key_of
from errand.records import kept, load
from errand.reminding.requests import TimeToRemind
from errand.reminding.sent import SentReminders
from errand.storage.guarded import GuardedTables
from errand.storage.kinds import ACCOUNT, SESSION, SUBSCRIPTION, TASK, Key, Kind, Table, attributes
from errand.tasks.model import Task
from errand.tasks.reminders import Reminder
from errand.webhooks.sending import this_machine_too
from errand_testkit.access import held_to_role
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ADA
from errand_testkit.push import Browser
from errand_testkit.stored import new_session
from errand_testkit.webhooks import NAMES, inline
from notify_browsers import Notifying


class PushWorld:
    """Ada's account, a task and her browsers on FakeDynamo, and whatever works for them."""

    def __init__(self) -> None:
        self.dynamodb = FakeDynamo(watch=held_to_role("NotifyBrowsersFunction"))
        self.tables = GuardedTables(dynamodb=self.dynamodb, names=NAMES)
        self.browsers = Browsers(self.tables)
        self.clock = ManualClock()
        self.sent = SentReminders(
            dynamodb=self.dynamodb, table=NAMES[Table.EPHEMERAL], clock=self.clock
        )
        self.queued: list[tuple[Notice, int]] = []
        self._errors: list[Exception] = []
        self.transport: Callable[[], GuardedTransport] = this_machine_too
        key = key_of(json.dumps({"key": "k" * 64}))
        self.vapid = Vapid(key, contact="mailto:errand@example.com", clock=self.clock)
        self.browser = Browser()
        self._session = new_session(ADA, now=self.clock())[0]
        self._keep(SESSION, SESSION.key(ADA.id, self._session.id), self._session)
        self.account(ADA)
        self.task = self.new_task("Buy milk")

    def _keep(self, kind: Kind, key: Key, record: object) -> None:
        """Whoever does so in real life has another role."""
        name = NAMES[kind.table]
        self.dynamodb.items[name][key] = {**kept(record), **attributes(key)}

    def account(self, account: Account) -> None:
        self._keep(ACCOUNT, ACCOUNT.key(account.id), account)

    def new_task(self, title: str) -> Task:
        fields = {"title": title, "reminders": (Reminder(at=self.clock()),)}
        task = Task.new(new_id(), fields, now=self.clock())
        self._keep(TASK, TASK.key(ADA.id, task.id), task)
        return task

    def complete(self) -> None:
        done = self.task.changed({"completed": True}, now=self.clock())
        self._keep(TASK, TASK.key(ADA.id, done.id), done)

    def subscribe(self, browser: Browser) -> Subscription:
        """In a session that is not over."""
        self.browser = browser
        said = PushSubscriptionCreate.model_validate(browser.to_json()).registration()
        new = Subscription.of(said, user_id=ADA.id, session_id=self._session.id, now=self.clock())
        self._keep(SUBSCRIPTION, SUBSCRIPTION.key(ADA.id, new.id), new)
        return new

    def end_session(self) -> None:
        """And have another one."""
        del self.dynamodb.items[NAMES[Table.EPHEMERAL]][SESSION.key(ADA.id, self._session.id)]
        self._session = new_session(ADA, now=self.clock())[0]
        self._keep(SESSION, SESSION.key(ADA.id, self._session.id), self._session)

    @property
    def subscriptions(self) -> list[Subscription]:
        items = self.dynamodb.all(NAMES[Table.EPHEMERAL])
        return [load(Subscription, one) for one in items if one["sk"]["S"].startswith("PUSH#")]

    @property
    def subscription(self) -> Subscription:
        [one] = self.subscriptions
        return one

    def present(self, notice: Notice) -> Subscription:
        [one] = [one for one in self.subscriptions if one.id == notice.subscription_id]
        return one

    def remind(self, task: Task | None = None) -> list[Notice]:
        """What the sender of reminders puts on the queue."""
        watched, self.dynamodb._watch = self.dynamodb._watch, held_to_role("SendRemindersFunction")
        told = task or self.task
        [reminder] = told.reminders
        when = TimeToRemind(user_id=ADA.id, task_id=told.id, at=reminder.at or 0)
        queue = NoticeQueue(sqs=self, queue_url="push")
        channel = PushChannel(browsers=self.browsers, queue=queue, clock=self.clock)
        if channel.is_wanted(ADA):
            channel.send(when, ADA, told)
        self.dynamodb._watch = watched
        return [notice for notice, _ in self.take()]

    def send_message(self, **request: Any) -> dict[str, Any]:
        if self._errors:
            raise self._errors.pop()
        self._put(request["MessageBody"], request["DelaySeconds"])
        return {}

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        for entry in request["Entries"]:
            self._put(entry["MessageBody"], 0)
        return {"Failed": []}

    def _put(self, body: str, delay: int) -> None:
        notice = decode(body)
        assert isinstance(notice, Notice)
        self.queued.append((notice, delay))

    def refuse_once(self, error: Exception) -> None:
        """What comes next to the queue."""
        self._errors.append(error)

    def take(self) -> list[tuple[Notice, int]]:
        """Each with the seconds for which the queue keeps it back."""
        taken, self.queued = self.queued, []
        return taken

    def notifying(self, *, seconds: float = 5) -> Notifying:
        return Notifying(
            browsers=self.browsers,
            sent=self.sent,
            queue=NoticeQueue(sqs=self, queue_url="push"),
            vapid=self.vapid,
            transport=self.transport,
            run=inline,
            clock=self.clock,
            chance=lambda: 0.5,
            seconds=seconds,
        )

    async def notify(
        self, *notices: Notice, seconds: float = 5, raw: Sequence[str] = ()
    ) -> list[str]:
        """`raw`: bodies of further messages, which come first."""
        bodies = [*raw, *(notice.encoded() for notice in notices)]
        messages = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
        return await self.notifying(seconds=seconds).work(messages)
