"""How a reminder is sent: as an event on the bus, which webhooks and rules hear, and as a mail."""

from typing import Any, Protocol

from errand.codecs import instant
from errand.errors import ErrandError
from errand.events.entries import to_entry
from errand.events.schema import JSON, SOURCE, SPECIFICATION, VERSION, Event, EventType
from errand.fields import Shown
from errand.identity.accounts.model import Account
from errand.mails.outbox import encode
from errand.records import show
from errand.reminding.mails import REMINDER, ReminderMail
from errand.reminding.requests import TimeToRemind
from errand.tasks.model import Task


class EventsClient(Protocol):
    def put_events(self, **request: Any) -> dict[str, Any]: ...


class SqsClient(Protocol):
    def send_message(self, **request: Any) -> dict[str, Any]: ...


class NotTaken(ErrandError):
    """`why`: what the bus says of this event, which is to be tried again."""

    code = "not_taken"

    def __init__(self, why: str) -> None:
        super().__init__(f"The bus has not taken the event: {why}")


class EventChannel:
    """`reminder.due`, with the task as it is. It has no number: it is no change."""

    def __init__(self, *, events: EventsClient, bus: str) -> None:
        self._events = events
        self._bus = bus

    def is_wanted(self, account: Account) -> bool:  # noqa: ARG002 - whoever listens says so there
        return True

    def send(self, when: TimeToRemind, account: Account, task: Task) -> None:  # noqa: ARG002
        """Raises NotTaken, and what botocore does."""
        entry = to_entry(due_event(when, task), bus=self._bus)
        [result] = self._events.put_events(Entries=[entry])["Entries"]
        if "ErrorCode" in result:
            raise NotTaken(result["ErrorCode"])


def due_event(when: TimeToRemind, task: Task) -> Event:
    """What is known of the moment is its time: a task says the rest."""
    return {
        "specversion": SPECIFICATION,
        "version": VERSION,
        "id": when.id,
        "source": SOURCE,
        "type": EventType.REMINDER_DUE,
        "time": instant(when.at),
        "subject": f"users/{when.user_id}/tasks/{when.task_id}",
        "datacontenttype": JSON,
        "data": {"old": None, "new": show(task, Shown.EVENTS), "by": None},
    }


class MailChannel:
    """Asks for a mail, on the queue of mails: the function there knows it again by its id."""

    def __init__(self, *, sqs: SqsClient, queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url

    def is_wanted(self, account: Account) -> bool:
        return REMINDER.may_go_to(account)

    def send(self, when: TimeToRemind, account: Account, task: Task) -> None:  # noqa: ARG002
        """Raises what botocore does."""
        asked = ReminderMail(
            request_id=when.id, user_id=when.user_id, task_id=when.task_id, at=when.at
        )
        self._sqs.send_message(QueueUrl=self._queue_url, MessageBody=encode(asked))
