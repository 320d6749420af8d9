"""Streams of LogTable and DataTable -> the sockets of whom they tell: hints of changes, and ends.

Of a batch each account is told once, of its latest change. A hint that cannot be sent is given up:
the next one says as much, and clients ask from time to time anyway. A socket that is to be closed
is tried again, with the batch.
"""

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Protocol

from errand.aws import AWS_ERRORS, client, reason
from errand.clock import Clock, system_clock
from errand.errors import ErrandError, MalformedRecord, StorageUnavailable
from errand.realtime.line import Gone, Line
from errand.realtime.model import Socket, hint
from errand.realtime.news import news_of
from errand.realtime.sockets import Sockets
from errand.storage.kinds import Table
from errand.storage.plain_ranges import PlainRanges
from errand.streams import position

logger = logging.getLogger("errand.push_hints")
logger.setLevel(logging.INFO)

# Calls at once: 50 sockets of one account, 20 ms each, are told within a tenth of a second.
AT_ONCE = 16
# A handshake may take as long; until it is over the connection is none that can be told.
HANDSHAKE_MS = 30_000

# What is done for one socket: whether it was, or need not be done.
type Call = Callable[[], bool]


class AtOnce(Protocol):
    """Applies a function to all of these, in any order; the results are in theirs."""

    def __call__[Given, Made](
        self, function: Callable[[Given], Made], given: Iterable[Given], /
    ) -> Iterable[Made]: ...


@dataclass(kw_only=True, slots=True)
class Told:
    """An account in a batch. `place`: of its first record; `number`: of its latest change."""

    user_id: str
    place: int
    number: int = 0


class Pusher:
    """`at_once`: how several calls are made, such as ThreadPoolExecutor.map."""

    def __init__(self, *, sockets: Sockets, line: Line, clock: Clock, at_once: AtOnce) -> None:
        self._sockets = sockets
        self._line = line
        self._clock = clock
        self._at_once = at_once

    def push(self, records: Sequence[object]) -> str | None:
        """The sequence number of the first record that must come again, None if none must."""
        accounts = [*_accounts(records).values()]
        found = [*zip(accounts, self._at_once(self._look_up, accounts), strict=True)]
        failed = [account.place for account, calls in found if calls is None]
        calls = [(account.place, call) for account, calls in found for call in calls or ()]
        done = self._at_once(lambda entry: entry[1](), calls)
        failed += [place for (place, _), is_done in zip(calls, done, strict=True) if not is_done]
        told = {"records": len(records), "accounts": len(accounts), "sockets": len(calls)}
        logger.info("Pushed", extra=told)
        return position(records[min(failed)]) if failed else None

    def _look_up(self, told: Told) -> list[Call] | None:
        """What is to be done for each socket of the account; None if that is not to be known."""
        try:
            sockets = self._sockets.of(told.user_id)
            over = self._sockets.over(told.user_id, sockets) if sockets else []
        except (*AWS_ERRORS, StorageUnavailable, MalformedRecord) as error:
            _log("Not looked up", error)
            return None
        calls: list[Call] = [partial(self._end, socket) for socket in over]
        if told.number:
            text = hint(told.number)
            calls += [partial(self._send, socket, text) for socket in sockets if socket not in over]
        return calls

    def _send(self, socket: Socket, text: str) -> bool:
        try:
            self._line.send(socket.id, text)
        except Gone:
            self._forget(socket)
        except AWS_ERRORS as error:
            _log("Not sent", error)
        return True

    def _forget(self, socket: Socket) -> None:
        """Unless it is being opened: its client asks what there is once it is open."""
        if self._clock() - socket.opened_at < HANDSHAKE_MS:
            return
        try:
            self._sockets.forget(socket)
        except AWS_ERRORS as error:
            _log("Not forgotten", error)

    def _end(self, socket: Socket) -> bool:
        try:
            self._line.close(socket.id)
            self._sockets.forget(socket)
        except AWS_ERRORS as error:
            _log("Not closed", error)
            return False
        return True


def _accounts(records: Sequence[object]) -> dict[str, Told]:
    found: dict[str, Told] = {}
    for place, record in enumerate(records):
        try:
            news = news_of(record)
        except MalformedRecord as error:
            _log("Not understood", error)
            continue
        if news:
            told = found.setdefault(news.user_id, Told(user_id=news.user_id, place=place))
            told.number = max(told.number, news.number or 0)
    return found


def _log(what: str, error: Exception) -> None:
    why = error.code if isinstance(error, ErrandError) else reason(error)  # type: ignore[arg-type] # one of AWS_ERRORS
    logger.warning(what, extra={"reason": why})


@cache
def pusher() -> Pusher:
    names = {
        Table.DATA: os.environ["ERRAND_DATA_TABLE"],
        Table.EPHEMERAL: os.environ["ERRAND_EPHEMERAL_TABLE"],
    }
    tables = PlainRanges(dynamodb=client("dynamodb", read_timeout=3), names=names)
    gateway = client(
        "apigatewaymanagementapi",
        read_timeout=1,
        endpoint=os.environ["ERRAND_SOCKETS_URL"],
        attempts=2,
    )
    return Pusher(
        sockets=Sockets(tables, clock=system_clock),
        line=Line(gateway),
        clock=system_clock,
        at_once=ThreadPoolExecutor(AT_ONCE).map,
    )


def handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    failed = pusher().push(event["Records"])
    return {"batchItemFailures": [] if failed is None else [{"itemIdentifier": failed}]}
