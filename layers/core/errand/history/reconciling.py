"""What the log of changes has missed, found by comparing it with the table, and told by it then.

A change is lost to the log if its writer was away for a day, or if it was put aside: after that a
record is in another version than its last entry says, or the one is there without the other. What
lists have is counted anew with it, and told by the last entry.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from errand.clock import Clock
from errand.errors import Contended, Overtaken
from errand.fields import table_of
from errand.history.accounts import Accounts, Known
from errand.history.accounts import DynamoClient as ClientOfAccounts
from errand.history.changes import Action, Change, Last
from errand.history.comparing import Compared, Comparer, Missing
from errand.history.recording import ChangeLog, DynamoClient, besides
from errand.identity.accounts.model import LISTED_AS
from errand.records import flat
from errand.storage.kinds import Key, Table, collection, kind_at, record_of

# What is on its way through the stream arrives meanwhile.
PAUSE_SECONDS = 5.0
_ATTEMPTS = 5


class Client(DynamoClient, ClientOfAccounts, Protocol):
    """Of DynamoDB."""


class Reconciler:
    """`names` of the tables in this deployment."""

    def __init__(
        self,
        *,
        dynamodb: Client,
        names: Mapping[Table, str],
        clock: Clock,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._dynamodb = dynamodb
        self._names = names
        self._clock = clock
        self._pause = pause
        self._comparer = Comparer(dynamodb=dynamodb, names=names)
        self._log = ChangeLog(dynamodb=dynamodb, names=names)
        self._accounts = Accounts(dynamodb=dynamodb, table=names[Table.DATA])

    def accounts(self) -> Iterator[str]:
        """The ids of all."""
        for partition in LISTED_AS:
            yield from self._listed(partition)

    def _listed(self, partition: str) -> Iterator[str]:
        request: dict[str, Any] = {
            "TableName": self._names[Table.DATA],
            "IndexName": "accounts",
            "KeyConditionExpression": "ak = :partition",
            "ExpressionAttributeValues": {":partition": {"S": partition}},
        }
        while True:
            page = self._dynamodb.query(**request)
            for item in page["Items"]:
                yield item["pk"]["S"].partition("#")[2]
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def reconcile(self, user_id: str) -> int:
        """How many entries an account's log has been given.

        Raises Contended if something was always on its way.
        """
        given = 0
        before: frozenset[Missing] = frozenset()
        for _ in range(_ATTEMPTS):
            found = self._comparer.compare(user_id, now=self._clock())
            is_right = found.last.counts == found.counts or found.account is None
            if not found.missing and is_right:
                self._follow(user_id, found, found.last)
                return given
            # What was missing before the pause, too, nobody will bring any more.
            entries = self._entries(user_id, found, before)
            if entries:
                is_all = len(entries) >= len(found.missing)
                try:
                    last = self._log.extend(found.last, entries, found.counts if is_all else None)
                except Overtaken:
                    continue
                given += len(entries)
                if is_all:
                    self._follow(user_id, found, last)
                    return given
            before = found.missing
            self._pause(PAUSE_SECONDS)
        raise Contended

    def _follow(self, user_id: str, found: Compared, last: Last) -> None:
        if found.account:
            self._accounts.follow(Known.of(user_id, found.account.image), last)

    def _entries(
        self, user_id: str, found: Compared, before: frozenset[Missing]
    ) -> Sequence[Change]:
        """Without anything missing one that has the counts alone: of the account, as it is."""
        if not found.missing and found.account:
            return [self._entry(user_id, found.account)]
        lost = sorted(found.missing & before, key=lambda one: one.place)
        return [self._entry(user_id, one) for one in lost]

    def _entry(self, user_id: str, one: Missing) -> Change:
        """It says that something changed; what it was, nobody knows any more."""
        return Change(
            number=0,
            user_id=user_id,
            at=self._clock() // 1000 * 1000,
            action=Action.DELETED if one.is_gone else Action.UPDATED,
            place=one.place,
            version=one.version,
            before={},
            after=None if one.is_gone else {},
            besides=_besides(user_id, one),
            # It comes from none.
            stream="",
            sequence="0",
        )


def _besides(user_id: str, one: Missing) -> dict[str, Any] | None:
    kind = kind_at(Key(collection(user_id), one.place))
    table = table_of(record_of(kind))
    if not kind.is_streamed or not one.image:
        return {} if kind.is_streamed else None
    return besides(table, flat(one.image, table))
