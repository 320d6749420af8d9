"""Streams of hints: one watch of each account, on a loop whose time goes when it is told to."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection, Coroutine
from typing import Any

import pytest

from errand import deadline
from errand.errors import Overloaded, StorageUnavailable, TooManyStreams
from errand.realtime import listening
from errand.realtime.listening import BEAT_POLLS, CHECK_POLLS, STREAMS_MAX, Listener, Listening
from errand.realtime.model import Holder

PHONE, LAPTOP, SCRIPT = (
    Holder(session_id="phone"),
    Holder(session_id="laptop"),
    Holder(token_id="script"),
)


class World:
    """Heads of logs and holders that are good; `tick` lets a second go by."""

    def __init__(self, **more: Any) -> None:
        self.heads: dict[str, int] = {}
        self.good_ones = {PHONE, LAPTOP, SCRIPT}
        self.asked: list[str] = []
        self.failing = False
        self._sleepers: list[asyncio.Future[None]] = []
        self.listening = Listening(log=self, holders=self, ask=self._ask, sleep=self._sleep, **more)

    async def _ask[T](self, function: Callable[[], T], /) -> T:
        return function()

    async def _sleep(self, _: float) -> None:
        sleeper = asyncio.get_running_loop().create_future()
        self._sleepers.append(sleeper)
        await sleeper

    def head(self, *, user_id: str, behind: int) -> int | None:
        # Whatever the request that began it has left of its time.
        deadline.leave(1)
        if self.failing:
            raise StorageUnavailable
        self.asked.append(user_id)
        head = self.heads.get(user_id, 0)
        return head if head > behind else None

    def good(self, user_id: str, holders: Collection[Holder]) -> set[Holder]:
        if self.failing:
            raise StorageUnavailable
        self.asked.append(f"{user_id}'s {len(holders)}")
        return self.good_ones & {*holders}

    async def tick(self, times: int = 1) -> None:
        for _ in range(times):
            sleepers, self._sleepers = self._sleepers, []
            for sleeper in sleepers:
                sleeper.set_result(None)
            await settle()

    @property
    def is_watching(self) -> bool:
        return bool(self._sleepers)

    async def join(
        self, user_id: str = "ada", holder: Holder = PHONE, after: int | None = None
    ) -> "Reader":
        listener = await self.listening.join(user_id=user_id, holder=holder, after=after)
        reader = Reader(listener, self.listening)
        await settle()
        return reader


async def settle() -> None:
    """Whatever can go on has gone on."""
    for _ in range(10):
        await asyncio.sleep(0)


class Reader:
    """A client: what has come so far."""

    def __init__(self, listener: Listener, listening: Listening) -> None:
        self.blocks: list[str] = []
        self.listener = listener
        self._leave = listening.leave
        self._task = asyncio.ensure_future(self._read(listener.blocks()))

    async def _read(self, blocks: AsyncIterator[str]) -> None:
        async for block in blocks:
            self.blocks.append(block)

    @property
    def is_over(self) -> bool:
        return self._task.done()

    @property
    def cursors(self) -> list[int]:
        found = [line for block in self.blocks for line in block.splitlines()]
        data = [line.removeprefix("data: ") for line in found if line.startswith("data: ")]
        return [json.loads(text)["cursor"] for text in data]

    async def leave(self) -> None:
        self._leave(self.listener)
        await settle()


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """The test on a loop of its own."""

    def running() -> None:
        asyncio.run(test())

    running.__name__, running.__doc__ = test.__name__, test.__doc__
    return running


@run
async def test_a_stream_tells_of_each_change_within_a_poll() -> None:
    world = World()
    world.heads["ada"] = 41
    reader = await world.join()
    assert reader.blocks == ["retry: 3000\nid: 41\n\n"]
    await world.tick()
    assert reader.cursors == []
    world.heads["ada"] = 42
    await world.tick()
    assert reader.blocks[1:] == ['id: 42\ndata: {"type": "changed", "cursor": 42}\n\n']


@run
async def test_of_several_changes_the_latest_is_told() -> None:
    world = World()
    reader = await world.join()
    world.heads["ada"] = 7
    await world.tick(3)
    assert reader.cursors == [7]


@run
async def test_a_client_that_comes_again_is_told_at_once_what_it_missed() -> None:
    world = World()
    world.heads["ada"] = 42
    for after, told in ((41, [42]), (42, []), (None, []), (99, [42])):
        reader = await world.join(after=after)
        assert reader.cursors == told, after


@run
async def test_all_listeners_of_an_account_have_one_watch() -> None:
    world = World()
    readers = [await world.join(holder=holder) for holder in (PHONE, LAPTOP, PHONE)]
    await world.tick(2)
    world.asked.clear()
    world.heads["ada"] = 1
    await world.tick()
    assert world.asked == ["ada"]
    assert [reader.cursors for reader in readers] == [[1], [1], [1]]


@run
async def test_accounts_are_told_apart() -> None:
    world = World()
    ada, bob = await world.join("ada"), await world.join("bob")
    world.heads["bob"] = 5
    await world.tick()
    assert (ada.cursors, bob.cursors) == ([], [5])


@run
async def test_nobody_is_asked_when_nobody_listens() -> None:
    world = World()
    reader, other = await world.join(), await world.join()
    await reader.leave()
    await world.tick()
    assert world.is_watching
    await other.leave()
    await world.tick()
    world.asked.clear()
    await world.tick(5)
    assert not world.is_watching
    assert world.asked == []
    assert reader.is_over
    # And again, from the beginning.
    world.heads["ada"] = 3
    again = await world.join()
    assert again.blocks == ["retry: 3000\nid: 3\n\n"]


@run
async def test_a_silent_stream_beats() -> None:
    world = World()
    reader = await world.join()
    await world.tick(BEAT_POLLS)
    assert reader.blocks[1:] == [":\n\n"]
    await world.tick(BEAT_POLLS)
    assert reader.blocks[1:] == [":\n\n", ":\n\n"]
    world.heads["ada"] = 1
    await world.tick()
    await world.tick(BEAT_POLLS - 1)
    assert reader.blocks[3:] == ['id: 1\ndata: {"type": "changed", "cursor": 1}\n\n']


@run
async def test_a_stream_ends_with_its_session_and_no_other_does() -> None:
    world = World()
    phone, laptop = await world.join(holder=PHONE), await world.join(holder=LAPTOP)
    script = await world.join(holder=SCRIPT)
    await world.tick()
    world.good_ones = {LAPTOP}
    await world.tick(CHECK_POLLS)
    assert (phone.is_over, laptop.is_over, script.is_over) == (True, False, True)
    # That is within the 30 s that are promised.
    assert CHECK_POLLS * 2 <= 30


@run
async def test_whoever_comes_is_looked_at_with_the_next_poll() -> None:
    """Its token may have been remembered for half a minute since it was good."""
    world = World()
    await world.join(holder=LAPTOP)
    await world.tick(3)
    world.good_ones = {LAPTOP}
    late = await world.join(holder=PHONE)
    world.heads["ada"] = 9
    await world.tick()
    assert late.is_over
    assert late.cursors == []


@run
async def test_a_database_that_is_away_delays_and_ends_nothing() -> None:
    world = World()
    phone = await world.join(holder=PHONE)
    await world.tick()
    world.failing = True
    world.heads["ada"] = 1
    world.good_ones = set()
    await world.tick(CHECK_POLLS + 2)
    assert phone.cursors == []
    assert not phone.is_over
    world.failing = False
    # The look that was due is made up for at once.
    await world.tick()
    assert phone.is_over


@run
async def test_who_cannot_be_told_where_the_log_is_gets_no_stream() -> None:
    world = World()
    world.failing = True
    with pytest.raises(StorageUnavailable):
        await world.join()
    assert not world.is_watching


@run
async def test_a_defect_of_the_watch_ends_its_streams() -> None:
    """So that clients come again instead of hearing nothing for ever."""
    world = World()
    reader = await world.join()

    def broken(*, user_id: str, behind: int) -> int:
        raise RuntimeError(user_id, behind)

    world.head = broken  # type: ignore[method-assign] # a defect
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    await world.tick()
    assert reader.is_over


@run
async def test_an_account_has_so_many_streams_and_a_process_so_many_in_all() -> None:
    world = World()
    readers = [await world.join() for _ in range(STREAMS_MAX)]
    with pytest.raises(TooManyStreams):
        await world.join()
    await world.join("bob")
    await readers[0].leave()
    await world.join()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listening, "ALL_MAX", STREAMS_MAX + 1)
        with pytest.raises(Overloaded):
            await world.join("carol")


@run
async def test_no_stream_goes_on_for_ever() -> None:
    world = World(seconds=5)
    reader = await world.join()
    await world.tick(4)
    assert not reader.is_over
    await world.tick()
    assert reader.is_over
    await world.tick()
    assert not world.is_watching


@run
async def test_a_server_that_stops_ends_all_and_begins_none() -> None:
    world = World()
    ada, bob = await world.join("ada"), await world.join("bob")
    world.listening.close()
    await settle()
    assert (ada.is_over, bob.is_over) == (True, True)
    late = await world.join("carol", after=7)
    assert late.is_over


@run
async def test_a_watch_outlives_the_request_that_began_it() -> None:
    with pytest.MonkeyPatch.context() as patch:
        now = 1000.0
        patch.setattr(deadline, "monotonic", lambda: now)
        deadline.begin()
        world = World()
        reader = await world.join()
        now += deadline.SECONDS * 10
        world.heads["ada"] = 1
        await world.tick()
        assert reader.cursors == [1]


@run
async def test_a_client_that_reads_slowly_is_told_the_latest_when_it_does() -> None:
    world = World()
    listener = await world.listening.join(user_id="ada", holder=PHONE, after=None)
    blocks = listener.blocks()
    assert (await anext(blocks)).endswith("id: 0\n\n")
    for number in range(1, 50):
        world.heads["ada"] = number
        await world.tick()
    assert await anext(blocks) == 'id: 49\ndata: {"type": "changed", "cursor": 49}\n\n'
