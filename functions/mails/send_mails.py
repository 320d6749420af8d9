"""Queue of mail requests -> Amazon SES.

A message may come any number of times: what is done is noted under its id. Whether an address is
known shows in nothing that is logged, unless SES refuses to send to it.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Protocol

from botocore.exceptions import ClientError

from errand import opaque
from errand.aws import AWS_ERRORS, client, reason
from errand.clock import Clock, system_clock
from errand.errors import ErrandError
from errand.identity.accounts.model import Account
from errand.identity.recovery import requests as recovery
from errand.identity.recovery.mails import token_mail
from errand.identity.recovery.model import MailedToken, Purpose
from errand.identity.recovery.recipients import Recipients
from errand.identity.recovery.requests import MailRequest
from errand.mails.layout import Mail
from errand.mails.sent import SentMails
from errand.messages import parsed
from errand.storage.kinds import Table
from errand.storage.plain import PlainTables
from errand.webhooks import mails as webhooks
from errand.webhooks.mails import DisabledMails, WebhookDisabled

logger = logging.getLogger("errand.send_mails")
logger.setLevel(logging.INFO)

# What SES says of this very mail, and would say of it again; all else may pass, or be put right.
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
REJECTIONS = frozenset({"BadRequestException", "MessageRejected"})


class SesClient(Protocol):
    def send_email(self, **request: Any) -> dict[str, Any]: ...


class MailSender:
    """`sender`: an address that is verified with SES; `app_url` and `public_url` may be empty."""

    def __init__(
        self,
        *,
        recipients: Recipients,
        disabled: DisabledMails,
        sent: SentMails,
        ses: SesClient,
        sender: str,
        app_url: str,
        public_url: str,
        clock: Clock,
    ) -> None:
        self._recipients = recipients
        self._disabled = disabled
        self._sent = sent
        self._ses = ses
        self._sender = sender
        self._app_url = app_url
        self._public_url = public_url
        self._clock = clock

    def work(self, messages: Sequence[Mapping[str, Any]]) -> list[str]:
        """The ids of the messages that failed and must come back."""
        failed = []
        for message in messages:
            message_id = message["messageId"]
            try:
                request = _decoded(message.get("body", ""))
                self._handle(request, message_id)
            except ErrandError as error:
                _log_failure(message_id, error.code)
                failed.append(message_id)
            except AWS_ERRORS as error:
                _log_failure(message_id, reason(error))
                failed.append(message_id)
            else:
                about = {"message_id": message_id, "request_id": request.request_id}
                logger.info("Handled", extra=about)
        return failed

    def _handle(self, request: MailRequest | WebhookDisabled, message_id: str) -> None:
        if self._sent.has(message_id):
            return
        composed = self._composed(request)
        if composed is None:
            return
        try:
            self._send(*composed)
        except ClientError as error:
            if reason(error) not in REJECTIONS:
                raise
            _log_failure(message_id, reason(error))
        self._sent.add(message_id, now=self._clock())

    def _composed(self, request: MailRequest | WebhookDisabled) -> tuple[str, Mail] | None:
        """The address that it goes to, and the mail; None if nobody is to get one."""
        if isinstance(request, WebhookDisabled):
            return self._disabled.of(request, app_url=self._app_url, public_url=self._public_url)
        recipient = self._recipients.of(request)
        return None if recipient is None else self._with_token(request, recipient)

    def _with_token(self, request: MailRequest, recipient: Account) -> tuple[str, Mail]:
        token = opaque.make(recipient.id)
        address = recipient.email or ""
        # Kept first: a mail whose token is worth nothing is worse than a token that nobody has.
        self._recipients.keep(
            MailedToken(
                user_id=recipient.id,
                purpose=Purpose(request.kind),
                digest=token.digest,
                email=address,
                created_at=self._clock(),
            )
        )
        mail = token_mail(
            Purpose(request.kind),
            username=recipient.username if recipient.email_verified else None,
            token=token.text,
            app_url=self._app_url,
            public_url=self._public_url,
        )
        return address, mail

    def _send(self, address: str, mail: Mail) -> None:
        self._ses.send_email(
            FromEmailAddress=f"Errand <{self._sender}>",
            Destination={"ToAddresses": [_deliverable(address)]},
            Content={"Simple": _multipart(mail)},
        )


def _decoded(body: str) -> MailRequest | WebhookDisabled:
    """By whose feature it is. Raises MalformedRecord."""
    if parsed(body).get("kind") == WebhookDisabled.kind:
        return webhooks.decode(body)
    return recovery.decode(body)


def _multipart(mail: Mail) -> dict[str, Any]:
    def part(text: str) -> dict[str, str]:
        return {"Data": text, "Charset": "UTF-8"}

    return {
        "Subject": part(mail.subject),
        "Body": {"Text": part(mail.text), "Html": part(mail.html)},
    }


def _deliverable(email: str) -> str:
    """SES takes the names of domains in ASCII only."""
    local, _, domain = email.rpartition("@")
    if domain.isascii():
        return email
    # Hardly any mail needs it.
    import idna  # noqa: PLC0415

    return f"{local}@{idna.encode(domain).decode()}"


def _log_failure(message_id: str, why: str) -> None:
    logger.warning("Not sent", extra={"message_id": message_id, "reason": why})


@cache
def sender() -> MailSender:
    names = {
        Table.DATA: os.environ["ERRAND_DATA_TABLE"],
        Table.EPHEMERAL: os.environ["ERRAND_EPHEMERAL_TABLE"],
    }
    tables = PlainTables(dynamodb=client("dynamodb", read_timeout=2), names=names)
    return MailSender(
        recipients=Recipients(tables),
        disabled=DisabledMails(tables),
        sent=SentMails(tables),
        ses=client("sesv2", read_timeout=5),
        sender=os.environ["ERRAND_MAIL_FROM"],
        app_url=os.environ["ERRAND_APP_URL"],
        public_url=os.environ["ERRAND_PUBLIC_URL"],
        clock=system_clock,
    )


def handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    failed = sender().work(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
