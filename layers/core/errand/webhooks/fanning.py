"""What happened to the tasks of an account -> a delivery for each webhook that is to know.

The same event may come any number of times: its deliveries are the same ones.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from errand.clock import Clock
from errand.webhooks.book import Book
from errand.webhooks.delivery import Delivery, place_of
from errand.webhooks.happenings import Happening
from errand.webhooks.hints import Hint
from errand.webhooks.ledger import Ledger
from errand.webhooks.model import Webhook, Why

# Of a webhook that is served in order: what was overtaken on its way takes its place meanwhile.
SETTLES = 3_000


@dataclass(frozen=True, slots=True)
class Fan:
    book: Book
    ledger: Ledger
    clock: Clock

    def deliveries(
        self, happening: Happening, webhooks: Callable[[str], Sequence[Webhook]]
    ) -> list[tuple[Hint, bool]]:
        """Hints of those that are still to be sent, each with whether it is for the patient.

        `webhooks`: of an account. Raises what botocore does, and MalformedRecord.
        """
        named = [
            webhook
            for webhook in webhooks(happening.user_id)
            if webhook.enabled and webhook.names(happening.kind)
        ]
        projects = self._projects(happening, named)
        wanting = [webhook for webhook in named if webhook.is_of(projects)]
        if not wanting:
            return []
        account = self.book.account(happening.user_id)
        if account is None or account.disabled:
            return []
        hints = []
        for webhook in wanting:
            if webhook.has_ended(account):
                self.book.disable(webhook, Why.CREDENTIALS_ENDED)
                continue
            hint = self._delivery(happening, webhook)
            if hint is not None:
                hints.append((hint, webhook.is_troubled(self.clock())))
        return hints

    def _projects(self, happening: Happening, named: Sequence[Webhook]) -> frozenset[str]:
        """Read of the task for a comment, which nobody pays who asks for no project."""
        task_id = happening.comment_on
        if task_id is None or all(webhook.project_id is None for webhook in named):
            return happening.projects
        project_id = self.book.project_of(happening.user_id, task_id)
        return frozenset() if project_id is None else frozenset({project_id})

    def _delivery(self, happening: Happening, webhook: Webhook) -> Hint | None:
        now = self.clock()
        # What has no number is no change: it waits for none.
        has_place = webhook.in_order and happening.sequence is not None
        delivery = Delivery.new(
            user_id=happening.user_id,
            webhook_id=webhook.id,
            event_id=happening.event_id,
            event_type=happening.kind,
            at=happening.at,
            body=happening.body,
            now=now,
            place=place_of(happening.sequence or 0) if has_place else None,
        )
        if not self.ledger.add(delivery):
            return None
        hint = Hint.of(delivery)
        return hint.at(now + SETTLES) if has_place else hint
