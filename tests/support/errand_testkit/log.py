"""The log of changes behind FakeDynamo, or behind any client: written as its function writes it."""

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

from errand.comments.model import commented
from errand.history.accounts import Accounts
from errand.history.changes import Change
from errand.history.counts import KEYS, NEARLY_MAX, Counted
from errand.history.recording import ChangeLog
from errand.records import load
from errand.storage.kinds import Table
from errand.storage.leftovers import Leftovers
from errand_testkit.dynamo import TABLES, FakeDynamo
from record_changes import Recorder

NAMES = {Table.DATA: TABLES[0], Table.LOG: TABLES[1]}


def unwatched(fake: FakeDynamo) -> FakeDynamo:
    """The same tables for another function, whose role is not that of the API."""
    other = copy(fake)
    other._watch = lambda *_: None
    other.operations = []
    return other


def change_log(client: Any) -> ChangeLog:
    return ChangeLog(dynamodb=client, names=NAMES)


def recorder(client: Any, *, bury: Callable[[str], None], nearly: int = NEARLY_MAX) -> Recorder:
    """`nearly`: so many open tasks are nearly too many."""
    return Recorder(
        log=change_log(client),
        accounts=Accounts(dynamodb=client, table=NAMES[Table.DATA], nearly=nearly),
        leftovers=Leftovers(dynamodb=client, table=NAMES[Table.DATA], commented=commented),
        bury=bury,
    )


class Follower:
    """What follows the stream of a fake, at most `size` records at once."""

    def __init__(self, fake: FakeDynamo, *, size: int = 100, nearly: int = NEARLY_MAX) -> None:
        self._fake = fake
        self._nearly = nearly
        self._size = size
        self.letters: list[str] = []
        self.reached = 0
        self.restart()

    def restart(self) -> None:
        """A new instance, which remembers nothing."""
        self._recorder = recorder(self._fake, bury=self.letters.append, nearly=self._nearly)

    def record(self, records: Sequence[object]) -> str | None:
        return self._recorder.record(records)

    def follow(self) -> None:
        """All that is in the stream by now."""
        while self.reached < len(self._fake.stream):
            batch = self._fake.stream[self.reached : self.reached + self._size]
            assert self.record(batch) is None
            self.reached += len(batch)


def entries(fake: FakeDynamo, user_id: str) -> list[Change]:
    """Of an account's log, the oldest first."""
    found = [load(Change, item) for item in fake.all(TABLES[1])]
    mine = [change for change in found if change.user_id == user_id]
    return sorted(mine, key=lambda change: change.number)


def recount(fake: FakeDynamo, user_id: str) -> dict[Counted, int]:
    """What the table has by now, range by range, by no rule of the log's."""
    found = {}
    for one, (name, prefix) in KEYS.items():
        mine = [item for item in fake.all() if item["pk"]["S"] == f"USER#{user_id}"]
        found[one] = sum(item.get(name, {"S": ""})["S"].startswith(prefix) for item in mine)
    return {one: number for one, number in found.items() if number}
