"""The registry of what is stored: every kind of item, its table, its key and what becomes of it.

Keys are made here and nowhere else. Export, purge, the stream's filter in the template and
SnapStart's answers are held against it by tests: a kind that one of them does not know fails.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum, auto
from importlib import import_module
from typing import Any, NamedTuple

from errand.fields import table_of


class Table(StrEnum):
    DATA = auto()
    LOG = auto()
    EPHEMERAL = auto()


class Gone(StrEnum):
    """When items of a kind go, if nobody deletes them."""

    RELEASED = auto()  # in the transaction that deletes their account
    PURGED = auto()  # behind the stream, with all else in the collection of a deleted account
    EXPIRED = auto()  # by their TTL


class Key(NamedTuple):
    pk: str
    sk: str


def attributes(key: Key) -> dict[str, dict[str, str]]:
    """As DynamoDB takes it."""
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


_SEPARATOR = "#"
_ACCOUNT = "USER"


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """`partition` and `sort`: what its keys begin with.

    `record`: the dotted name of the class whose table of fields its items follow, None for markers
    without content. `section`: of an export; None where there is nothing to tell its owner.
    """

    name: str
    table: Table
    partition: str = _ACCOUNT
    sort: str
    gone: Gone
    record: str | None = None
    section: str | None = None
    # Whether changes of it become events, which are made of the log.
    is_streamed: bool = False
    # What the log of changes, which history and sync read, calls it; None: it is not in there.
    logged_as: str | None = None
    # Whether what a token may do is read from it.
    authorizes: bool = False

    @property
    def is_owned(self) -> bool:
        """Whether it lies in the collection of an account."""
        return self.partition == _ACCOUNT

    @property
    def prefix(self) -> str:
        """Of the sort keys of items of which a partition has several."""
        return self.sort + _SEPARATOR

    def key(self, of: str, *ids: str) -> Key:
        """`of`: the id behind the partition's prefix; `ids`: those behind the sort key's."""
        return Key(
            f"{self.partition}{_SEPARATOR}{of}",
            _SEPARATOR.join((self.sort, *ids)),
        )

    def is_at(self, key: Key) -> bool:
        return (
            key.pk.startswith(self.partition + _SEPARATOR)
            and key.sk.partition(_SEPARATOR)[0] == self.sort
        )


ACCOUNT = Kind(
    name="account",
    table=Table.DATA,
    sort="ACCOUNT",
    gone=Gone.RELEASED,
    record="errand.identity.accounts.model.Account",
    section="account",
    is_streamed=True,
    logged_as="account",
    authorizes=True,
)
IDENTITY = Kind(
    name="claim on a name",
    table=Table.DATA,
    partition="IDENTITY",
    sort="IDENTITY",
    gone=Gone.RELEASED,
    record="errand.identity.accounts.model.Claim",
)
TASK = Kind(
    name="task",
    table=Table.DATA,
    sort="TASK",
    gone=Gone.PURGED,
    record="errand.tasks.model.Task",
    section="tasks",
    is_streamed=True,
    logged_as="task",
)
PROJECT = Kind(
    name="project",
    table=Table.DATA,
    sort="PROJECT",
    gone=Gone.PURGED,
    record="errand.projects.model.Project",
    section="projects",
    is_streamed=True,
    logged_as="project",
)
SECTION = Kind(
    name="section",
    table=Table.DATA,
    sort="SECTION",
    gone=Gone.PURGED,
    record="errand.sections.model.Section",
    section="sections",
    is_streamed=True,
    logged_as="section",
)
LABELS = Kind(
    name="labels",
    table=Table.DATA,
    sort="LABELS",
    gone=Gone.PURGED,
    record="errand.labels.model.LabelSet",
    section="labels",
    logged_as="labels",
)
TRASHED = Kind(
    name="task in the trash",
    table=Table.DATA,
    sort="TRASH",
    gone=Gone.PURGED,
    record="errand.tasks.model.Trashed",
    section="trash",
    logged_as="trash",
)
COMPLETION = Kind(
    name="completion of a task that comes again",
    table=Table.DATA,
    sort="DONE",
    gone=Gone.PURGED,
    record="errand.tasks.model.Completion",
    section="completions",
    is_streamed=True,
    logged_as="completion",
)
FILTER = Kind(
    name="saved filter",
    table=Table.DATA,
    sort="FILTER",
    gone=Gone.PURGED,
    record="errand.saved_filters.model.SavedFilter",
    section="filters",
    logged_as="filter",
)
COMMENT = Kind(
    name="comment",
    table=Table.DATA,
    sort="COMMENT",
    gone=Gone.PURGED,
    record="errand.comments.model.Comment",
    section="comments",
    is_streamed=True,
    logged_as="comment",
)
PERSONAL_TOKEN = Kind(
    name="personal access token",
    table=Table.DATA,
    sort="PAT",
    gone=Gone.PURGED,
    record="errand.identity.personal_tokens.model.PersonalToken",
    section="personal_access_tokens",
    authorizes=True,
)
CALENDAR_FEED = Kind(
    name="calendar feed",
    table=Table.DATA,
    sort="FEED",
    gone=Gone.PURGED,
    record="errand.calendar.model.Feed",
    section="calendar_feeds",
)
WEBHOOK = Kind(
    name="webhook",
    table=Table.DATA,
    sort="WEBHOOK",
    gone=Gone.PURGED,
    record="errand.webhooks.model.Webhook",
    section="webhooks",
)
DELIVERY = Kind(
    name="delivery to a webhook",
    table=Table.EPHEMERAL,
    sort="DELIVERY",
    gone=Gone.PURGED,
    record="errand.webhooks.delivery.Delivery",
    section="webhook_deliveries",
)
WEBHOOK_PLACE = Kind(
    name="place in the line of a webhook",
    table=Table.EPHEMERAL,
    partition="LINE",
    sort="PLACE",
    gone=Gone.EXPIRED,
    record="errand.webhooks.delivery.Place",
)
WEBHOOK_SENDS = Kind(
    name="what webhooks of an account were sent in a minute",
    table=Table.EPHEMERAL,
    partition="SENDS",
    sort="MINUTE",
    gone=Gone.EXPIRED,
    record="errand.webhooks.delivery.Sends",
)
SECOND_FACTOR = Kind(
    name="second factor",
    table=Table.DATA,
    sort="MFA",
    gone=Gone.PURGED,
    record="errand.identity.mfa.model.Factor",
    section="second_factor",
)
AUDIT = Kind(
    name="record of the security log",
    table=Table.DATA,
    sort="AUDIT",
    gone=Gone.PURGED,
    record="errand.identity.audit.model.AuditRecord",
    section="security_log",
)
CHANGE = Kind(
    name="change",
    table=Table.LOG,
    sort="CHANGE",
    gone=Gone.PURGED,
    record="errand.history.changes.Change",
    section="changes",
)
SESSION = Kind(
    name="session",
    table=Table.EPHEMERAL,
    sort="SESSION",
    gone=Gone.PURGED,
    record="errand.identity.sessions.model.Session",
    section="sessions",
    authorizes=True,
)
MAILED_TOKEN = Kind(
    name="mailed token",
    table=Table.EPHEMERAL,
    sort="MAILED",
    gone=Gone.PURGED,
    record="errand.identity.recovery.model.MailedToken",
    section="pending",
)
UNSUBSCRIBE_TOKEN = Kind(
    name="token to unsubscribe with",
    table=Table.EPHEMERAL,
    sort="UNSUBSCRIBE",
    gone=Gone.PURGED,
    record="errand.mails.model.UnsubscribeToken",
    section="pending",
)
SNOOZE_TOKEN = Kind(
    name="token to snooze a reminder with",
    table=Table.EPHEMERAL,
    sort="SNOOZE",
    gone=Gone.PURGED,
    record="errand.reminding.model.SnoozeToken",
    section="pending",
)
PENDING_FACTOR = Kind(
    name="unconfirmed second factor",
    table=Table.EPHEMERAL,
    sort="TOTP",
    gone=Gone.PURGED,
    record="errand.identity.mfa.model.Pending",
    section="pending",
)
RECEIPT = Kind(
    name="receipt",
    table=Table.EPHEMERAL,
    sort="IDEMPOTENCY",
    gone=Gone.PURGED,
    record="errand.storage.receipts.KeptAnswer",
    section="kept_answers",
)
SENT_MAIL = Kind(
    name="mail that was sent",
    table=Table.EPHEMERAL,
    partition="MAIL",
    sort="MAIL",
    gone=Gone.EXPIRED,
    record="errand.mails.sent.SentMail",
)
COUNTER = Kind(
    name="counter of attempts",
    table=Table.EPHEMERAL,
    partition="THROTTLE",
    sort="THROTTLE",
    gone=Gone.EXPIRED,
    record="errand.identity.throttling.model.Counter",
)
KNOWN_ADDRESS = Kind(
    name="known address",
    table=Table.EPHEMERAL,
    sort="ADDRESS",
    gone=Gone.PURGED,
    record="errand.identity.throttling.model.KnownAddress",
    section="known_addresses",
)
REMINDED = Kind(
    name="reminder that was sent",
    table=Table.EPHEMERAL,
    sort="REMINDED",
    gone=Gone.PURGED,
    record="errand.reminding.sent.Reminded",
    section="sent_reminders",
)
TICKET = Kind(
    name="ticket for a socket",
    table=Table.EPHEMERAL,
    sort="TICKET",
    gone=Gone.PURGED,
    record="errand.realtime.model.Ticket",
    section="pending",
)
SOCKET = Kind(
    name="open socket",
    table=Table.EPHEMERAL,
    sort="SOCKET",
    gone=Gone.PURGED,
    record="errand.realtime.model.Socket",
    section="sockets",
)
SOCKET_OWNER = Kind(
    name="owner of a socket",
    table=Table.EPHEMERAL,
    partition="SOCKET",
    sort="OWNER",
    gone=Gone.EXPIRED,
    record="errand.realtime.model.SocketOwner",
)
SUBSCRIPTION = Kind(
    name="browser that shows reminders",
    table=Table.EPHEMERAL,
    sort="PUSH",
    gone=Gone.PURGED,
    record="errand.push.model.Subscription",
    section="push_subscriptions",
)
BROWSER_OWNER = Kind(
    name="owner of a browser",
    table=Table.EPHEMERAL,
    partition="BROWSER",
    sort="OWNER",
    gone=Gone.EXPIRED,
    record="errand.push.model.BrowserOwner",
)
PUSH_KEY = Kind(
    name="public key of who sends to browsers",
    table=Table.EPHEMERAL,
    partition="PUSH",
    sort="KEY",
    gone=Gone.EXPIRED,
    record="errand.push.model.PublicKey",
)
PUSH_SENDS = Kind(
    name="what browsers of an account were sent in a minute",
    table=Table.EPHEMERAL,
    partition="PUSHES",
    sort="MINUTE",
    gone=Gone.EXPIRED,
    record="errand.webhooks.delivery.Sends",
)
# Behind all else of an account, so that its export need not read them: they are made of the rest.
SEARCH_INDEX = Kind(
    name="index of texts",
    table=Table.EPHEMERAL,
    sort="WORDINDEX",
    gone=Gone.PURGED,
    record="errand.search.head.Head",
)
SEARCH_PIECE = Kind(
    name="piece of the index of texts",
    table=Table.EPHEMERAL,
    sort="WORDPIECE",
    gone=Gone.PURGED,
    record="errand.search.head.Piece",
)
MIGRATION = Kind(
    name="how far a migration is",
    table=Table.EPHEMERAL,
    partition="MIGRATION",
    sort="PROGRESS",
    gone=Gone.EXPIRED,
    record="errand.storage.migrations.Progress",
)
PREVIEWS = Kind(
    name="previews of links",
    table=Table.EPHEMERAL,
    partition="LINKS",
    sort="PREVIEWS",
    gone=Gone.EXPIRED,
    record="errand.links.model.KeptPreviews",
)
IMPORT = Kind(
    name="import of an uploaded file",
    table=Table.EPHEMERAL,
    sort="IMPORT",
    gone=Gone.PURGED,
    record="errand.uploads.model.Upload",
    section="imports",
)
IMPORT_LINES = Kind(
    name="page of an import's report",
    table=Table.EPHEMERAL,
    sort="IMPORTLINES",
    gone=Gone.PURGED,
    record="errand.uploads.model.ReportPage",
    section="import_reports",
)
IMPORT_TURN = Kind(
    name="import whose turn it is",
    table=Table.EPHEMERAL,
    partition="IMPORTER",
    sort="TURN",
    gone=Gone.EXPIRED,
    record="errand.uploads.model.Turn",
)

KINDS = (
    ACCOUNT,
    IDENTITY,
    TASK,
    PROJECT,
    SECTION,
    LABELS,
    TRASHED,
    COMPLETION,
    COMMENT,
    FILTER,
    PERSONAL_TOKEN,
    CALENDAR_FEED,
    WEBHOOK,
    SECOND_FACTOR,
    AUDIT,
    CHANGE,
    SESSION,
    MAILED_TOKEN,
    UNSUBSCRIBE_TOKEN,
    SNOOZE_TOKEN,
    PENDING_FACTOR,
    RECEIPT,
    SENT_MAIL,
    COUNTER,
    KNOWN_ADDRESS,
    REMINDED,
    TICKET,
    SOCKET,
    SOCKET_OWNER,
    SUBSCRIPTION,
    BROWSER_OWNER,
    PUSH_KEY,
    PUSH_SENDS,
    SEARCH_INDEX,
    SEARCH_PIECE,
    MIGRATION,
    PREVIEWS,
    IMPORT,
    IMPORT_LINES,
    IMPORT_TURN,
    DELIVERY,
    WEBHOOK_PLACE,
    WEBHOOK_SENDS,
)


def collection(user_id: str) -> str:
    """The partition of everything that an account has."""
    return f"{_ACCOUNT}{_SEPARATOR}{user_id}"


def record_of(kind: Kind) -> type[Any]:
    """The class whose table of fields the items follow."""
    module, _, name = (kind.record or "").rpartition(".")
    record: type[Any] = getattr(import_module(module), name)
    return record


def shape_of(kind: Kind) -> int:
    """In which its items are written; those of older ones are read as well."""
    return table_of(record_of(kind)).shape


def logged() -> Iterator[Kind]:
    return (kind for kind in KINDS if kind.logged_as)


def owned() -> Iterator[Kind]:
    return (kind for kind in KINDS if kind.is_owned)


def kind_at(key: Key) -> Kind:
    """Raises LookupError for an item of no kind."""
    for kind in KINDS:
        if kind.is_at(key):
            return kind
    raise LookupError("An item of no known kind")
