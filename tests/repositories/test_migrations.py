"""Items of older shapes are rewritten while others write: nothing of theirs is lost."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from tools.deployment import Refused
from tools.migrate import find, listed, told_of

from errand.errors import NewerShape
from errand.fields import table_of
from errand.records import load
from errand.storage import migrations
from errand.storage.kinds import CHANGE, KINDS, Kind, Table, record_of, shape_of
from errand.storage.migrations import Migrator, Pace, Progress
from errand_testkit.fakes import ManualClock
from errand_testkit.older import OLDER, Older

NAMES = {Table.DATA: "DataTable", Table.LOG: "LogTable", Table.EPHEMERAL: "EphemeralTable"}
EVERY_OLDER = pytest.mark.parametrize(
    "older", OLDER, ids=lambda one: f"{one.kind.name} {one.shape}"
)
ENTRY = OLDER[0].item

pytestmark = pytest.mark.usefixtures("tables")


@pytest.fixture
def spent() -> list[float]:
    """The pauses that the pace has made."""
    return []


@pytest.fixture
def migrator(client: Any, clock: ManualClock, spent: list[float]) -> Migrator:
    pace = Pace(10, now=lambda: 0.0, pause=spent.append)
    return Migrator(**of(Client(client)), names=NAMES, clock=clock, pace=pace)


def of(client: "Client") -> dict[str, Any]:
    return {"dynamodb": client, "scan": client.scan}


class Client:
    """The models' client, as those of functions are called; `before`: each update, once."""

    def __init__(self, client: Any, before: list[Callable[[], object]] | None = None) -> None:
        self._client = client
        self._before = before or []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def update_item(self, **request: Any) -> Any:
        if self._before:
            self._before.pop(0)()
        return self._client.update_item(**request)


def _put(client: Any, item: dict[str, Any], kind: Kind = CHANGE) -> None:
    client.put_item(TableName=NAMES[kind.table], Item=item)


def _numbered(number: int) -> dict[str, Any]:
    return {**ENTRY, "sk": {"S": f"CHANGE#{number:015}"}}


def _all(client: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.scan(TableName="LogTable")["Items"]
    return sorted(items, key=lambda item: str(item["sk"]["S"]))


def _last(pages: Iterator[Progress]) -> Progress:
    *_, last = pages
    return last


@EVERY_OLDER
def test_every_older_shape_becomes_todays(client: Any, migrator: Migrator, older: Older) -> None:
    """What nobody here knows stays, such as who changed it last."""
    _put(client, {**older.item, "zz": {"S": "of somebody else"}}, older.kind)
    last = _last(migrator.run(older.kind))
    assert (last.looked_at, last.rewritten, last.is_done) == (1, 1, True)
    [item] = client.scan(TableName=NAMES[older.kind.table])["Items"]
    shape = {"sh": {"N": str(shape_of(older.kind))}}
    assert table_of(record_of(older.kind)).head is None
    assert item == {**older.item, **older.now, **shape, "zz": {"S": "of somebody else"}}


def test_dry_run_counts_and_writes_nothing(client: Any, migrator: Migrator) -> None:
    _put(client, ENTRY)
    last = _last(migrator.run(CHANGE, is_dry=True))
    assert (last.looked_at, last.rewritten) == (1, 1)
    assert _all(client) == [ENTRY]
    assert migrator.progress(CHANGE) is None


def test_second_run_rewrites_nothing(client: Any, migrator: Migrator) -> None:
    _put(client, ENTRY)
    _last(migrator.run(CHANGE))
    once = _all(client)
    assert _last(migrator.run(CHANGE)).rewritten == 0
    assert _all(client) == once


def test_killed_run_goes_on_where_it_was(
    client: Any, migrator: Migrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page that was not finished is looked at again, and what is done in it left alone."""
    monkeypatch.setattr(migrations, "PAGE", 2)
    for number in range(1, 6):
        _put(client, _numbered(number))
    run = migrator.run(CHANGE)
    assert next(run).rewritten == 2
    run.close()
    so_far = migrator.progress(CHANGE)
    assert so_far is not None
    assert (so_far.looked_at, so_far.is_done) == (2, False)
    last = _last(migrator.run(CHANGE))
    assert (last.looked_at, last.rewritten, last.is_done) == (5, 5, True)
    assert {item["sh"]["N"] for item in _all(client)} == {"2"}


def test_lost_race_is_tried_again_with_what_is_there(client: Any, clock: ManualClock) -> None:
    _put(client, ENTRY)
    theirs = {"S": f"s06h1pphv0hu0hal4i7qfs68u4o/{ENTRY['by']['S'].partition('/')[0]}"}

    def meanwhile() -> None:
        _put(client, {**ENTRY, "by": theirs, "v": {"N": "9"}})

    migrator = Migrator(**of(Client(client, [meanwhile])), names=NAMES, clock=clock, pace=Pace(1e9))
    assert _last(migrator.run(CHANGE)).rewritten == 1
    assert _all(client) == [{**ENTRY, "by": theirs, "v": {"N": "9"}, "sh": {"N": "2"}}]


def test_what_is_never_at_rest_is_told(client: Any, clock: ManualClock) -> None:
    _put(client, ENTRY)
    theirs = [{**ENTRY, "by": {"S": f"0{number}/s1"}} for number in range(9)]
    changes: list[Callable[[], object]] = [partial(_put, client, item) for item in theirs]
    migrator = Migrator(**of(Client(client, changes)), names=NAMES, clock=clock, pace=Pace(1e9))
    last = _last(migrator.run(CHANGE))
    assert (last.contended, last.rewritten) == (1, 0)
    assert "never at rest: run it AGAIN=1" in told_of(last)


def test_item_that_goes_meanwhile_does_not_come_back(client: Any, clock: ManualClock) -> None:
    _put(client, ENTRY)
    key = {"pk": ENTRY["pk"], "sk": ENTRY["sk"]}
    gone: list[Callable[[], object]] = [lambda: client.delete_item(TableName="LogTable", Key=key)]
    migrator = Migrator(**of(Client(client, gone)), names=NAMES, clock=clock, pace=Pace(1e9))
    assert _last(migrator.run(CHANGE)).rewritten == 0
    assert _all(client) == []


def test_what_cannot_be_read_is_told_and_left(client: Any, migrator: Migrator) -> None:
    malformed = {**_numbered(1), "at": {"S": "yesterday"}}
    newer = {**_numbered(2), "sh": {"N": "99"}}
    _put(client, malformed)
    _put(client, newer)
    last = _last(migrator.run(CHANGE))
    assert told_of(last) == ("2 looked at, 0 rewritten, 1 malformed, 1 of a newer shape, done")
    assert _all(client) == [malformed, newer]
    with pytest.raises(NewerShape):
        load(record_of(CHANGE), newer)


def test_no_more_is_spent_than_its_rate_allows(
    client: Any, migrator: Migrator, spent: list[float]
) -> None:
    """The clock stands: each pause ends all that was spent, at 10 units a second."""
    for number in range(1, 6):
        _put(client, _numbered(number))
    _last(migrator.run(CHANGE))
    # The page that was read, and five writes.
    assert len(spent) == 6
    assert spent == sorted({*spent})


def test_pace_does_not_save_up_what_was_not_spent() -> None:
    clock = iter([0.0, 0.0, 0.0, 100.0, 100.0])
    paused: list[float] = []
    pace = Pace(10, now=lambda: next(clock), pause=paused.append)
    pace.spend(5)
    pace.spend(20)
    assert paused == [0.5, 2.0]


def test_list_tells_every_kind_that_has_had_another_shape(migrator: Migrator) -> None:
    [told] = listed(migrator)
    assert told == "  change (change, to shape 2): not begun, or long ago"
    _last(migrator.run(CHANGE))
    [told] = listed(migrator)
    assert told.endswith("0 looked at, 0 rewritten, done")
    assert {kind for kind in KINDS if shape_of(kind) > 1} == {find("change")}


def test_unknown_migration_is_refused() -> None:
    with pytest.raises(Refused, match="no migration 'task', but change"):
        find("task")
