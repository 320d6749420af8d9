"""Webhooks for the functions that serve them, without PynamoDB: read, and told how it went."""

from collections.abc import Mapping

from errand.codecs import Instant
from errand.identity.accounts.model import Account
from errand.records import Item, load
from errand.storage.guarded import GuardedTables, Refused
from errand.storage.kinds import ACCOUNT, TASK, TRASHED, WEBHOOK
from errand.tasks.model import Task
from errand.webhooks.model import WEBHOOKS_MAX, Webhook, Why

# A receiver's probe is over by then, or whoever made it is.
PROBE = 20_000
# For how long one that was slow is served by those who have time.
SLOW = 5 * 60_000


class Book:
    def __init__(self, tables: GuardedTables) -> None:
        self._tables = tables

    def of(self, user_id: str) -> list[Webhook]:
        """All of an account."""
        items = self._tables.first(WEBHOOK, WEBHOOK.key(user_id, ""), limit=2 * WEBHOOKS_MAX)
        return [load(Webhook, item) for item in items]

    def account(self, user_id: str) -> Account | None:
        item = self._tables.get(ACCOUNT, ACCOUNT.key(user_id))
        return load(Account, item) if item else None

    def project_of(self, user_id: str, task_id: str) -> str | None:
        """Where a task is now, or was when it was deleted; None once it is gone for good."""
        for kind in (TASK, TRASHED):
            item = self._tables.get(kind, kind.key(user_id, task_id))
            if item:
                return load(Task, item).project_id
        return None

    def read(self, user_id: str, webhook_id: str) -> Webhook | None:
        item = self._tables.get(WEBHOOK, WEBHOOK.key(user_id, webhook_id))
        return load(Webhook, item) if item else None

    def may_probe(self, webhook: Webhook, *, now: Instant) -> bool:
        """Whether this is the one attempt that a failing receiver gets now."""
        changes = {"quiet_until": now + PROBE}
        free = "attribute_not_exists({quiet_until}) OR {quiet_until} <= :now"
        return self._change(webhook, changes, only_if=free, now=now) is not None

    def succeeded(self, webhook: Webhook) -> None:
        """It accepts what is sent to it, again."""
        healthy = {"failing_since": None, "failures": 0, "quiet_until": 0}
        failing = "attribute_exists({failing_since})"
        self._change(webhook, healthy, only_if=failing, counted=("version",))

    def failed(self, webhook: Webhook, *, now: Instant, asked: int = 0) -> bool:
        """Whether it has now been disabled for that. `asked`: milliseconds."""
        quiet = webhook.quiet_after_failure(now=now, asked=asked)
        if webhook.failing_since is None:
            first = {"failing_since": now, "failures": 1, "quiet_until": quiet}
            healthy = "attribute_not_exists({failing_since})"
            # Of several that fail at once one tells, and the others have nothing to add.
            self._change(webhook, first, only_if=healthy, counted=("version",))
            return False
        if webhook.is_lost(now):
            return self.disable(webhook, Why.FAILING)
        failing = "attribute_exists({failing_since})"
        self._change(webhook, {"quiet_until": quiet}, only_if=failing, counted=("failures",))
        return False

    def is_slow(self, webhook: Webhook, *, now: Instant) -> None:
        if webhook.slow_until < now + SLOW // 2:
            self._change(webhook, {"slow_until": now + SLOW}, only_if="attribute_exists({url})")

    def disable(self, webhook: Webhook, why: Why) -> bool:
        """Whether it was not before; its owner is owed a mail then, unless it was their doing."""
        owes_mail = why is not Why.CREDENTIALS_ENDED
        changes = {"enabled": False, "disabled_reason": why, "owes_mail": owes_mail}
        enabled = "attribute_not_exists({enabled})"
        return self._change(webhook, changes, only_if=enabled, counted=("version",)) is not None

    def mailed(self, webhook: Webhook) -> None:
        self._change(webhook, {"owes_mail": False}, only_if="attribute_exists({owes_mail})")

    def _change(
        self,
        webhook: Webhook,
        changes: Mapping[str, object],
        *,
        only_if: str,
        counted: tuple[str, ...] = (),
        **values: int,
    ) -> Item | None:
        """None if that is not, or no longer, to be told."""
        key = WEBHOOK.key(webhook.user_id, webhook.id)
        try:
            return self._tables.change(
                WEBHOOK, key, Webhook, changes, only_if=only_if, counted=counted, **values
            )
        except Refused:
            return None
