"""The mail that tells an owner of a webhook that was disabled: its request, and its wording."""

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from errand.errors import MalformedRecord
from errand.identity.accounts.model import Account
from errand.mails.layout import Link, Literal, Mail, Paragraph, Part, mail_of
from errand.mails.outbox import encode
from errand.messages import id_in, member, parsed
from errand.records import load
from errand.storage.kinds import ACCOUNT, WEBHOOK
from errand.storage.plain import PlainTables
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


def decode(body: str) -> WebhookDisabled:
    """Raises MalformedRecord."""
    content = parsed(body)
    request = WebhookDisabled(
        user_id=id_in(content, "user_id"),
        webhook_id=id_in(content, "webhook_id"),
        request_id=member(content, "request_id", str),
    )
    if parsed(encode(request)) != content:
        raise MalformedRecord("The message is not a mail request of a webhook")
    return request


class DisabledMails:
    def __init__(self, tables: PlainTables) -> None:
        self._tables = tables

    def of(
        self, request: WebhookDisabled, *, app_url: str, public_url: str
    ) -> tuple[str, Mail] | None:
        """The address that it goes to, and the mail; None where nobody is to be told.

        Only an address that is proved: another may be a stranger's.
        """
        account = self._tables.get(ACCOUNT, ACCOUNT.key(request.user_id))
        webhook = self._tables.get(WEBHOOK, WEBHOOK.key(request.user_id, request.webhook_id))
        if account is None or webhook is None:
            return None
        owner, disabled = load(Account, account), load(Webhook, webhook)
        if owner.disabled or owner.email is None or not owner.email_verified:
            return None
        if disabled.enabled or disabled.disabled_reason not in _REASONS:
            return None
        mail = disabled_mail(disabled, owner.username, app_url=app_url, public_url=public_url)
        return owner.email, mail


def disabled_mail(webhook: Webhook, username: str, *, app_url: str, public_url: str) -> Mail:
    """Without the path of the address, which may hold a secret."""
    host = urlsplit(webhook.url).hostname or ""
    reason = _REASONS[Why(webhook.disabled_reason or Why.FAILING)]
    parts: list[Part] = [
        Paragraph(f"Hello {username},"),
        Paragraph("Errand has stopped sending events to one of your webhooks:"),
        Literal(f"{webhook.name or 'Webhook'} {webhook.id} at {host}"),
        Paragraph(reason),
        Paragraph(
            "When the receiver is well again, enable the webhook, and have what it missed sent "
            "once more: deliveries are kept for 30 days."
        ),
    ]
    if app_url:
        parts.append(Link(f"{app_url.rstrip('/')}/webhooks/{webhook.id}"))
    if public_url:
        parts.append(Paragraph(f"This mail is from Errand at {public_url}"))
    return mail_of("A webhook has been disabled", parts)
