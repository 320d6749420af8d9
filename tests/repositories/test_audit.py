"""The security log in DynamoDB: added to, read newest first, never changed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from errand.cursors import Position
from errand.identity.audit.model import Act, AuditRecord, record_of
from errand.identity.audit.repository import DynamoAuditLog
from errand.ids import new_id
from errand.pages import Slice
from errand_testkit.people import ADA, BOB, NOW, ORIGIN
from errand_testkit.stored import commit

pytestmark = pytest.mark.usefixtures("tables")

YEAR = 365 * 24 * 60 * 60
NOBODY = "nobody#0123456789abcdef0123456789abcdef"

log = DynamoAuditLog()


def _record(act: Act = Act.LOGGED_IN, user_id: str = ADA.id, **fields: Any) -> AuditRecord:
    record = record_of(act, user_id=user_id, actor=user_id, origin=ORIGIN, now=NOW)
    return replace(record, **fields)


def _append(record: AuditRecord) -> None:
    commit(lambda unit: log.append(unit, record))


def _slice(after: Position | None = None, limit: int = 100) -> Slice[AuditRecord]:
    return log.slice(user_id=ADA.id, after=after, limit=limit)


def _read() -> list[AuditRecord]:
    return list(_slice().items)


def test_record_is_stored_for_a_year(stored: Callable[[], dict[str, Any]]) -> None:
    record = _record(about="a session")
    _append(record)
    assert stored() == {
        f"USER#{ADA.id} AUDIT#{record.id}": {
            "a": {"S": "logged_in"},
            "by": {"S": ADA.id},
            "at": {"N": str(NOW)},
            "ip": {"S": "203.0.113.7"},
            "ag": {"S": "tests"},
            "rq": {"S": "request-1"},
            "ab": {"S": "a session"},
            "expires_at": {"N": str(NOW // 1000 + YEAR)},
        }
    }


def test_nobodys_record_is_stored_for_a_day(stored: Callable[[], dict[str, Any]]) -> None:
    _append(_record(Act.LOG_IN_FAILED, NOBODY, actor=None))
    (item,) = stored().values()
    assert item["expires_at"] == {"N": str(NOW // 1000 + 24 * 60 * 60)}


@pytest.mark.parametrize("act", Act)
def test_every_act_comes_back_as_it_was_stored(act: Act) -> None:
    record = _record(act, about=new_id())
    _append(record)
    assert _read() == [record]


@pytest.mark.parametrize(
    "fields",
    [
        {"actor": None},
        {"address": None, "agent": "", "request_id": "-"},
        {"agent": "x" * 200},
    ],
    ids=["no actor", "no address", "long agent"],
)
def test_what_is_not_known_comes_back_so(fields: dict[str, Any]) -> None:
    record = _record(**fields)
    _append(record)
    assert _read() == [record]


def test_records_are_ones_own_newest_first() -> None:
    mine = [_record() for _ in range(3)]
    for record in (*mine, _record(user_id=BOB.id), _record(user_id=NOBODY)):
        _append(record)
    assert _read() == mine[::-1]


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_page_goes_on_where_another_ended(limit: int) -> None:
    records = [_record() for _ in range(4)]
    for record in records:
        _append(record)
    read: list[AuditRecord] = []
    after: Position | None = None
    while after or not read:
        page = _slice(after, limit)
        assert len(page.items) <= limit
        read += page.items
        after = page.reached
    assert read == records[::-1]


def test_record_whose_answer_was_lost_is_there_once(lose_answer: Callable[[], None]) -> None:
    record = _record()
    lose_answer()
    _append(record)
    assert _read() == [record]


def test_record_is_never_changed() -> None:
    record = _record()
    _append(record)
    _append(replace(record, act=Act.LOG_IN_FAILED))
    assert _read() == [record]


def test_round_trips(sent: list[str]) -> None:
    _append(_record())
    _read()
    assert sent == ["PutItem", "Query"]
