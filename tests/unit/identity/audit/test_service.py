"""Reading one's own security log, page by page."""

import json
from dataclasses import replace

import pytest

from errand import cursors
from errand.errors import InvalidCursor
from errand.identity.audit.model import Act, AuditRecord, record_of
from errand.identity.audit.repository import DynamoAuditLog
from errand.identity.audit.schemas import SECURITY_EVENTS_JSON
from errand.identity.audit.service import AuditService
from errand.identity.caller import Caller
from errand.ids import new_id
from errand.keys import KeyRing
from errand.pages import Page, Pager
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.people import NOW, ORIGIN
from errand_testkit.stored import commit

ADA, BOB, SESSION = new_id(), new_id(), new_id()


@pytest.fixture
def log(fake: FakeDynamo) -> list[AuditRecord]:
    """Five records of Ada's, one of Bob's between them."""
    records = [
        _added(user_id, NOW + number * 1000)
        for number, user_id in enumerate([ADA, ADA, BOB, ADA, ADA, ADA])
    ]
    fake.operations.clear()
    return records


@pytest.fixture
def service(pager: Pager, log: list[AuditRecord]) -> AuditService:
    assert log
    return AuditService(audit=DynamoAuditLog(), pager=pager)


def _added(user_id: str, now: int, **changes: object) -> AuditRecord:
    record = record_of(
        Act.LOGGED_IN, user_id=user_id, actor=user_id, origin=ORIGIN, now=now, about=SESSION
    )
    record = replace(record, **changes)  # type: ignore[arg-type] # whatever a test is about
    commit(lambda unit: DynamoAuditLog().append(unit, record))
    return record


def _page(
    service: AuditService, user_id: str = ADA, *, limit: int = 10, cursor: str | None = None
) -> Page[AuditRecord]:
    caller = Caller(user_id=user_id, scopes=frozenset())
    return service.list(caller=caller, limit=limit, cursor=cursor)


def test_log_tells_who_did_what_from_where(service: AuditService) -> None:
    page = _page(service, BOB)
    (event,) = json.loads(SECURITY_EVENTS_JSON.many(page.items))
    assert event == {
        "id": page.items[0].id,
        "at": "2026-11-22T08:30:02.000Z",
        "act": "logged_in",
        "actor": BOB,
        "address": "203.0.113.7",
        "agent": "tests",
        "request_id": "request-1",
        "about": SESSION,
    }
    assert page.cursor is None


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 10])
def test_pages_are_all_of_ones_own_newest_first(
    service: AuditService, log: list[AuditRecord], limit: int
) -> None:
    read: list[AuditRecord] = []
    cursor = None
    while True:
        page = _page(service, limit=limit, cursor=cursor)
        assert len(page.items) <= limit
        read += page.items
        cursor = page.cursor
        if cursor is None:
            break
    assert read == [record for record in reversed(log) if record.user_id == ADA]


def test_page_is_one_read(service: AuditService, fake: FakeDynamo) -> None:
    _page(service, limit=2)
    assert fake.operations == ["Query"]


def test_what_is_added_meanwhile_moves_no_page(
    service: AuditService, log: list[AuditRecord]
) -> None:
    first = _page(service, limit=2)
    _added(ADA, NOW)
    second = _page(service, cursor=first.cursor)
    assert second.items == [log[number] for number in (3, 1, 0)]


def test_cursor_is_of_use_to_nobody_else(service: AuditService, ring: KeyRing) -> None:
    cursor = _page(service, limit=2).cursor
    assert cursor
    position = cursors.unseal(ring, cursor=cursor, context=f"security-log|{ADA}")
    for_tasks = cursors.seal(ring, position=position, context=f"tasks|{ADA}")
    for user_id, text in ((BOB, cursor), (ADA, cursor[:-2]), (ADA, "cursor"), (ADA, for_tasks)):
        with pytest.raises(InvalidCursor):
            _page(service, user_id, limit=2, cursor=text)


def test_nobody_logged_in_is_no_actor(service: AuditService) -> None:
    _added(ADA, NOW, act=Act.REFRESH_TOKEN_REUSED, actor=None, about=None)
    (event,) = _page(service, limit=1).items
    assert (event.act, event.actor, event.about) == ("refresh_token_reused", None, None)
