"""Queue of mail requests -> Amazon SES.

A message may come any number of times: what is done is noted under its id, or under that of what it
asks for. Whether an address is
known shows in nothing that is logged, unless SES refuses to send to it.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from botocore.exceptions import ClientError

from errand.aws import client, reason
from errand.aws.batches import Message, failures
from errand.clock import Clock, system_clock
from errand.digests.mails import DIGEST
from errand.identity.accounts.model import Account
from errand.identity.recovery.mails import EMAIL_VERIFICATION, PASSWORD_RECOVERY
from errand.mails import feedback
from errand.mails.kinds import Desk, MailKind, decode
from errand.mails.rendering import PACKAGE, Mail, render
from errand.mails.sent import SentMails
from errand.mails.unsubscribing import headers, unsubscribe_url
from errand.reminding.mails import REMINDER
from errand.storage.kinds import Table
from errand.storage.plain import PlainTables
from errand.webhooks.mails import WEBHOOK_DISABLED

logger = logging.getLogger("errand.send_mails")
logger.setLevel(logging.INFO)

# Every mail there is.
KINDS: tuple[MailKind[Any], ...] = (
    PASSWORD_RECOVERY,
    EMAIL_VERIFICATION,
    REMINDER,
    DIGEST,
    WEBHOOK_DISABLED,
)

# What SES says of this very mail, and would say of it again; all else may pass, or be put right.
# https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html
REJECTIONS = frozenset({"BadRequestException", "MessageRejected"})


class SesClient(Protocol):
    def send_email(self, **request: Any) -> dict[str, Any]: ...


class MailSender:
    """`sender`: an address that is verified with SES; `app_url` and `public_url` may be empty.

    `configuration_set`: tells SES where bounces and complaints go.

    `roots`: the folders below which the templates of `kinds` are.
    """

    def __init__(
        self,
        *,
        tables: PlainTables,
        ses: SesClient,
        sender: str,
        configuration_set: str,
        app_url: str,
        public_url: str,
        clock: Clock,
        kinds: Sequence[MailKind[Any]] = KINDS,
        roots: Sequence[Path] = (PACKAGE,),
    ) -> None:
        self._tables = tables
        self._sent = SentMails(tables)
        self._ses = ses
        self._sender = sender
        self._configuration_set = configuration_set
        self._app_url = app_url
        self._public_url = public_url
        self._clock = clock
        self._kinds = kinds
        self._roots = roots

    def work(self, messages: Sequence[Message]) -> list[str]:
        """The ids of the messages that failed and must come back."""
        return failures(messages, self._answer, _log_failure)

    def _answer(self, message: Message) -> None:
        kind, request = decode(self._kinds, message.get("body", ""))
        self._handle(kind, request, message["messageId"])
        about = {"message_id": message["messageId"], "request_id": request.request_id}
        logger.info("Handled", extra=about)

    def _handle(self, kind: MailKind[Any], request: Any, message_id: str) -> None:
        known_as = kind.known_as(request, self._clock()) if kind.known_as else message_id
        if self._sent.has(known_as):
            return
        desk = Desk(
            tables=self._tables,
            now=self._clock(),
            app_url=self._app_url,
            public_url=self._public_url,
        )
        recipient = kind.recipient(desk, request)
        if recipient is None or not kind.may_go_to(recipient):
            return
        data = kind.data(desk, request, recipient)
        if data is None:
            return
        url = unsubscribe_url(desk, kind.topic, recipient) if kind.topic else None
        told = {**data, "public_url": self._public_url, "unsubscribe_url": url}
        mail = render(kind.template, told, roots=self._roots)
        try:
            self._send(mail, recipient, headers(url))
        except ClientError as error:
            if reason(error) not in REJECTIONS:
                raise
            _log_failure(message_id, reason(error))
        self._sent.add(known_as, now=self._clock())

    def _send(self, mail: Mail, recipient: Account, more: Mapping[str, str]) -> None:
        self._ses.send_email(
            FromEmailAddress=f"Errand <{self._sender}>",
            Destination={"ToAddresses": [_deliverable(recipient.email or "")]},
            Content={"Simple": _multipart(mail) | _headers(more)},
            ConfigurationSetName=self._configuration_set,
            EmailTags=[
                {"Name": name, "Value": value} for name, value in feedback.tags(recipient).items()
            ],
        )


def _multipart(mail: Mail) -> dict[str, Any]:
    def part(text: str) -> dict[str, str]:
        return {"Data": text, "Charset": "UTF-8"}

    return {
        "Subject": part(mail.subject),
        "Body": {"Text": part(mail.text), "Html": part(mail.html)},
    }


def _headers(more: Mapping[str, str]) -> dict[str, Any]:
    listed = [{"Name": name, "Value": value} for name, value in more.items()]
    return {"Headers": listed} if listed else {}


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
        tables=tables,
        ses=client("sesv2", read_timeout=5),
        sender=os.environ["ERRAND_MAIL_FROM"],
        configuration_set=os.environ["ERRAND_MAIL_CONFIGURATION_SET"],
        app_url=os.environ["ERRAND_APP_URL"],
        public_url=os.environ["ERRAND_PUBLIC_URL"],
        clock=system_clock,
    )


def handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    failed = sender().work(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
