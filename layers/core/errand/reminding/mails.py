"""The mail of a reminder."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from errand.codecs import Instant
from errand.identity.accounts.model import Account, MailTopic
from errand.mails.kinds import Desk, MailKind
from errand.messages import id_in, member
from errand.records import load
from errand.reminding.links import snooze_url
from errand.reminding.plan import moments
from errand.storage.kinds import TASK
from errand.tasks.model import Task


@dataclass(frozen=True, kw_only=True, slots=True)
class ReminderMail:
    """`request_id`: the reminder's, the same however often it is asked for."""

    kind: ClassVar[str] = "reminder"

    request_id: str
    user_id: str
    task_id: str
    at: Instant


def _at(content: object, name: str) -> Instant:
    return member(content, name, int)


def _data(desk: Desk, request: ReminderMail, account: Account) -> Mapping[str, Any] | None:
    item = desk.tables.get(TASK, TASK.key(request.user_id, request.task_id))
    task = load(Task, item) if item else None
    # It may have waited, and its task been done or moved meanwhile.
    if task is None or request.at not in moments(task, account.timezone):
        return None
    return {
        "task_title": task.title,
        "description": task.description,
        "due": task.due.words if task.due else "",
        "link": desk.app_url,
        "snooze_url": snooze_url(desk, account, task_id=request.task_id, at=request.at),
    }


REMINDER = MailKind(
    request=ReminderMail,
    fields={"user_id": id_in, "task_id": id_in, "at": _at},
    data=_data,
    template="reminding/reminder.jinja",
    topic=MailTopic.REMINDERS,
    known_as=lambda request, _: request.request_id,
)
