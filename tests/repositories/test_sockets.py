"""Tickets and sockets in a table: taken once, listed by account, found by connection."""

from typing import Any

import pytest

from errand import opaque
from errand.errors import InvalidGrant
from errand.history.changes import numbered
from errand.history.repository import DynamoLog
from errand.realtime.model import (
    SOCKET_SECONDS,
    SOCKETS_MAX,
    TICKET_SECONDS,
    Holder,
    Socket,
)
from errand.realtime.sockets import Sockets
from errand_testkit.fakes import ManualClock
from errand_testkit.people import new_account
from errand_testkit.sockets import ids, sockets, store_ticket
from errand_testkit.storage import ADA, BOB
from errand_testkit.stored import new_session, store_account, store_personal_token, store_session

pytestmark = pytest.mark.usefixtures("tables")


@pytest.fixture
def kept(client: Any, clock: ManualClock) -> Sockets:
    return sockets(client, clock=clock)


def socket(name: str, clock: ManualClock, *, of: str = ADA, **holder: str) -> Socket:
    return Socket(
        id=name,
        user_id=of,
        opened_at=clock(),
        expires_at=clock() // 1000 + SOCKET_SECONDS,
        **holder,
    )


def test_a_ticket_is_taken_once(kept: Sockets, clock: ManualClock) -> None:
    account, holder = new_account("ada"), Holder(session_id="s")
    text = store_ticket(account, holder, now=clock())
    ticket = kept.take(text)
    assert (ticket.user_id, ticket.holder) == (account.id, holder)
    with pytest.raises(InvalidGrant):
        kept.take(text)


def test_a_ticket_that_has_expired_or_was_made_up_is_none(
    kept: Sockets, clock: ManualClock
) -> None:
    account = new_account("ada")
    text = store_ticket(account, Holder(session_id="s"), now=clock())
    with pytest.raises(InvalidGrant):
        kept.take(opaque.make(account.id).text)
    clock.advance(TICKET_SECONDS)
    with pytest.raises(InvalidGrant):
        kept.take(text)


def test_sockets_are_listed_by_account_and_found_by_connection(
    kept: Sockets, clock: ManualClock
) -> None:
    first = socket("zzz=", clock, session_id="s")
    clock.advance(1)
    second, other = socket("aaa=", clock, token_id="t"), socket("bbb=", clock, of=BOB)
    for one in (second, first, other):
        kept.add(one)
    assert kept.of(ADA) == [first, second]
    assert ids(kept.of(BOB)) == ["bbb="]
    assert kept.find("aaa=") == second
    assert kept.find("nothing") is None
    for _ in range(2):
        kept.forget(first)
    assert kept.of(ADA) == [second]
    assert kept.find("zzz=") is None


def test_who_may_listen_is_read_together(
    kept: Sockets, clock: ManualClock, sent: list[str]
) -> None:
    ada = store_account(new_account("ada", now=clock()))
    session = store_session(new_session(ada, now=clock())[0])
    token = store_personal_token(ada, now=clock())[0]
    clock.advance(1)
    good = [
        socket("1", clock, of=ada.id, session_id=session.id),
        socket("2", clock, of=ada.id, token_id=token.id),
        socket("3", clock, of=ada.id, session_id=session.id),
    ]
    ended = socket("4", clock, of=ada.id, session_id="ended")
    sent.clear()
    assert kept.over(ada.id, [*good, ended]) == [ended]
    assert sent == ["BatchGetItem"]
    assert kept.let_in(ada.id, good[0].holder) == clock() // 1000 + SOCKET_SECONDS
    assert kept.let_in(BOB, good[0].holder) is None


@pytest.mark.deep
def test_however_many_there_are_can_be_looked_at_together(
    kept: Sockets, clock: ManualClock
) -> None:
    """More than may be open at once: several were opened in the same instant."""
    for number in range(3 * SOCKETS_MAX):
        kept.add(socket(f"{number:03}", clock, session_id=f"{number}"))
    found = kept.of(ADA)
    assert len(found) > SOCKETS_MAX
    assert kept.over(ADA, found) == found


def test_head_of_a_log_is_what_is_behind_a_number(client: Any) -> None:
    log = DynamoLog()
    assert log.head(user_id=ADA, behind=0) is None
    for number in (1, 2, 10):
        for user_id in (ADA, BOB):
            key = {"pk": {"S": f"USER#{user_id}"}, "sk": {"S": f"CHANGE#{numbered(number)}"}}
            client.put_item(TableName="LogTable", Item=key)
    assert log.head(user_id=ADA, behind=0) == 10
    assert log.head(user_id=ADA, behind=9) == 10
    assert log.head(user_id=ADA, behind=10) is None
