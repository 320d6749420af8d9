"""The API's end of the queue of mails. No address is ever logged."""

import json
import logging
from dataclasses import asdict
from typing import Any, ClassVar, Protocol

from botocore.session import Session

from errand import aws
from errand.aws.queue import OutgoingQueue
from errand.errors import MailNotConfigured, StorageUnavailable

VERSION = "1"
_log = logging.getLogger(__name__)


class MailRequest(Protocol):
    """A frozen dataclass of what is to be mailed; each feature has its own kinds."""

    kind: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def request_id(self) -> str: ...


class Outbox(Protocol):
    def send(self, request: MailRequest) -> None: ...


def encode(request: MailRequest) -> str:
    return json.dumps({"version": VERSION, "kind": request.kind, **asdict(request)})


class NoOutbox:
    """Of a deployment without an address to send from."""

    def send(self, request: MailRequest) -> None:  # noqa: ARG002 - nothing is sent, whatever it is
        """Raises MailNotConfigured."""
        raise MailNotConfigured


class QueueOutbox:
    """Knows nothing of accounts: an address that nobody has costs as much as any other."""

    def __init__(self, queue_url: str, *, session: Session | None = None) -> None:
        self._queue = OutgoingQueue(queue_url, session=session)

    def send(self, request: MailRequest) -> None:
        """At least once. Raises StorageUnavailable."""
        try:
            self._queue.send(encode(request))
        except aws.AWS_ERRORS as error:
            _log.warning("Mail not queued", extra={"reason": aws.reason(error)})
            raise StorageUnavailable from None
