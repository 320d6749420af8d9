"""The API's end of the queue of mails. No address is ever logged."""

import logging
from dataclasses import replace
from threading import Lock
from typing import Any, Protocol

from botocore.session import Session

from errand import aws
from errand.errors import MailNotConfigured, StorageUnavailable
from errand.mails.requests import MailRequest, PasswordRecovery, encode
from errand.text import folded

_log = logging.getLogger(__name__)


class Outbox(Protocol):
    def send(self, request: MailRequest) -> None: ...


class NoOutbox:
    """Of a deployment without an address to send from."""

    def send(self, request: MailRequest) -> None:  # noqa: ARG002 - nothing is sent, whatever it is
        """Raises MailNotConfigured."""
        raise MailNotConfigured


class QueueOutbox:
    """Knows nothing of accounts: an address that nobody has costs as much as any other."""

    def __init__(self, queue_url: str, *, session: Session | None = None) -> None:
        self._queue_url = queue_url
        self._session = session
        self._client: Any = None
        self._lock = Lock()

    def send(self, request: MailRequest) -> None:
        """At least once. Raises StorageUnavailable."""
        if isinstance(request, PasswordRecovery):
            # Folding takes a package that the function at the other end starts faster without.
            request = replace(request, email=folded(request.email))
        try:
            self._queue().send_message(QueueUrl=self._queue_url, MessageBody=encode(request))
        except aws.AWS_ERRORS as error:
            _log.warning("Mail not queued", extra={"reason": aws.reason(error)})
            raise StorageUnavailable from None

    def _queue(self) -> Any:
        """Made for the first mail: most instances send none."""
        with self._lock:
            if self._client is None:
                self._client = aws.client("sqs", read_timeout=2, session=self._session)
            return self._client
