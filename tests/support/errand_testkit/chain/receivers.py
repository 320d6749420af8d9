"""Receivers of webhooks: what arrived there, by the path of the address; and a push service."""

import json
from collections import defaultdict
from collections.abc import Callable
from ipaddress import ip_address
from typing import NamedTuple

import httpx

from errand.links.addresses import Address
from errand.links.guard import GuardedTransport
from errand_testkit.chain.mischief import Fate, Mischief, Process

# Receivers fail more often than AWS does.
_OFTEN = 5
# What paths of the push service begin with.
PUSHED = "/push/"


class Arrival(NamedTuple):
    message_id: str
    event_id: str
    content: bytes


class Receivers:
    def __init__(self, mischief: Mischief) -> None:
        self.arrived: dict[str, list[Arrival]] = defaultdict(list)
        # Of a push service: whose browser, and what came for it.
        self.hear: Callable[[str, bytes], None] = lambda *_: None
        self._mischief = mischief

    def transport_of(self, process: Process) -> Callable[[], GuardedTransport]:
        """What the process connects by."""

        async def somewhere(_: str) -> list[Address]:
            return [ip_address("93.184.215.14")]

        inner = httpx.MockTransport(lambda request: self._receive(process, request))
        return lambda: GuardedTransport(inner, resolve=somewhere)

    def _receive(self, process: Process, request: httpx.Request) -> httpx.Response:
        fate = self._mischief.fate(process, times=_OFTEN)
        if fate is Fate.KILLED:
            raise self._mischief.ended(process)
        if fate in {Fate.REFUSED, Fate.DROPPED}:
            return _answer(503)
        if request.url.path.startswith(PUSHED):
            self.hear(request.url.path.removeprefix(PUSHED), request.content)
        else:
            event_id = json.loads(request.content)["id"]
            arrival = Arrival(request.headers["webhook-id"], event_id, request.content)
            self.arrived[request.url.path].append(arrival)
        if fate is Fate.DEAD:
            raise self._mischief.ended(process)
        if fate in {Fate.LOST, Fate.TWICE}:
            raise httpx.ReadTimeout("It has taken it, and says nothing")
        return _answer(204)


def _answer(status: int) -> httpx.Response:
    return httpx.Response(status, stream=httpx.ByteStream(b""))
