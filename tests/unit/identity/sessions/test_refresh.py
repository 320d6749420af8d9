"""Refresh tokens: each is good for one use, and a second use is somebody's theft (RFC 9700, 4.14).

What a client that lost an answer asks again within a minute is answered the same.
"""

from dataclasses import replace

import pytest

from errand import deadline, ids, opaque
from errand.errors import InvalidGrant, InvalidScope
from errand.identity.access_tokens import LIFETIME_SECONDS, TokenIssuer
from errand.identity.accounts.model import Account
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.audit.model import Act
from errand.identity.scopes import OF_EVERYBODY, Scope
from errand.identity.sessions import model
from errand.identity.sessions.repository import DynamoSessions
from errand.identity.sessions.schemas import Token
from errand.identity.sessions.service import SessionService
from errand.origin import Origin
from errand_testkit.contention import ContendedStore
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import BOB, ORIGIN
from errand_testkit.stored import (
    acts,
    change_account,
    commit,
    new_session,
    records,
    sessions_of,
    store_account,
    store_session,
)

DAY = 24 * 60 * 60
GRACE = model.GRACE_MS / 1000


class Client:
    """Somebody's device with a session, on a service whose answers may get lost."""

    def __init__(
        self,
        account: Account,
        service: SessionService,
        clock: ManualClock,
        scopes: frozenset[Scope] | None = None,
    ) -> None:
        session, token = new_session(account, now=clock(), scopes=scopes)
        self.id = store_session(session).id
        self.first = token.text
        self._service = service

    def refresh(
        self, token: str | None = None, scope: str | None = None, *, origin: Origin = ORIGIN
    ) -> Token:
        return self._service.refresh(refresh_token=token or self.first, scope=scope, origin=origin)

    def refreshed(self, times: int) -> str:
        """The token after so many uses."""
        token = self.first
        for _ in range(times):
            token = self.refresh(token).refresh_token
        return token


@pytest.fixture
def client(ada: Account, service: SessionService, clock: ManualClock) -> Client:
    return Client(ada, service, clock)


def test_refresh_gives_an_access_token_of_the_session(
    client: Client, tokens: TokenIssuer, ada: Account, clock: ManualClock
) -> None:
    clock.advance(seconds=DAY)
    token = client.refresh()
    access = tokens.verify(token.access_token)
    assert (access.user_id, access.session_id) == (ada.id, client.id)
    assert access.scopes == OF_EVERYBODY
    assert (token.token_type, token.expires_in) == ("bearer", LIFETIME_SECONDS)
    assert token.device_token is None


def test_every_refresh_gives_another_refresh_token(client: Client) -> None:
    second = client.refresh().refresh_token
    third = client.refresh(second).refresh_token
    assert len({client.first, second, third}) == 3


def test_token_is_kept_as_a_digest_only(client: Client, ada: Account) -> None:
    given = client.refresh().refresh_token
    (stored,) = sessions_of(ada)
    assert stored.digest == opaque.parse(given, ids=2).digest
    assert given not in repr(stored)


@pytest.mark.parametrize("pause", [0, 1, GRACE])
def test_client_that_lost_the_answer_gets_the_same_successor(
    client: Client, clock: ManualClock, pause: float
) -> None:
    lost = client.refresh()
    clock.advance(seconds=pause)
    again = client.refresh()
    assert again.refresh_token == lost.refresh_token
    assert client.refresh(again.refresh_token)


def test_two_refreshes_at_once_are_one_rotation(
    client: Client, ada: Account, store: ContendedStore
) -> None:
    answers: list[Token] = []
    store.meanwhile = [lambda: answers.append(client.refresh())]
    answers.append(client.refresh())
    first, second = (answer.refresh_token for answer in answers)
    assert first == second
    (stored,) = sessions_of(ada)
    assert stored.digest == opaque.parse(first, ids=2).digest
    assert acts(ada.id) == [Act.REFRESH_REPEATED]


def test_grace_is_longer_than_any_request_takes() -> None:
    gateway_waits = 30
    assert 2 * max(gateway_waits, deadline.SECONDS) <= GRACE


def test_use_of_the_grace_is_on_record_once_for_each_rotation(
    client: Client, ada: Account, clock: ManualClock
) -> None:
    for _ in range(4):
        second = client.refresh()
    (record,) = records(ada.id)
    assert (record.act, record.about, record.actor) == (Act.REFRESH_REPEATED, client.id, None)
    assert (record.at, record.address, record.agent) == (clock(), ORIGIN.address, ORIGIN.agent)
    for _ in range(3):
        client.refresh(second.refresh_token)
    assert acts(ada.id) == [Act.REFRESH_REPEATED] * 2


def test_uses_of_the_grace_at_once_leave_one_record(
    client: Client, ada: Account, store: ContendedStore
) -> None:
    lost = client.refresh()
    answers: list[Token] = []
    store.meanwhile = [lambda: answers.append(client.refresh())]
    answers.append(client.refresh())
    assert {answer.refresh_token for answer in answers} == {lost.refresh_token}
    assert acts(ada.id) == [Act.REFRESH_REPEATED]


@pytest.mark.parametrize(
    "other",
    [replace(ORIGIN, address="198.51.100.9"), replace(ORIGIN, agent="thief/1.0")],
    ids=["another address", "another agent"],
)
@pytest.mark.parametrize("is_used", [False, True], ids=["unused", "used by its owner"])
def test_grace_is_for_the_client_that_renewed(
    client: Client, ada: Account, other: Origin, *, is_used: bool
) -> None:
    lost = client.refresh()
    if is_used:
        client.refresh()
    with pytest.raises(InvalidGrant):
        client.refresh(origin=other)
    assert not sessions_of(ada)
    with pytest.raises(InvalidGrant):
        client.refresh(lost.refresh_token)
    record = records(ada.id)[-1]
    assert (record.act, record.agent) == (Act.REFRESH_TOKEN_REUSED, other.agent)


def test_client_that_moved_between_renewals_has_a_grace_of_its_own(client: Client) -> None:
    moved = replace(ORIGIN, address="198.51.100.9")
    second = client.refresh().refresh_token
    third = client.refresh(second, origin=moved)
    assert client.refresh(second, origin=moved).refresh_token == third.refresh_token


def test_session_of_before_there_were_clients_has_no_grace(client: Client, ada: Account) -> None:
    """Its tokens were renewed by nobody knows whom."""
    client.refresh()
    (session,) = sessions_of(ada)
    commit(lambda unit: DynamoSessions().end(unit, session))
    store_session(replace(session, renewed_by=None))
    with pytest.raises(InvalidGrant):
        client.refresh()


def test_repetition_does_not_prolong_the_grace(client: Client, clock: ManualClock) -> None:
    client.refresh()
    clock.advance(seconds=GRACE)
    client.refresh()
    clock.advance(seconds=0.001)
    with pytest.raises(InvalidGrant):
        client.refresh()


@pytest.mark.parametrize(
    ("uses", "pause"),
    [(1, GRACE + 0.001), (1, DAY), (2, 0), (2, DAY), (50, 0)],
    ids=["after the grace", "a day later", "older", "older and later", "much older"],
)
def test_reuse_ends_the_session_and_is_put_on_record(
    client: Client, ada: Account, clock: ManualClock, uses: int, pause: float
) -> None:
    present = client.refreshed(uses)
    clock.advance(seconds=pause)
    with pytest.raises(InvalidGrant):
        client.refresh(client.first)
    assert not sessions_of(ada)
    with pytest.raises(InvalidGrant):
        client.refresh(present)
    (record,) = records(ada.id)
    assert (record.act, record.about) == (Act.REFRESH_TOKEN_REUSED, client.id)
    assert (record.actor, record.at) == (None, clock())
    assert (record.address, record.request_id) == (ORIGIN.address, ORIGIN.request_id)


def test_reuse_ends_no_other_session(
    ada: Account, client: Client, service: SessionService, clock: ManualClock
) -> None:
    other = Client(ada, service, clock)
    client.refreshed(2)
    with pytest.raises(InvalidGrant):
        client.refresh(client.first)
    assert other.refresh()


@pytest.mark.parametrize("scope", [None, "tasks:read", "nonsense"])
def test_token_that_never_was_changes_nothing(
    client: Client, ada: Account, scope: str | None
) -> None:
    before = sessions_of(ada)
    made_up = opaque.make(*opaque.parse(client.first, ids=2).ids).text
    with pytest.raises(InvalidGrant):
        client.refresh(made_up, scope)
    assert sessions_of(ada) == before
    assert acts(ada.id) == []
    assert client.refresh()


@pytest.mark.parametrize(
    "token",
    [
        "token",
        opaque.make(ids.new_id(), ids.new_id()).text,
        opaque.make(ids.new_id()).text,
    ],
    ids=["no token", "no session", "another kind"],
)
def test_token_of_no_session_is_refused(client: Client, token: str) -> None:
    with pytest.raises(InvalidGrant):
        client.refresh(token)


def test_session_goes_on_while_it_is_used_for_a_year_at_most(
    client: Client, clock: ManualClock
) -> None:
    token = client.first
    for _ in range(13):
        clock.advance(seconds=28 * DAY)
        token = client.refresh(token).refresh_token
    clock.advance(seconds=DAY)
    with pytest.raises(InvalidGrant):
        client.refresh(token)


def test_idle_session_ends_after_30_days(client: Client, clock: ManualClock) -> None:
    clock.advance(seconds=30 * DAY)
    with pytest.raises(InvalidGrant):
        client.refresh()


@pytest.mark.parametrize(
    "changes", [{"disabled": True}, {"sessions_from": ManualClock().now + DAY * 1000}], ids=str
)
def test_session_of_a_disabled_user_or_one_ended_cannot_be_renewed(
    client: Client, ada: Account, changes: dict[str, object]
) -> None:
    change_account(ada, now=0, **changes)
    with pytest.raises(InvalidGrant):
        client.refresh()


def test_session_of_a_deleted_account_cannot_be_renewed(client: Client, ada: Account) -> None:
    commit(lambda unit: DynamoAccounts().remove(unit, ada))
    with pytest.raises(InvalidGrant):
        client.refresh()


def test_session_that_ends_meanwhile_is_not_brought_back(
    client: Client, service: SessionService, ada: Account, store: ContendedStore
) -> None:
    store.meanwhile = [lambda: service.revoke(token=client.first, origin=ORIGIN)]
    with pytest.raises(InvalidGrant):
        client.refresh()
    assert not sessions_of(ada)


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        (None, "account:read tasks:read"),
        ("", "account:read tasks:read"),
        (" ", "account:read tasks:read"),
        ("tasks:read", "tasks:read"),
        ("tasks:read account:read", "account:read tasks:read"),
    ],
)
def test_scopes_may_be_narrowed_for_one_access_token(
    ada: Account,
    service: SessionService,
    clock: ManualClock,
    asked: str | None,
    given: str,
) -> None:
    scopes = frozenset({Scope.TASKS_READ, Scope.ACCOUNT_READ})
    client = Client(ada, service, clock, scopes)
    narrowed = client.refresh(scope=asked)
    assert narrowed.scope == given
    assert client.refresh(narrowed.refresh_token).scope == "account:read tasks:read"


@pytest.mark.parametrize("asked", ["tasks:write", "tasks:read tasks:write", "admin", "nonsense"])
def test_refusing_a_scope_uses_no_token_up(
    ada: Account,
    service: SessionService,
    clock: ManualClock,
    asked: str,
) -> None:
    client = Client(ada, service, clock, frozenset({Scope.TASKS_READ}))
    with pytest.raises(InvalidScope):
        client.refresh(scope=asked)
    (session,) = sessions_of(ada)
    assert session.last_used_at == session.created_at
    assert client.refresh()


@pytest.mark.usefixtures("fake")
def test_admin_scope_goes_with_the_role(service: SessionService, clock: ManualClock) -> None:
    admin = change_account(store_account(BOB), now=0, admin=True)
    client = Client(admin, service, clock)
    first = client.refresh()
    assert "admin" in first.scope
    change_account(admin, now=0, admin=False)
    assert client.refresh(first.refresh_token).scope.split() == sorted(OF_EVERYBODY)


def test_refresh_takes_one_read_and_one_write(client: Client, fake: FakeDynamo) -> None:
    fake.operations.clear()
    client.refresh()
    assert fake.operations == ["BatchGetItem", "UpdateItem"]
