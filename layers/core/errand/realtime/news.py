"""What a record of a table's stream means for whoever waits: something has changed, or has ended.

LogTable's stream tells of changes. DataTable's tells of ends, each of which commits with something
there: a change or the deletion of the account, an act on record in the security log, a token that
is deleted. Which sockets that ends, whoever has them looks up.
"""

from dataclasses import dataclass

from errand.errors import MalformedRecord
from errand.identity.audit.model import Act
from errand.messages import member
from errand.storage.kinds import ACCOUNT, AUDIT, CHANGE, PERSONAL_TOKEN, Key, Kind, kind_at
from errand.streams import key_of

# Acts that end a session without a change of the account.
ENDS = frozenset({Act.LOGGED_OUT, Act.REFRESH_TOKEN_REUSED})


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """`number`: of the log's entry; None: something may have ended."""

    user_id: str
    number: int | None = None


def news_of(record: object) -> News | None:
    """None if it means nothing to sockets. Raises MalformedRecord."""
    key = key_of(record)
    kind = _kind(key)
    event = member(record, "eventName", str)
    user_id = key.pk.partition("#")[2]
    if kind is CHANGE:
        # An entry that expires is no news.
        return News(user_id=user_id, number=_number(key)) if event == "INSERT" else None
    if kind is ACCOUNT:
        is_end = event != "INSERT"
    elif kind is PERSONAL_TOKEN:
        is_end = event == "REMOVE"
    else:
        is_end = kind is AUDIT and event == "INSERT" and _act(record) in ENDS
    return News(user_id=user_id) if is_end else None


def _kind(key: Key) -> Kind | None:
    try:
        return kind_at(key)
    except LookupError:
        return None


def _number(key: Key) -> int:
    digits = key.sk.partition("#")[2]
    if not digits.isdecimal():
        raise MalformedRecord("The key of a change has no number")
    return int(digits)


def _act(record: object) -> str:
    image = member(member(record, "dynamodb", dict), "NewImage", dict)
    return member(member(image, "a", dict), "S", str)
