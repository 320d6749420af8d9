"""Hints of changes reach every socket of their account, and none whose holder has ended."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from errand.identity.accounts.model import Account, all_ended
from errand.identity.audit.model import Act
from errand.identity.personal_tokens.repository import DynamoTokens
from errand.identity.sessions.repository import DynamoSessions
from errand.realtime.model import SOCKET_SECONDS, Holder, Socket
from errand_testkit.dynamo import FakeDynamo, stream_record
from errand_testkit.fakes import ManualClock
from errand_testkit.people import new_account
from errand_testkit.sockets import (
    ADA,
    BOB,
    LOST,
    FakeGateway,
    ids,
    pusher,
    refused,
    sample,
    sockets,
)
from errand_testkit.stored import (
    change_account,
    commit,
    new_session,
    remove_account,
    store_account,
    store_personal_token,
    store_session,
)
from push_hints import AT_ONCE, HANDSHAKE_MS

SESSIONS, TOKEN = {"phone", "laptop"}, {"bot"}

type Record = dict[str, Any]


class Person:
    def __init__(self, world: "World", name: str, user_id: str) -> None:
        self._world = world
        now = world.clock()
        new = replace(new_account(name, now=now), id=user_id)
        self.account: Account = store_account(new)
        self.session = store_session(new_session(self.account, now=now)[0])
        self.script = store_personal_token(self.account, now=now)[0]

    @property
    def id(self) -> str:
        return self.account.id

    def opens(self, *connections: str, script: bool = False) -> None:
        holder = {"token_id": self.script.id} if script else {"session_id": self.session.id}
        for connection in connections:
            now = self._world.clock()
            self._world.sockets.add(
                Socket(
                    id=connection,
                    user_id=self.id,
                    opened_at=now,
                    expires_at=now // 1000 + SOCKET_SECONDS,
                    **holder,
                )
            )

    @property
    def open_ids(self) -> list[str]:
        return ids(self._world.sockets.of(self.id))

    def changes(self, number: int, **more: Any) -> Record:
        return self._record(f"CHANGE#{number:015}", number, **more)

    def acts(self, act: Act, number: int = 1) -> Record:
        return self._record(f"AUDIT#{self.id}", number, a={"S": str(act)})

    def changes_account(self, number: int = 1, *, is_gone: bool = False) -> Record:
        item = {"pk": {"S": f"USER#{self.id}"}, "sk": {"S": "ACCOUNT"}}
        return stream_record(number, item, None if is_gone else item | {"ds": {"BOOL": True}})

    def revokes(self, number: int = 1) -> Record:
        key = {"pk": {"S": f"USER#{self.id}"}, "sk": {"S": f"PAT#{self.script.id}"}}
        return stream_record(number, key, None)

    def _record(self, sk: str, number: int, **more: Any) -> Record:
        item = {"pk": {"S": f"USER#{self.id}"}, "sk": {"S": sk}, **more}
        return stream_record(number, None, item)


class World:
    """Ada and Bob, their sockets at the gateway, and the function."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.fake = FakeDynamo()
        self.fake.connected()
        self.gateway = FakeGateway()
        self.sockets = sockets(self.fake, clock=self.clock)
        self.ada, self.bob = Person(self, "ada", ADA), Person(self, "bob", BOB)

    def push(self, *records: Record, **more: Any) -> str | None:
        return pusher(self.fake, self.gateway, clock=self.clock, **more).push(records)

    @property
    def told(self) -> dict[str, list[int]]:
        """Connection -> the cursors that it was sent."""
        found: dict[str, list[int]] = {}
        for connection, text in self.gateway.sent:
            message = json.loads(text)
            assert message == {"type": "changed", "cursor": message["cursor"]}
            found.setdefault(connection, []).append(message["cursor"])
        return found


@pytest.fixture
def world() -> World:
    return World()


def sequence(record: Record) -> str:
    return str(record["dynamodb"]["SequenceNumber"])


# -------------------------------------------------------------------------------------------- hints


def test_streams_are_understood(world: World) -> None:
    world.ada.opens("phone")
    world.bob.opens("bob's")
    assert world.push(*sample("hint-changes")["Records"]) is None
    assert world.told == {"phone": [42], "bob's": [7]}
    assert world.push(*sample("hint-poison")["Records"]) is None
    assert world.told == {"phone": [42, 42], "bob's": [7]}
    remove_account(world.ada.account)
    for record in sample("hint-ends")["Records"]:
        world.ada.opens("phone")
        world.gateway.closed.clear()
        world.gateway.gone.clear()
        assert world.push(record) is None
        assert world.gateway.closed == ["phone"]


def test_a_change_is_told_to_every_socket_of_its_account(world: World) -> None:
    world.ada.opens("phone", "laptop")
    world.ada.opens("bot", script=True)
    world.bob.opens("bob's")
    assert world.push(world.ada.changes(42)) is None
    assert world.told == {"phone": [42], "laptop": [42], "bot": [42]}


def test_of_a_batch_each_account_is_told_the_latest(world: World) -> None:
    world.ada.opens("ada's")
    world.bob.opens("bob's")
    batch = [*map(world.ada.changes, (1, 2, 3)), world.bob.changes(9), world.ada.changes(4)]
    assert world.push(*batch) is None
    assert world.told == {"ada's": [4], "bob's": [9]}


def test_a_batch_that_comes_again_says_the_same_again(world: World) -> None:
    """A hint harms nobody: clients ask what has changed, and nothing has."""
    world.ada.opens("phone")
    batch = [world.ada.changes(1), world.ada.changes(2)]
    for _ in range(3):
        assert world.push(*batch) is None
    assert world.push(*batch[:1]) is None
    assert world.told == {"phone": [2, 2, 2, 1]}


def test_whoever_has_no_socket_costs_one_query(world: World) -> None:
    world.fake.operations.clear()
    assert world.push(world.ada.changes(1)) is None
    assert world.fake.operations == ["Query"]


def test_an_account_with_sockets_costs_one_look_at_who_has_them(world: World) -> None:
    world.ada.opens("phone", "laptop")
    world.ada.opens("bot", script=True)
    world.fake.operations.clear()
    world.push(world.ada.changes(1))
    assert world.fake.operations == ["Query", "BatchGetItem"]


def test_entries_that_expire_are_no_news(world: World) -> None:
    world.ada.opens("phone")
    entry = {"pk": {"S": f"USER#{world.ada.id}"}, "sk": {"S": "CHANGE#000000000000001"}}
    assert world.push(stream_record(1, entry, None)) is None
    assert world.told == {}


def test_an_empty_batch(world: World) -> None:
    assert world.push() is None


@pytest.mark.parametrize("broken", [None, {}, "x", {"dynamodb": {"Keys": {}}}])
def test_what_nobody_understands_holds_up_nothing(world: World, broken: Any) -> None:
    world.ada.opens("phone")
    assert world.push(broken, world.ada.changes(1)) is None
    assert world.told == {"phone": [1]}


# ------------------------------------------------------------------------------------ gone, failing


def test_a_connection_that_is_gone_is_forgotten(world: World) -> None:
    world.ada.opens("phone", "laptop")
    world.clock.advance(HANDSHAKE_MS / 1000)
    world.gateway.gone.add("phone")
    assert world.push(world.ada.changes(1)) is None
    assert world.ada.open_ids == ["laptop"]
    assert world.sockets.find("phone") is None
    world.push(world.ada.changes(2))
    assert world.told == {"laptop": [1, 2]}


def test_a_connection_that_is_still_being_opened_is_not(world: World) -> None:
    """To the gateway it is gone until its handshake is over; then its client asks by itself."""
    world.ada.opens("phone")
    world.gateway.gone.add("phone")
    assert world.push(world.ada.changes(1)) is None
    assert world.ada.open_ids == ["phone"]
    world.gateway.gone.clear()
    world.push(world.ada.changes(2))
    assert world.told == {"phone": [2]}


@pytest.mark.parametrize(
    "error", [LOST, refused("LimitExceededException"), refused("ForbiddenException")]
)
def test_one_that_cannot_be_told_keeps_nobody_else_waiting(world: World, error: Exception) -> None:
    world.ada.opens("phone", "laptop")
    world.bob.opens("bob's")
    world.gateway.failing["phone"] = error
    assert world.push(world.ada.changes(1), world.bob.changes(2)) is None
    assert world.told == {"laptop": [1], "bob's": [2]}
    assert {*world.ada.open_ids} == SESSIONS


def test_what_cannot_be_looked_up_comes_again_with_all_behind_it(world: World) -> None:
    world.ada.opens("ada's")
    world.bob.opens("bob's")

    def watch(operation: str, request: Any) -> None:
        if operation == "Query" and world.bob.id in str(request):
            raise refused("ProvisionedThroughputExceededException")

    world.fake._watch = watch
    batch = [world.ada.changes(1), world.bob.changes(2), world.bob.changes(3)]
    assert world.push(*batch) == sequence(batch[1])
    assert world.told == {"ada's": [1]}
    world.fake._watch = lambda *_: None
    assert world.push(*batch[1:]) is None
    assert world.told == {"ada's": [1], "bob's": [3]}


def test_a_look_that_is_not_finished_comes_again(world: World) -> None:
    world.ada.opens("phone")
    answer = world.fake._BatchGetItem

    def unfinished(request: Any) -> dict[str, Any]:
        return {**answer(request), "UnprocessedKeys": request["RequestItems"]}

    world.fake._BatchGetItem = unfinished  # type: ignore[method-assign] # DynamoDB is busy
    change = world.ada.changes(1)
    assert world.push(change) == sequence(change)
    assert world.told == {}


def test_many_sockets_are_told_at_once(world: World) -> None:
    """In threads, as it is deployed."""
    connections = [f"{number:03}" for number in range(60)]
    world.ada.opens(*connections[:30])
    world.bob.opens(*connections[30:])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        batch = [world.ada.changes(1), world.bob.changes(1)]
        assert world.push(*batch, at_once=pool.map) is None
    assert world.told == {connection: [1] for connection in connections}


# --------------------------------------------------------------------------------------------- ends


def _logs_out(world: World) -> list[Record]:
    commit(lambda unit: DynamoSessions().end(unit, world.ada.session))
    return [world.ada.acts(Act.LOGGED_OUT)]


def _is_robbed(world: World) -> list[Record]:
    commit(lambda unit: DynamoSessions().end(unit, world.ada.session))
    return [world.ada.acts(Act.REFRESH_TOKEN_REUSED)]


def _ends_all(world: World) -> list[Record]:
    now = world.clock()
    change_account(world.ada.account, now=now, sessions_from=now, kept_session=None)
    return [world.ada.changes_account()]


def _has_another_password(world: World) -> list[Record]:
    change_account(world.ada.account, now=world.clock(), **all_ended(world.clock()))
    return [world.ada.changes_account()]


def _is_disabled(world: World) -> list[Record]:
    change_account(world.ada.account, now=world.clock(), disabled=True)
    return [world.ada.changes_account()]


def _is_deleted(world: World) -> list[Record]:
    remove_account(world.ada.account)
    return [world.ada.changes_account(is_gone=True)]


def _revokes(world: World) -> list[Record]:
    user_id, token_id = world.ada.id, world.ada.script.id
    commit(lambda unit: DynamoTokens().remove(unit, user_id=user_id, token_id=token_id))
    return [world.ada.revokes()]


@pytest.mark.parametrize(
    ("end", "ended"),
    [
        (_logs_out, SESSIONS),
        (_is_robbed, SESSIONS),
        (_ends_all, SESSIONS),
        (_has_another_password, SESSIONS | TOKEN),
        (_is_disabled, SESSIONS | TOKEN),
        (_is_deleted, SESSIONS | TOKEN),
        (_revokes, TOKEN),
    ],
)
@pytest.mark.parametrize("is_idle", [True, False], ids=["idle", "by the next hint"])
def test_what_ends_takes_its_sockets_along(
    world: World, end: Any, ended: set[str], *, is_idle: bool
) -> None:
    world.ada.opens("phone", "laptop")
    world.ada.opens("bot", script=True)
    world.bob.opens("bob's")
    records = end(world)
    for _ in range(3):
        assert world.push(*(records if is_idle else [world.ada.changes(5)])) is None
    assert {*world.gateway.closed} == ended
    assert {*world.ada.open_ids} == (SESSIONS | TOKEN) - ended
    # Nothing is told to whoever may not hear it any more.
    assert not ended & world.told.keys()
    assert world.bob.open_ids == ["bob's"]


def test_nothing_ends_without_a_reason(world: World) -> None:
    world.ada.opens("phone")
    records = [world.ada.changes_account(), world.ada.revokes(), world.ada.acts(Act.LOGGED_OUT)]
    assert world.push(*records) is None
    assert world.gateway.closed == []
    assert world.told == {}


def test_a_socket_whose_time_is_over_is_closed(world: World) -> None:
    world.ada.opens("phone")
    world.clock.advance(SOCKET_SECONDS)
    world.ada.opens("laptop")
    world.push(world.ada.changes(1))
    assert world.gateway.closed == ["phone"]
    assert world.told == {"laptop": [1]}


def test_one_that_cannot_be_closed_is_tried_again(world: World) -> None:
    world.bob.opens("bob's")
    world.ada.opens("phone", "laptop")
    [record] = _is_disabled(world)
    world.gateway.failing["phone"] = refused("InternalServerError")
    batch = [world.bob.changes(1), record, world.bob.changes(2)]
    assert world.push(*batch) == sequence(record)
    assert world.gateway.closed == ["laptop"]
    assert world.ada.open_ids == ["phone"]
    world.gateway.failing.clear()
    assert world.push(*batch[1:]) is None
    assert world.gateway.closed == ["laptop", "phone"]
    assert world.ada.open_ids == []


def test_one_that_is_gone_counts_as_closed(world: World) -> None:
    world.ada.opens("phone")
    world.gateway.gone.add("phone")
    assert world.push(*_is_disabled(world)) is None
    assert world.ada.open_ids == []


def test_closing_goes_on_where_it_was_interrupted(world: World) -> None:
    world.ada.opens("phone")
    [record] = _is_disabled(world)

    def watch(operation: str, _: Any) -> None:
        if operation == "DeleteItem":
            raise refused("InternalServerError")

    world.fake._watch = watch
    assert world.push(record) == sequence(record)
    world.fake._watch = lambda *_: None
    assert world.push(record) is None
    assert world.ada.open_ids == []
    assert world.sockets.find("phone") is None


def test_a_holder_needs_a_name(world: World) -> None:
    """Of an item that somebody else has made nothing is let in."""
    assert world.sockets.let_in(world.ada.id, Holder(token_id="")) is None
