"""Looking at one's sessions and ending them, with a token of theirs (RFC 7009) or by their id."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from errand import opaque
from errand.errors import InvalidToken, NotFound, StorageUnavailable
from errand.identity.access_tokens import LIFETIME_SECONDS, TokenIssuer
from errand.identity.accounts.model import Account
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.audit.model import Act
from errand.identity.caller import Caller
from errand.identity.sessions.model import IDLE_SECONDS, Session
from errand.identity.sessions.schemas import session_view
from errand.identity.sessions.service import SHOWN_MAX, SessionService
from errand.ids import new_id
from errand.storage.unit import ATTEMPTS
from errand_testkit.contention import ContendedStore
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ORIGIN
from errand_testkit.stored import (
    acts,
    change_account,
    commit,
    new_session,
    present,
    records,
    sessions_of,
    store_session,
)

type Open = Callable[..., tuple[Session, str]]
type Text = Callable[[Session, str, TokenIssuer], str]


@pytest.fixture
def open_session(ada: Account, clock: ManualClock) -> Open:
    """A session of Ada's and its refresh token."""

    def open_now() -> tuple[Session, str]:
        session, token = new_session(ada, now=clock())
        return store_session(session), token.text

    return open_now


def _caller(session: Session) -> Caller:
    return Caller(user_id=session.user_id, scopes=session.scopes, session_id=session.id)


def _refresh_token(_session: Session, refresh_token: str, _tokens: TokenIssuer) -> str:
    return refresh_token


def _access_token(session: Session, _refresh_token: str, tokens: TokenIssuer) -> str:
    return tokens.issue(user_id=session.user_id, session_id=session.id, scopes=session.scopes)


ANY_TOKEN = pytest.mark.parametrize("text", [_refresh_token, _access_token])


@ANY_TOKEN
def test_whoever_has_a_token_can_end_its_session(
    open_session: Open,
    service: SessionService,
    ada: Account,
    tokens: TokenIssuer,
    text: Text,
) -> None:
    other, _ = open_session()
    session, refresh_token = open_session()
    service.revoke(token=text(session, refresh_token, tokens), origin=ORIGIN)
    assert sessions_of(ada) == [other]
    (record,) = records(ada.id)
    assert (record.act, record.about) == (Act.LOGGED_OUT, session.id)
    assert (record.actor, record.request_id) == (ada.id, ORIGIN.request_id)


def test_refresh_token_that_was_replaced_ends_its_session_too(
    open_session: Open, service: SessionService, ada: Account
) -> None:
    _, refresh_token = open_session()
    service.refresh(refresh_token=refresh_token, scope=None, origin=ORIGIN)
    service.revoke(token=refresh_token, origin=ORIGIN)
    assert not sessions_of(ada)


@ANY_TOKEN
def test_token_ends_its_session_once(
    open_session: Open,
    service: SessionService,
    ada: Account,
    tokens: TokenIssuer,
    text: Text,
) -> None:
    token = text(*open_session(), tokens)
    service.revoke(token=token, origin=ORIGIN)
    service.revoke(token=token, origin=ORIGIN)
    assert acts(ada.id) == [Act.LOGGED_OUT]


def test_unknown_tokens_end_nothing(
    open_session: Open,
    service: SessionService,
    ada: Account,
    tokens: TokenIssuer,
) -> None:
    session, refresh_token = open_session()
    made_up = opaque.make(session.user_id, session.id).text
    elsewhere = replace(session, id=new_id())
    strange = ["", "token", "a.b.c", "\ud800", made_up, refresh_token[:-1]]
    strange += [
        _access_token(elsewhere, "", tokens),
        tokens.issue_for_device(user_id=ada.id, generation=0),
    ]
    for token in strange:
        service.revoke(token=token, origin=ORIGIN)
    assert sessions_of(ada) == [session]
    assert not records(ada.id)


def test_expired_access_token_ends_nothing(
    open_session: Open,
    service: SessionService,
    ada: Account,
    tokens: TokenIssuer,
    clock: ManualClock,
) -> None:
    session, refresh_token = open_session()
    token = _access_token(session, refresh_token, tokens)
    clock.advance(seconds=LIFETIME_SECONDS + 10)
    service.revoke(token=token, origin=ORIGIN)
    assert sessions_of(ada)


@ANY_TOKEN
def test_nothing_is_put_on_record_of_a_deleted_account(
    open_session: Open,
    service: SessionService,
    ada: Account,
    tokens: TokenIssuer,
    text: Text,
) -> None:
    token = text(*open_session(), tokens)
    commit(lambda unit: DynamoAccounts().remove(unit, ada))
    service.revoke(token=token, origin=ORIGIN)
    assert not records(ada.id)


def test_list_has_the_sessions_that_go_on_newest_first(
    open_session: Open, service: SessionService, clock: ManualClock
) -> None:
    open_session()
    clock.advance(seconds=IDLE_SECONDS - 60)
    older, _ = open_session()
    clock.advance(seconds=60)
    newer, _ = open_session()
    assert service.list(caller=_caller(older)) == [newer, older]


def test_session_that_asks_is_told_apart(open_session: Open) -> None:
    session, _ = open_session()
    shown = [session_view(session, current=asks) for asks in (session.id, new_id(), None)]
    assert [view["current"] for view in shown] == [True, False, False]


def test_list_is_bounded(open_session: Open, service: SessionService) -> None:
    opened = [open_session()[0] for _ in range(SHOWN_MAX + 1)]
    listed = service.list(caller=_caller(opened[0]))
    assert [session.id for session in listed] == [session.id for session in opened[:0:-1]]


def test_one_session_is_ended_by_its_id(
    open_session: Open,
    service: SessionService,
    ada: Account,
) -> None:
    (mine, _), (lost, _) = open_session(), open_session()
    service.end(caller=_caller(mine), session_id=lost.id, origin=ORIGIN)
    assert sessions_of(ada) == [mine]
    (record,) = records(ada.id)
    assert (record.act, record.actor, record.about) == (Act.LOGGED_OUT, mine.user_id, lost.id)


@pytest.mark.parametrize(
    "session_id", ["", "x", "#", "x" * 2000, new_id(), new_id().upper()], ids=len
)
def test_only_sessions_that_are_there_can_be_ended(
    open_session: Open,
    service: SessionService,
    ada: Account,
    session_id: str,
) -> None:
    mine, _ = open_session()
    with pytest.raises(NotFound, match="Session not found"):
        service.end(caller=_caller(mine), session_id=session_id, origin=ORIGIN)
    assert not records(ada.id)


def test_session_of_somebody_else_cannot_be_ended(
    open_session: Open, service: SessionService, ada: Account
) -> None:
    session, _ = open_session()
    stranger = Caller(user_id=new_id(), scopes=session.scopes, session_id=new_id())
    with pytest.raises(NotFound):
        service.end(caller=stranger, session_id=session.id, origin=ORIGIN)
    assert sessions_of(ada)


def test_all_others_are_ended_at_once(
    open_session: Open,
    service: SessionService,
    ada: Account,
    fake: FakeDynamo,
    clock: ManualClock,
) -> None:
    (lost, lost_token), (mine, my_token), _ = open_session(), open_session(), open_session()
    fake.operations.clear()
    service.end_others(caller=_caller(mine), origin=ORIGIN)
    assert fake.operations == ["GetItem", "TransactWriteItems"]
    assert [session.id for session in service.list(caller=_caller(mine))] == [mine.id]
    (record,) = records(ada.id)
    assert (record.act, record.actor, record.about) == (Act.SESSIONS_ENDED, mine.user_id, None)
    service.revoke(token=lost_token, origin=ORIGIN)
    assert acts(ada.id) == [Act.SESSIONS_ENDED]
    with pytest.raises(NotFound):
        service.end(caller=_caller(mine), session_id=lost.id, origin=ORIGIN)
    assert service.refresh(refresh_token=my_token, scope=None, origin=ORIGIN)
    clock.advance(seconds=0.001)
    later, _ = open_session()
    assert [session.id for session in service.list(caller=_caller(mine))] == [later.id, mine.id]


def test_the_one_that_was_kept_can_be_ended_by_another(
    open_session: Open, service: SessionService, clock: ManualClock
) -> None:
    first, _ = open_session()
    service.end_others(caller=_caller(first), origin=ORIGIN)
    clock.advance(seconds=1)
    second, _ = open_session()
    service.end_others(caller=_caller(second), origin=ORIGIN)
    assert [session.id for session in service.list(caller=_caller(second))] == [second.id]


def test_a_personal_access_token_ends_them_all(open_session: Open, service: SessionService) -> None:
    session, _ = open_session()
    script = replace(_caller(session), session_id=None, token_id=new_id())
    service.end_others(caller=script, origin=ORIGIN)
    assert service.list(caller=script) == []


def test_account_that_keeps_changing_asks_to_come_back(
    open_session: Open, service: SessionService, store: ContendedStore, ada: Account
) -> None:
    session, _ = open_session()

    def change() -> None:
        change_account(present(ada), now=0, full_name="Somebody else")

    store.meanwhile = [change] * ATTEMPTS
    with pytest.raises(StorageUnavailable):
        service.end_others(caller=_caller(session), origin=ORIGIN)


def test_nobody_has_no_sessions(service: SessionService) -> None:
    nobody = Caller(user_id=new_id(), scopes=frozenset())
    for act in (
        lambda: service.list(caller=nobody),
        lambda: service.end_others(caller=nobody, origin=ORIGIN),
    ):
        with pytest.raises(InvalidToken):
            act()
