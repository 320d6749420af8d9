"""What a person can do with their webhooks."""

from functools import partial

from errand import ids
from errand.clock import Clock
from errand.errors import InvalidInput, NotFound, PreconditionFailed
from errand.identity.audit.model import Act
from errand.identity.audit.service import AuditTrail
from errand.identity.caller import Caller
from errand.origin import Origin
from errand.pages import Page, Pager
from errand.preconditions import ANY, Precondition
from errand.schemas import Changes, Draft
from errand.storage.receipts import Receipt, check_unanswered, commit_once_with
from errand.storage.unit import Store, Unit, repeated
from errand.webhooks.model import WEBHOOKS_MAX, Webhook
from errand.webhooks.repository import WebhookRepository
from errand.webhooks.schemas import new_webhook_json


class WebhookService:
    """`reaches_loopback`: whether receivers may be on this machine, by http: for development."""

    def __init__(
        self,
        *,
        webhooks: WebhookRepository,
        store: Store,
        trail: AuditTrail,
        pager: Pager,
        reaches_loopback: bool,
        clock: Clock,
    ) -> None:
        self._webhooks = webhooks
        self._store = store
        self._trail = trail
        self._pager = pager
        self._reaches_loopback = reaches_loopback
        self._clock = clock

    def create(
        self, *, caller: Caller, new: Draft, origin: Origin, receipt: Receipt | None = None
    ) -> Webhook:
        """With the secret that is told this once.

        Raises InvalidInput if there are too many, or for http; AnsweredBefore for a receipt.
        """
        fields = new.fields()
        self._check(fields)
        found = self._webhooks.slice(user_id=caller.user_id, after=None, limit=WEBHOOKS_MAX)
        now = self._clock()
        if len(found.items) >= WEBHOOKS_MAX:
            check_unanswered(receipt, owner=caller.user_id, now=now)
            raise InvalidInput(f"An account has at most {WEBHOOKS_MAX} webhooks: delete one first")
        webhook = Webhook.new(ids.new_id(), caller.user_id, fields, now=now)
        unit = Unit()
        self._webhooks.add(unit, webhook)
        answer = new_webhook_json(webhook, is_told=False)
        commit_once_with(unit, receipt, owner=caller.user_id, answer=answer, now=now)
        self._commit(unit, Act.WEBHOOK_CREATED, webhook, origin)
        return webhook

    def list(self, *, caller: Caller, limit: int, cursor: str | None) -> Page[Webhook]:
        """The oldest first. Raises InvalidCursor."""
        read = partial(self._webhooks.slice, user_id=caller.user_id)
        view = f"webhooks|{caller.user_id}"
        return self._pager.page(read, view=view, limit=limit, cursor=cursor)

    def read(self, *, caller: Caller, webhook_id: str) -> Webhook:
        """Raises NotFound."""
        webhook = None
        if ids.is_id(webhook_id):
            webhook = self._webhooks.read(user_id=caller.user_id, webhook_id=webhook_id)
        if webhook is None:
            raise NotFound("Webhook not found")
        return webhook

    def update(
        self,
        *,
        caller: Caller,
        webhook_id: str,
        update: Draft,
        origin: Origin,
        expected: Precondition = ANY,
    ) -> Webhook:
        """Raises NotFound, PreconditionFailed; InvalidInput for http."""
        changes = update.changes()
        self._check(changes)

        def change(old: Webhook) -> Webhook:
            if not changes:
                return old
            new = old.changed(changes, now=self._clock())
            unit = Unit()
            self._webhooks.rewrite(unit, old, new)
            self._commit(unit, Act.WEBHOOK_CHANGED, new, origin)
            return new

        return repeated(lambda: self._read_in(expected, caller, webhook_id), change)

    def rotate(self, *, caller: Caller, webhook_id: str, overlap: int, origin: Origin) -> Webhook:
        """With a new secret, told this once; the old one signs for `overlap` hours, too.

        Raises NotFound.
        """

        def change(old: Webhook) -> Webhook:
            new = old.rotated(overlap=overlap, now=self._clock())
            unit = Unit()
            self._webhooks.rewrite(unit, old, new)
            self._commit(unit, Act.WEBHOOK_SECRET_ROTATED, new, origin)
            return new

        return repeated(lambda: self.read(caller=caller, webhook_id=webhook_id), change)

    def delete(
        self, *, caller: Caller, webhook_id: str, origin: Origin, expected: Precondition = ANY
    ) -> None:
        """Its deliveries stay until they expire. Raises NotFound, PreconditionFailed."""

        def change(old: Webhook) -> None:
            unit = Unit()
            self._webhooks.remove(unit, old)
            self._commit(unit, Act.WEBHOOK_DELETED, old, origin)

        repeated(lambda: self._read_in(expected, caller, webhook_id), change)

    def _check(self, fields: Changes) -> None:
        url = str(fields.get("url") or "https:")
        if not url.startswith("https:") and not self._reaches_loopback:
            raise InvalidInput("A webhook's url must begin with https://")

    def _read_in(self, expected: Precondition, caller: Caller, webhook_id: str) -> Webhook:
        webhook = self.read(caller=caller, webhook_id=webhook_id)
        if not expected.holds(webhook.version):
            raise PreconditionFailed
        return webhook

    def _commit(self, unit: Unit, act: Act, webhook: Webhook, origin: Origin) -> None:
        owner = webhook.user_id
        self._trail.add(unit, act, user_id=owner, actor=owner, origin=origin, about=webhook.id)
        self._store.commit(unit)
