"""Mails that nobody sends, of kinds that tests make: what one entry is enough for."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from errand.identity.accounts.model import MailTopic
from errand.mails.kinds import MailKind
from errand.messages import id_in, text_in

ROOT = Path(__file__).parent


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """About a task, which one can do without."""

    kind: ClassVar[str] = "note"

    user_id: str
    title: str
    request_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """About the account."""

    kind: ClassVar[str] = "notice"

    user_id: str
    request_id: str


NOTE = MailKind(
    request=Note,
    fields={"user_id": id_in, "title": text_in},
    data=lambda _, note, account: {"title_of_task": note.title, "username": account.username},
    template="note.jinja",
    topic=MailTopic.REMINDERS,
)
NOTICE = MailKind(
    request=Notice,
    fields={"user_id": id_in},
    data=lambda _, __, account: {"title_of_task": "", "username": account.username},
    template="note.jinja",
)
