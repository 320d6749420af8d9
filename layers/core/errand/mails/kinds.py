"""What a message of the queue asks for: each kind of mail is one entry, made by its feature."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from errand.errors import MalformedRecord
from errand.identity.accounts.model import Account, MailTopic
from errand.mails.outbox import VERSION, MailRequest, encode
from errand.messages import parsed, text_in
from errand.records import load
from errand.storage.kinds import ACCOUNT
from errand.storage.plain import PlainTables


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """What is at hand while a mail is made.

    `app_url`: of the web client; empty: there is none. `public_url`: of the API; empty: nobody
    knows. `now`: epoch milliseconds.
    """

    tables: PlainTables
    now: int
    app_url: str
    public_url: str


def account_of(desk: Desk, user_id: str) -> Account | None:
    item = desk.tables.get(ACCOUNT, ACCOUNT.key(user_id))
    return load(Account, item) if item else None


def owner(desk: Desk, request: Any) -> Account | None:
    """Of a request that names its `user_id`."""
    return account_of(desk, request.user_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class MailKind[Request: MailRequest]:
    """`fields`: of the message, besides its `request_id`, with what reads each (errand.messages).

    `recipient`: whose mail it is. `data`: what the template is given; None if there is nothing to
    say any more. `template`: its path below the package errand.
    """

    request: type[Request]
    template: str
    data: Callable[[Desk, Request, Account], Mapping[str, Any] | None]
    fields: Mapping[str, Callable[[object, str], Any]]
    recipient: Callable[[Desk, Request], Account | None] = owner
    # Whether it proves an address. All others go to those that are proved, and take mail.
    is_proof: bool = False
    # What it is about, if one can do without: it then tells how to unsubscribe.
    topic: MailTopic | None = None
    # What it is known as once it is sent, of the request and the time in epoch milliseconds, if
    # not each message asks for a mail of its own.
    known_as: Callable[[Request, int], str] | None = None

    def may_go_to(self, account: Account) -> bool:
        if account.disabled or account.email is None:
            return False
        if self.is_proof:
            return True
        takes_mail = account.email_verified and account.undeliverable_since is None
        return takes_mail and (self.topic is None or getattr(account, self.topic))


def decode(kinds: Sequence[MailKind[Any]], body: str) -> tuple[MailKind[Any], Any]:
    """The kind and what is asked for; anything doubtful is refused. Raises MalformedRecord."""
    content = parsed(body)
    if content.get("version") != VERSION:
        raise MalformedRecord("version is not that of a mail request")
    for kind in kinds:
        if kind.request.kind == content.get("kind"):
            break
    else:
        raise MalformedRecord("kind is not that of a mail request")
    readers = {**kind.fields, "request_id": text_in}
    request = kind.request(**{name: read(content, name) for name, read in readers.items()})
    if parsed(encode(request)) != content:
        raise MalformedRecord("The message holds more than a mail request")
    return kind, request
