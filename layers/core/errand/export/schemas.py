"""Everything that is kept about a user, in one document (GDPR, article 20)."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, create_model

from errand.calendar.schemas import FeedView
from errand.comments.schemas import comment_view
from errand.fields import Shown
from errand.history.schemas import exported_view
from errand.identity.accounts.schemas import User
from errand.identity.audit.schemas import SecurityEvent
from errand.identity.mfa.model import Factor, Pending
from errand.identity.personal_tokens.schemas import TokenView
from errand.identity.sessions.model import Session
from errand.identity.throttling.model import KnownAddress
from errand.labels.model import LabelSet
from errand.labels.schemas import label_view
from errand.projects.schemas import project_view
from errand.push.schemas import PushSubscriptionView
from errand.realtime.model import Socket
from errand.reminding.sent import Reminded
from errand.saved_filters.schemas import filter_view
from errand.schemas import View, several, view
from errand.sections.schemas import section_view
from errand.storage.receipts import KeptAnswer
from errand.tasks.model import Completion, Task, Trashed
from errand.tasks.times import SHAPES
from errand.transfer.schemas import ImportLine
from errand.uploads.model import ReportPage
from errand.uploads.schemas import import_view
from errand.webhooks.schemas import DeliveryView, WebhookView

_FACTOR = view(
    Factor,
    name="SecondFactor",
    where=Shown.EXPORTS,
    meaning="That there is one; its secret is not given away again.",
)
_ANSWER = view(
    KeptAnswer,
    name="KeptAnswer",
    where=Shown.EXPORTS,
    meaning="What a request with an Idempotency-Key was answered, to answer it the same again.",
)
_PENDING = view(
    Pending,
    name="PendingProof",
    where=Shown.EXPORTS,
    meaning="A mail that was sent, an authenticator app that was not confirmed yet, or a ticket "
    "for a socket.",
)
_REMINDED = view(
    Reminded,
    name="SentReminder",
    where=Shown.EXPORTS,
    meaning="A reminder that was sent, kept so that it is not sent again.",
)
_ADDRESS = view(
    KnownAddress,
    name="KnownAddress",
    where=Shown.EXPORTS,
    meaning="That somebody logged in from an address, of which no more than a digest is kept.",
)
_SESSION = view(
    Session, name="ExportedSession", where=Shown.EXPORTS, meaning="One log-in on one device."
)

_SOCKET = view(
    Socket, name="OpenSocket", where=Shown.EXPORTS, meaning="That a client is told of changes."
)
_LABELS = view(
    LabelSet,
    name="LabelSet",
    where=Shown.EXPORTS,
    meaning="All labels.",
    shapes={"labels": several(label_view())},
)

_REPORT = view(
    ReportPage,
    name="ImportReportPage",
    where=Shown.EXPORTS,
    meaning="What became of a file, in lines.",
    shapes={"lines": list[ImportLine]},
)


def _of_tasks(record: type, name: str, meaning: str) -> type[View]:
    return view(record, name=name, where=Shown.EXPORTS, meaning=meaning, shapes=SHAPES)


_TASK = _of_tasks(Task, "ExportedTask", "A task, with the ids of its labels.")
_TRASHED = _of_tasks(Trashed, "ExportedTrash", "A task as it was when it was deleted.")
_DONE = _of_tasks(Completion, "ExportedCompletion", "A task as it was when completed.")


def _told(shape: Any, meaning: str) -> Any:
    return Annotated[shape, Field(description=meaning)]


# Section to what is in it, by the names that the registry of kinds has for them.
_SECTIONS: dict[str, Any] = {
    "account": _told(User | None, "On the first page only"),
    "second_factor": _told(_FACTOR | None, "Of the two-step log-in; null: it is off"),
    "tasks": _told(several(_TASK), "Your tasks"),
    "projects": _told(several(project_view()), "Your projects"),
    "sections": _told(several(section_view()), "Parts of your projects"),
    "labels": _told(_LABELS | None, "What your tasks may bear; null: there are none"),
    "trash": _told(several(_TRASHED), "Tasks that were deleted in the last 30 days"),
    "completions": _told(
        several(_DONE), "Of tasks that come again, each occurrence that was completed"
    ),
    "filters": _told(several(filter_view()), "Lists of tasks that you saved"),
    "comments": _told(several(comment_view()), "What is said of your tasks"),
    "changes": _told(several(exported_view()), "What changed in the last year"),
    "sessions": _told(several(_SESSION), "Where you are logged in"),
    "personal_access_tokens": _told(several(TokenView), "Your tokens for scripts"),
    "calendar_feeds": _told(several(FeedView), "By which calendar programs read your tasks"),
    "webhooks": _told(several(WebhookView), "To which your events are sent"),
    "webhook_deliveries": _told(several(DeliveryView), "What was sent to them in the last 30 days"),
    "security_log": _told(several(SecurityEvent), "What touched your account's safety"),
    "kept_answers": _told(several(_ANSWER), "First answers, kept for a day"),
    "imports": _told(several(import_view()), "Files that you uploaded in the last 30 days"),
    "import_reports": _told(several(_REPORT), "What became of those files"),
    "pending": _told(several(_PENDING), "What waits to be proved"),
    "sockets": _told(several(_SOCKET), "Clients that are told of changes as they are made"),
    "push_subscriptions": _told(
        several(PushSubscriptionView), "Browsers in which your reminders are shown"
    ),
    "known_addresses": _told(several(_ADDRESS), "From where you logged in lately"),
    "sent_reminders": _told(several(_REMINDED), "Of what you were reminded lately"),
}
_SINGLE = {"account", "second_factor", "labels"}
_FIELDS: dict[str, Any] = {
    "exported_at": (_told(datetime, "When this page was written"), ...),
    **{name: (shape, ...) for name, shape in _SECTIONS.items()},
}

Export: type[BaseModel] = create_model(
    "Export",
    __doc__="A collection too large for one answer goes on behind the Link header; `account` comes "
    "once.\n\nDigests of passwords and tokens, secrets of webhooks, and what browsers are reached "
    "by, are not in it: they are of use to nobody but an attacker.",
    **_FIELDS,
)


def empty() -> dict[str, Any]:
    """Every section, with nothing in it."""
    return {name: None if name in _SINGLE else [] for name in _SECTIONS}
