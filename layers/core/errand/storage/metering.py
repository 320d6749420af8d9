"""What a request asks of DynamoDB: attempts, time and capacity, counted where botocore sends.

Nothing of this is on the path unless `watch` has been called, or within `watched`: no hook, no
check, no import.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter
from typing import Any


@dataclass(slots=True)
class Meter:
    """`units`, of reads and writes together, as reported; a failed condition reports none.

    `items`: that came with answers to reads.
    """

    calls: int = 0
    items: int = 0
    seconds: float = 0.0
    units: float = 0.0
    sent_at: float = 0.0


_current: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def metered() -> Generator[Meter]:
    """Counts the calls made inside, also those in threads: they share the one meter."""
    meter, outer = Meter(), _current.get()
    token = _current.set(meter)
    try:
        yield meter
    finally:
        _current.reset(token)
        if outer:
            outer.calls += meter.calls
            outer.items += meter.items
            outer.seconds += meter.seconds
            outer.units += meter.units


def watch(client: Any) -> None:
    """Feed the meters from every attempt of this client of DynamoDB, repeated ones included."""
    for event, hook in _HOOKS.items():
        # Registered by several who count, it is called once, until the last has gone.
        client.meta.events.register(event, hook, f"errand.{event}", unique_id_uses_count=True)


@contextmanager
def watched(client: Any) -> Generator[Meter]:
    """Counts the calls made inside, of a client that need not be watched otherwise."""
    watch(client)
    try:
        with metered() as meter:
            yield meter
    finally:
        for event, hook in _HOOKS.items():
            client.meta.events.unregister(event, hook, f"errand.{event}", unique_id_uses_count=True)


def _sent(**_: Any) -> None:
    if meter := _current.get():
        meter.sent_at = perf_counter()


def _received(parsed_response: Mapping[str, Any] | None, **_: Any) -> None:
    """Without a response if the attempt got none."""
    if meter := _current.get():
        meter.calls += 1
        meter.seconds += perf_counter() - meter.sent_at
        consumed = (parsed_response or {}).get("ConsumedCapacity", ())
        tables = (consumed,) if isinstance(consumed, Mapping) else consumed
        meter.units += sum(table["CapacityUnits"] for table in tables)
        meter.items += _items(parsed_response or {})


def _items(answer: Mapping[str, Any]) -> int:
    fetched: Mapping[str, Sequence[Any]] = answer.get("Responses", {})
    together = sum(map(len, fetched.values())) if isinstance(fetched, Mapping) else 0
    return len(answer.get("Items", ())) + together + ("Item" in answer)


_HOOKS = {"before-send.dynamodb": _sent, "response-received.dynamodb": _received}
