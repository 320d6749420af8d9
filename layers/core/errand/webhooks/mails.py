"""The mail that tells an owner of a webhook that was disabled."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

from errand.identity.accounts.model import Account
from errand.mails.kinds import Desk, MailKind
from errand.messages import id_in
from errand.records import load
from errand.storage.kinds import WEBHOOK
from errand.webhooks.model import Webhook, Why

_REASONS = {
    Why.GONE: "It answered 410 Gone, which asks for nothing more to be sent.",
    Why.FAILING: "For five days it has not accepted anything.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class WebhookDisabled:
    kind: ClassVar[str] = "webhook_disabled"

    user_id: str
    webhook_id: str
    request_id: str = ""


def _data(desk: Desk, request: WebhookDisabled, account: Account) -> Mapping[str, Any] | None:
    """Without the path of the address, which may hold a secret."""
    item = desk.tables.get(WEBHOOK, WEBHOOK.key(request.user_id, request.webhook_id))
    webhook = load(Webhook, item) if item else None
    # It may have been enabled again.
    if webhook is None or webhook.enabled or webhook.disabled_reason not in _REASONS:
        return None
    app_url = desk.app_url.rstrip("/")
    return {
        "username": account.username,
        "name": webhook.name or "Webhook",
        "id": webhook.id,
        "host": urlsplit(webhook.url).hostname or "",
        "reason": _REASONS[Why(webhook.disabled_reason)],
        "link": f"{app_url}/webhooks/{webhook.id}" if app_url else "",
    }


WEBHOOK_DISABLED = MailKind(
    request=WebhookDisabled,
    fields={"user_id": id_in, "webhook_id": id_in},
    data=_data,
    template="webhooks/webhook_disabled.jinja",
)
