"""Which mails have been sent: a message of the queue may come any number of times."""

from dataclasses import dataclass

from errand.codecs import Seconds
from errand.fields import NOWHERE, kept
from errand.storage.kinds import SENT_MAIL
from errand.storage.plain import PlainTables

# A message can come again for as long as its queue tries; in a day that is long over.
REMEMBERED_SECONDS = 24 * 60 * 60


@dataclass(frozen=True, kw_only=True, slots=True)
class SentMail:
    expires_at: Seconds = kept("expires_at", shown=NOWHERE)


class SentMails:
    def __init__(self, tables: PlainTables) -> None:
        self._tables = tables

    def has(self, message_id: str) -> bool:
        return self._tables.get(SENT_MAIL, SENT_MAIL.key(message_id)) is not None

    def add(self, message_id: str, *, now: int) -> None:
        """`now`: epoch milliseconds."""
        mail = SentMail(expires_at=now // 1000 + REMEMBERED_SECONDS)
        self._tables.put(SENT_MAIL, SENT_MAIL.key(message_id), mail)
