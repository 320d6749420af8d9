"""Streams of hints, for a process whose answers can go on (server-sent events).

However many listen, each account that anybody listens to has one watch, which looks for a later
entry of its log once a second; it tells all of its listeners, and looks from time to time whether
they still may listen. All of it is one event loop's, which no thread of a request is held for.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Coroutine
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any, Protocol

from errand.errors import Overloaded, StorageUnavailable, TooManyStreams
from errand.realtime.model import SOCKET_SECONDS, Holder, hint

_log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
# Polls between two looks at who may listen: what has ended is closed within 30 s.
CHECK_POLLS = 15
# Polls without a message after which one without content tells that the connection is there.
BEAT_POLLS = 15
# Milliseconds that a client waits before it comes again.
RETRY = 3_000
STREAMS_MAX = 20  # of an account, in this process
ALL_MAX = 1_000
_BEAT = ":\n\n"


class Log(Protocol):
    def head(self, *, user_id: str, behind: int) -> int | None: ...


class Good(Protocol):
    def good(self, user_id: str, holders: Collection[Holder]) -> set[Holder]: ...


class Ask(Protocol):
    """How what blocks is called, without holding up the loop."""

    def __call__[T](self, function: Callable[[], T], /) -> Coroutine[Any, Any, T]: ...


@dataclass(eq=False, kw_only=True, slots=True)
class Listener:
    """`number`: of the log, that it was told last; `left`: polls until its time is over."""

    user_id: str
    holder: Holder
    left: int
    number: int = 0
    latest: int = 0
    silent: int = 0
    is_over: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def poll(self, latest: int) -> None:
        self.left -= 1
        self.silent += 1
        self.latest = latest
        self.is_over = self.is_over or self.left <= 0
        if self.is_over or latest != self.number or self.silent >= BEAT_POLLS:
            self.wake.set()

    def end(self) -> None:
        self.is_over = True
        self.wake.set()

    async def blocks(self) -> AsyncIterator[str]:
        """As https://html.spec.whatwg.org/multipage/server-sent-events.html has them."""
        yield f"retry: {RETRY}\nid: {self.latest}\n\n"
        while True:
            if self.is_over:
                return
            if self.latest != self.number:
                self.number, self.silent = self.latest, 0
                yield f"id: {self.number}\ndata: {hint(self.number)}\n\n"
            elif self.silent >= BEAT_POLLS:
                self.silent = 0
                yield _BEAT
            else:
                self.wake.clear()
                await self.wake.wait()


@dataclass(eq=False, kw_only=True, slots=True)
class _Watched:
    user_id: str
    latest: int
    listeners: set[Listener] = field(default_factory=set)
    # Polls since it was looked who of them may listen.
    unchecked: int = 0
    task: asyncio.Task[None] | None = None


class Listening:
    """`seconds`: for which a stream goes on at the longest."""

    def __init__(
        self,
        *,
        log: Log,
        holders: Good,
        ask: Ask,
        seconds: int = SOCKET_SECONDS,
        sleep: Callable[[float], Coroutine[Any, Any, None]] = asyncio.sleep,
    ) -> None:
        self._log = log
        self._holders = holders
        self._ask = ask
        self._polls = round(seconds / POLL_SECONDS)
        self._sleep = sleep
        self._watched: dict[str, _Watched] = {}
        self._is_closed = False

    async def join(self, *, user_id: str, holder: Holder, after: int | None) -> Listener:
        """`after`: the number that the client was told last, None if it begins.

        Raises TooManyStreams, Overloaded, StorageUnavailable.
        """
        watched = self._watched.get(user_id)
        latest = watched.latest if watched else await self._head(user_id)
        # Somebody else may have come meanwhile.
        watched = self._watched.get(user_id)
        if watched and len(watched.listeners) >= STREAMS_MAX:
            raise TooManyStreams(limit=STREAMS_MAX, retry_after=CHECK_POLLS)
        if sum(len(one.listeners) for one in self._watched.values()) >= ALL_MAX:
            raise Overloaded
        listener = Listener(user_id=user_id, holder=holder, left=self._polls, latest=latest)
        listener.number = latest if after is None else after
        if self._is_closed or self._polls <= 0:
            listener.end()
            return listener
        if watched is None:
            watched = self._watched[user_id] = _Watched(user_id=user_id, latest=latest)
        watched.listeners.add(listener)
        # Its token may be one that was looked at half a minute ago.
        watched.unchecked = CHECK_POLLS
        if watched.task is None:
            # In a context of its own: nothing of the request that happened to be the first.
            watching = self._watch(watched)
            watched.task = asyncio.get_running_loop().create_task(watching, context=Context())
        return listener

    def leave(self, listener: Listener) -> None:
        listener.end()
        watched = self._watched.get(listener.user_id)
        if watched:
            watched.listeners.discard(listener)

    def close(self) -> None:
        """Ends every stream, and those that are still to come."""
        self._is_closed = True
        for watched in self._watched.values():
            for listener in watched.listeners:
                listener.end()

    async def _head(self, user_id: str, behind: int = 0) -> int:
        found = await self._ask(lambda: self._log.head(user_id=user_id, behind=behind))
        return behind if found is None else found

    async def _watch(self, watched: _Watched) -> None:
        try:
            while watched.listeners:
                await self._sleep(POLL_SECONDS)
                watched.unchecked += 1
                try:
                    watched.latest = await self._head(watched.user_id, watched.latest)
                    if watched.unchecked >= CHECK_POLLS:
                        await self._check(watched)
                except StorageUnavailable as error:
                    _log.warning("Not looked up", extra={"reason": error.code})
                for listener in [*watched.listeners]:
                    listener.poll(watched.latest)
                    if listener.is_over:
                        watched.listeners.discard(listener)
        finally:
            del self._watched[watched.user_id]
            for listener in watched.listeners:
                listener.end()

    async def _check(self, watched: _Watched) -> None:
        watched.unchecked, due = 0, watched.unchecked
        holders = {listener.holder for listener in watched.listeners}
        try:
            good = await self._ask(lambda: self._holders.good(watched.user_id, holders))
        except StorageUnavailable:
            watched.unchecked = due
            raise
        for listener in watched.listeners:
            if listener.holder in holders - good:
                listener.end()
