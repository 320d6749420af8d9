"""Reading one's own security log, page by page."""

from dataclasses import replace

import pytest

from errand import cursors
from errand.audit.model import Act, AuditRecord, record_of
from errand.audit.service import AuditService
from errand.errors import InvalidCursor
from errand.ids import new_id
from errand.keys import KeyRing
from errand_testkit.audit import InMemoryAuditLog
from errand_testkit.people import NOW
from errand_testkit.sessions import ORIGIN

ADA, BOB, SESSION = new_id(), new_id(), new_id()


@pytest.fixture
def log() -> InMemoryAuditLog:
    """Five records of Ada's, one of Bob's between them."""
    log = InMemoryAuditLog()
    for number, user_id in enumerate([ADA, ADA, BOB, ADA, ADA, ADA]):
        log.append(_record(user_id, NOW + number * 1000))
    return log


@pytest.fixture
def service(log: InMemoryAuditLog, ring: KeyRing) -> AuditService:
    return AuditService(audit=log, ring=ring)


def _record(user_id: str, now: int) -> AuditRecord:
    return record_of(
        Act.LOGGED_IN, user_id=user_id, actor=user_id, origin=ORIGIN, now=now, about=SESSION
    )


def test_log_tells_who_did_what_from_where(service: AuditService) -> None:
    page = service.page(user_id=BOB, limit=10, cursor=None)
    (event,) = page.events
    assert event.model_dump(mode="json", exclude={"id"}) == {
        "at": "2026-11-22T08:30:02Z",
        "act": "logged_in",
        "actor": BOB,
        "address": "203.0.113.7",
        "agent": "tests",
        "request_id": "request-1",
        "about": SESSION,
    }
    assert page.next_cursor is None


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 10])
def test_pages_are_all_of_ones_own_newest_first(
    service: AuditService, log: InMemoryAuditLog, limit: int
) -> None:
    read: list[str] = []
    cursor = None
    while True:
        page = service.page(user_id=ADA, limit=limit, cursor=cursor)
        assert len(page.events) <= limit
        read += [event.id for event in page.events]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert read == [record.id for record in reversed(log.records) if record.user_id == ADA]


def test_page_is_one_read(service: AuditService, log: InMemoryAuditLog) -> None:
    before = log.calls
    service.page(user_id=ADA, limit=2, cursor=None)
    assert log.calls == before + 1


def test_what_is_added_meanwhile_moves_no_page(
    service: AuditService, log: InMemoryAuditLog
) -> None:
    first = service.page(user_id=ADA, limit=2, cursor=None)
    log.append(_record(ADA, NOW))
    second = service.page(user_id=ADA, limit=10, cursor=first.next_cursor)
    assert [event.id for event in second.events] == [log.records[number].id for number in (3, 1, 0)]


def test_cursor_is_of_use_to_nobody_else(service: AuditService, ring: KeyRing) -> None:
    cursor = service.page(user_id=ADA, limit=2, cursor=None).next_cursor
    assert cursor
    for_tasks = cursors.seal(ring, last_id=new_id(), context=f"tasks|{ADA}")
    for user_id, text in ((BOB, cursor), (ADA, cursor[:-2]), (ADA, "cursor"), (ADA, for_tasks)):
        with pytest.raises(InvalidCursor):
            service.page(user_id=user_id, limit=2, cursor=text)


def test_nobody_logged_in_is_no_actor(service: AuditService, log: InMemoryAuditLog) -> None:
    log.append(replace(_record(ADA, NOW), act=Act.REFRESH_TOKEN_REUSED, actor=None, about=None))
    event = service.page(user_id=ADA, limit=1, cursor=None).events[0]
    assert (event.act, event.actor, event.about) == ("refresh_token_reused", None, None)
