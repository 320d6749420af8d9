"""Browsers, and what notices are about, for the functions that send: without PynamoDB."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from errand.codecs import Instant
from errand.identity.accounts.model import Account
from errand.identity.sessions.model import Session
from errand.push.model import KEY_KEPT_SECONDS, SUBSCRIPTIONS_MAX, PublicKey, Subscription
from errand.push.requests import Notice
from errand.records import load
from errand.reminding.plan import moments
from errand.storage.guarded import GuardedTables, Refused
from errand.storage.kinds import ACCOUNT, PUSH_KEY, PUSH_SENDS, SESSION, SUBSCRIPTION, TASK
from errand.tasks.model import Task
from errand.webhooks.delivery import Sends

# In a minute, to all browsers of an account: what some thousand tasks in need of attention take.
SENDS_MAX = 300
_MINUTE = 60_000
_DAY_SECONDS = 24 * 60 * 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What a notice is about, as it is now."""

    subscription: Subscription
    task: Task


class Browsers:
    def __init__(self, tables: GuardedTables) -> None:
        self._tables = tables

    def of(self, user_id: str, *, now: Instant) -> list[Subscription]:
        """Those of an account that may show something."""
        beginning = SUBSCRIPTION.key(user_id, "")
        items = self._tables.first(SUBSCRIPTION, beginning, limit=2 * SUBSCRIPTIONS_MAX)
        found = [load(Subscription, item) for item in items]
        return [one for one in found if not one.is_over(now=now)]

    def look(self, notice: Notice, *, now: Instant) -> Seen | None:
        """None if there is nothing to show any more, or nobody to show it to."""
        subscription = self._subscription(notice)
        if subscription is None or subscription.is_over(now=now):
            return None
        account = self._account(notice.user_id)
        if account is None or account.disabled or not account.reminder_push:
            return None
        session = self._session(notice.user_id, subscription.session_id)
        if session is None or session.has_ended(account, now=now):
            self._end(subscription, now=now)
            return None
        task = self._task(notice)
        if task is None or notice.at not in moments(task, account.timezone):
            return None
        return Seen(subscription=subscription, task=task)

    def is_beyond_the_rate(self, user_id: str, *, now: Instant) -> bool:
        """Whether one more is more than an account may be sent in this minute."""
        key = PUSH_SENDS.key(user_id, str(now // _MINUTE))
        one = Sends(count=1, expires_at=now // 1000 + _DAY_SECONDS)
        return self._tables.count(PUSH_SENDS, key, one, "count") > SENDS_MAX

    def told(self, subscription: Subscription, *, now: Instant) -> None:
        self._change(subscription, {"last_sent_at": now})

    def failed(self, subscription: Subscription, why: str, *, now: Instant) -> None:
        self._change(subscription, {"last_failed_at": now, "last_failure": why})

    def forget(self, subscription: Subscription) -> None:
        """Its push service does not know it any more, whoever may have registered it since."""
        self._tables.remove(SUBSCRIPTION, SUBSCRIPTION.key(subscription.user_id, subscription.id))

    def publish(self, public_key: str, *, now: Instant) -> None:
        """For those who are to subscribe a browser with it."""
        key = PublicKey(text=public_key, expires_at=now // 1000 + KEY_KEPT_SECONDS)
        self._tables.put(PUSH_KEY, PUSH_KEY.key("vapid"), key)

    def _end(self, one: Subscription, *, now: Instant) -> None:
        """Unless it was registered in another session meanwhile."""
        with suppress(Refused):
            self._tables.change(
                SUBSCRIPTION,
                SUBSCRIPTION.key(one.user_id, one.id),
                Subscription,
                {"expires_at": now // 1000},
                only_if="{session_id} = :session",
                session=one.session_id,
            )

    def _change(self, one: Subscription, changes: Mapping[str, object]) -> None:
        """Unless it is there no longer."""
        key = SUBSCRIPTION.key(one.user_id, one.id)
        there = "attribute_exists({endpoint})"
        with suppress(Refused):
            self._tables.change(SUBSCRIPTION, key, Subscription, changes, only_if=there)

    def _subscription(self, notice: Notice) -> Subscription | None:
        key = SUBSCRIPTION.key(notice.user_id, notice.subscription_id)
        item = self._tables.get(SUBSCRIPTION, key)
        return load(Subscription, item) if item else None

    def _account(self, user_id: str) -> Account | None:
        item = self._tables.get(ACCOUNT, ACCOUNT.key(user_id))
        return load(Account, item) if item else None

    def _session(self, user_id: str, session_id: str) -> Session | None:
        item = self._tables.get(SESSION, SESSION.key(user_id, session_id))
        return load(Session, item) if item else None

    def _task(self, notice: Notice) -> Task | None:
        item = self._tables.get(TASK, TASK.key(notice.user_id, notice.task_id))
        return load(Task, item) if item else None
