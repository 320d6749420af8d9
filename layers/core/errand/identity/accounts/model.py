"""An account and the names that lead to it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, Self

from errand import zones
from errand.codecs import ID, Codec, Instant
from errand.fields import NOWHERE, TO_OWNER, By, Derived, Shown, kept

# Field of Account to new value, for those that change.
type AccountChanges = Mapping[str, Any]

# DynamoDB writes 1,000 units a second to each.
_PARTITIONS = 16
_LISTED = "ACCOUNT"
# Of the index of all accounts; in the last one are those of before there were several.
LISTED_AS = (*(f"{_LISTED}#{number:x}" for number in range(_PARTITIONS)), _LISTED)


class Undeliverable(StrEnum):
    """Why no mail goes to an address."""

    BOUNCE = "bounce"  # it was sent back, for good
    COMPLAINT = "complaint"  # whoever got it called it unwanted


class MailTopic(StrEnum):
    """What mails are about that one can do without: the field of an account that asks for them."""

    REMINDERS = "reminder_mails"
    DIGESTS = "digest_time"


_UNDELIVERABLE = Codec(tag="S", shape=Undeliverable, keep=str, take=Undeliverable, show=str)


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """The table of an account's fields. `version` counts changes from 1.

    Subscribers of events learn nothing that names a person: they ask the API for it.
    """

    id: str = kept(
        "pk", codec=ID, shown=TO_OWNER | Shown.EVENTS, meaning="Stays the same when names change"
    )
    username: str = kept(
        "un",
        by=By.CLIENT,
        shown=TO_OWNER,
        meaning="What to log in with; upper and lower case are the same",
    )
    email: str | None = kept(
        "em",
        by=By.CLIENT,
        default=None,
        shown=TO_OWNER,
        meaning="Where mail goes, such as that which recovers a forgotten password",
    )
    full_name: str | None = kept(
        "fn", by=By.CLIENT, default=None, shown=TO_OWNER, meaning="What to call the owner"
    )
    timezone: str = kept(
        "tz",
        by=By.CLIENT,
        default=zones.DEFAULT,
        shown=TO_OWNER | Shown.EVENTS | Shown.HISTORY,
        meaning="IANA name of the time zone that decides what is due today and what is overdue",
    )
    reminder_mails: bool = kept(
        "rm",
        by=By.CLIENT,
        default=True,
        shown=TO_OWNER,
        meaning="Whether reminders of tasks are mailed, too, once `email` is verified",
    )
    digest_time: str | None = kept(
        "da",
        by=By.CLIENT,
        default=None,
        shown=TO_OWNER | Shown.EVENTS | Shown.HISTORY,
        meaning="When a mail tells of the day's tasks, as HH:MM on the clock of `timezone`, once "
        "`email` is verified; null: none does",
    )
    digest_paused_until: date | None = kept(
        "dp",
        by=By.CLIENT,
        default=None,
        shown=TO_OWNER,
        meaning="The first day with such a mail again, if there is to be none before",
    )
    reminder_push: bool = kept(
        "rp",
        by=By.CLIENT,
        default=True,
        shown=TO_OWNER,
        meaning="Whether reminders of tasks are shown in the browsers that are registered for it",
    )
    email_verified: bool = kept(
        "ev",
        default=False,
        shown=TO_OWNER,
        meaning="Whether the owner has proved that mail to `email` arrives",
    )
    undeliverable_since: Instant | None = kept(
        "ns",
        default=None,
        shown=TO_OWNER,
        meaning="When mail to `email` came back, or was complained of: none goes there any more "
        "but what recovers a password or proves the address; null where mail arrives",
    )
    undeliverable_reason: Undeliverable | None = kept(
        "nr",
        default=None,
        codec=_UNDELIVERABLE,
        shown=TO_OWNER,
        meaning="Why: it bounced for good, or somebody complained",
    )
    mfa_enabled: bool = kept(
        "mf",
        default=False,
        shown=TO_OWNER,
        meaning="Whether a log-in takes a one-time password, too",
    )
    disabled: bool = kept(
        "ds", default=False, shown=TO_OWNER, meaning="Whether an administrator has locked it"
    )
    admin: bool = kept(
        "ad", default=False, shown=TO_OWNER, meaning="Whether it is an administrator's"
    )
    created_at: Instant = kept(
        "ca", shown=TO_OWNER | Shown.EVENTS, meaning="When it was registered"
    )
    updated_at: Instant = kept("ua", shown=TO_OWNER, meaning="When it last changed")
    version: int = kept(
        "v", shown=TO_OWNER, meaning="How often it was written; its ETag is the same in quotes"
    )
    password_hash: str = kept("ph", secret=True)
    # Sessions opened before it have ended, all but one.
    sessions_from: Instant | None = kept("sf", default=None, shown=NOWHERE)
    kept_session: str | None = kept("ks", default=None, shown=NOWHERE)
    # Personal access tokens made before it have ended.
    tokens_from: Instant | None = kept("tf", default=None, shown=NOWHERE)
    # Tokens mailed before it are void.
    mails_from: Instant | None = kept("mt", default=None, shown=NOWHERE)

    # Open tasks are nearly as many as there may be, since the change of this number in the log.
    nearly_full: int | None = kept("nf", default=None, shown=NOWHERE)

    # Of its password and second step: what was known of devices and addresses ends with each.
    generation: int = kept("g", default=0, shown=NOWHERE)

    DERIVED: ClassVar = (
        Derived(name="listed_as", type=str, stored="ak", shown=NOWHERE),
        Derived(name="mark", type=str, stored="m", shown=NOWHERE, default=""),
    )

    @property
    def listed_as(self) -> str:
        """The partition of the index of all accounts: by chance, as its id ends."""
        return f"{_LISTED}#{int(self.id[-2], 32) % _PARTITIONS:x}"

    @property
    def mark(self) -> str:
        """None yet: each change leaves one (storage.marks), and nothing here reads it."""
        return ""

    @property
    def names(self) -> dict[str, str]:
        """Kind to the name that must be unique among all accounts."""
        names = {"username": self.username, "email": self.email}
        return {kind: name for kind, name in names.items() if name}

    def changed(self, changes: AccountChanges, *, now: Instant) -> Self:
        """The next version."""
        later = max(now, self.updated_at)
        return replace(self, **changes, updated_at=later, version=self.version + 1)


def next_generation(account: Account) -> AccountChanges:
    """Of an account whose password or second step is another from now on."""
    return {"generation": account.generation + 1}


def deliverable_again() -> AccountChanges:
    """Of an account whose address is another, or was proved anew."""
    return {"undeliverable_since": None, "undeliverable_reason": None}


def without(topic: MailTopic) -> AccountChanges:
    """Of an account that is not to be mailed about that any more."""
    return {topic.value: None if topic is MailTopic.DIGESTS else False}


def all_ended(now: Instant) -> AccountChanges:
    """Of an account of which nothing is to be good any more that was issued until now."""
    return {"sessions_from": now, "kept_session": None, "tokens_from": now, "mails_from": now}


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """That a name is an account's."""

    user_id: str = kept("uid", shown=NOWHERE)
