"""What a request asks of DynamoDB: attempts, time and capacity, counted where botocore sends.

Nothing of this is on the path unless `watch` has been called: no hook, no check, no import.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter
from typing import Any


@dataclass(slots=True)
class Meter:
    """`units`, of reads and writes together, as reported; a failed condition reports none."""

    calls: int = 0
    seconds: float = 0.0
    units: float = 0.0
    sent_at: float = 0.0


_current: ContextVar[Meter | None] = ContextVar("meter", default=None)


@contextmanager
def metered() -> Generator[Meter]:
    """Counts the calls made inside, also those in threads: they share the one meter."""
    meter = Meter()
    token = _current.set(meter)
    try:
        yield meter
    finally:
        _current.reset(token)


def watch(client: Any) -> None:
    """Feed the meters from every attempt of this client of DynamoDB, repeated ones included."""
    client.meta.events.register("before-send.dynamodb", _sent)
    client.meta.events.register("response-received.dynamodb", _received)


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
