"""Does time tell who has an account? python -m tests.benchmarks.guessing [--samples 200].

The whole API in this process, on an AWS in this process: requests about a name or an address that
somebody has and about one that nobody has, in turns, in an order that is drawn anew each time.
The stand-in for AWS takes 0.8 ms more to find something than nothing, so its answers are kept and
given again; nor is anybody refused then for having tried too often.
"""

import argparse
import asyncio
import gc
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from statistics import median, quantiles
from typing import Any
from unittest.mock import patch

import boto3
import httpx2
from botocore.awsrequest import AWSPreparedRequest
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

from errand.clock import system_clock
from errand.config import Settings
from errand.keys import Key, KeyRing
from errand.mails.outbox import QueueOutbox
from errand.storage.tables import connect
from errand_api.app import create_app
from errand_api.gateway import lambda_handler
from errand_api.services import Services, inline
from errand_testkit.lambda_client import lambda_client
from errand_testkit.people import new_account
from errand_testkit.stored import store_account
from errand_testkit.template import table_properties

SAMPLES = 200
WARM_UP = 10
RESAMPLES = 2_000
REGION = "eu-central-1"
TABLES = ("DataTable", "EphemeralTable")
KNOWN, UNKNOWN = "somebody", "somebod_"

type Request = Callable[[httpx2.Client, str], httpx2.Response]


def log_in(client: httpx2.Client, name: str) -> httpx2.Response:
    return client.post("/token", data={"username": name, "password": "wrong horse battery"})


def recover(client: httpx2.Client, name: str) -> httpx2.Response:
    return client.post("/password-recovery", json={"email": f"{name}@example.com"})


REQUESTS: dict[str, tuple[Request, int]] = {
    "log-in, wrong password": (log_in, 401),
    "password recovery": (recover, 202),
}


@dataclass
class Times:
    """Milliseconds by name."""

    wall: dict[str, list[float]] = field(default_factory=lambda: {KNOWN: [], UNKNOWN: []})
    cpu: dict[str, list[float]] = field(default_factory=lambda: {KNOWN: [], UNKNOWN: []})


@contextmanager
def replaying() -> Iterator[None]:
    """The first answer to each kind of request again and again: reads are told apart, no writes."""
    answers: dict[tuple[Any, bytes], Any] = {}
    first = BotocoreStubber.process_request

    def answer(self: BotocoreStubber, request: AWSPreparedRequest) -> Any:
        content: Any = request.body
        target: Any = request.headers["X-Amz-Target"]
        key = target, content if b"GetItem" in target else b""
        if key not in answers:
            answers[key] = first(self, request)
        return answers[key]

    with patch.object(BotocoreStubber, "process_request", answer):
        yield


@contextmanager
def serving() -> Iterator[httpx2.Client]:
    """A client of the API; one account is in its tables."""
    os.environ |= {
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_CONFIG_FILE": os.devnull,
    }
    with mock_aws(), asyncio.Runner() as runner:
        # Lambda's runtime leaves the loop to Mangum, which expects one to be set.
        asyncio.set_event_loop(runner.get_loop())
        for name in TABLES:
            boto3.client("dynamodb").create_table(**table_properties(name))
        queue = boto3.client("sqs").create_queue(QueueName="mails")["QueueUrl"]
        connect(
            Settings(
                data_table=TABLES[0],
                log_table="LogTable",
                ephemeral_table=TABLES[1],
                signing_secret="",
                on_lambda=True,
            )
        )
        store_account(new_account(KNOWN, now=system_clock()))
        services = Services(
            ring=KeyRing((Key("test", b"a signing key for tests, 32 bytes+"),)),
            run=inline,
            outbox=partial(QueueOutbox, queue),
        )
        with lambda_client(lambda_handler(create_app(services))) as client:
            yield client
        asyncio.set_event_loop(None)


def measure(client: httpx2.Client, request: Request, status: int, samples: int) -> Times:
    times = Times()
    for number in range(-WARM_UP, samples):
        for name in random.sample([KNOWN, UNKNOWN], 2):
            wall, cpu = time.perf_counter(), time.process_time()
            answer = request(client, name)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            if answer.status_code != status:
                raise RuntimeError(answer.text)
            if number >= 0:
                times.wall[name].append(wall * 1000)
                times.cpu[name].append(cpu * 1000)
    return times


def interval(known: list[float], unknown: list[float]) -> tuple[float, float]:
    """95 % of what the difference of the medians is in samples drawn from these (bootstrap)."""
    drawn = sorted(_drawn_median(known) - _drawn_median(unknown) for _ in range(RESAMPLES))
    return drawn[RESAMPLES * 25 // 1000], drawn[-RESAMPLES * 25 // 1000]


def _drawn_median(times: list[float]) -> float:
    return median(random.choices(times, k=len(times)))  # noqa: S311 - statistics, not secrets


def rows(what: str, clock: str, times: dict[str, list[float]]) -> Iterator[str]:
    for label, name in (("known", KNOWN), ("unknown", UNKNOWN)):
        low, middle, high = quantiles(times[name], n=4)
        yield f"{what:24}{clock:6}{label:9}{low:9.2f}{middle:9.2f}{high:9.2f}"
    difference = median(times[KNOWN]) - median(times[UNKNOWN])
    low, high = interval(times[KNOWN], times[UNKNOWN])
    verdict = "nothing to be seen" if low <= 0 <= high else "a difference"
    yield f"{'':30}known - unknown{difference:+12.3f}  [{low:+.3f}, {high:+.3f}]  {verdict}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="guessing", description=__doc__)
    parser.add_argument("--samples", type=int, default=SAMPLES, help="of each kind")
    samples = parser.parse_args().samples
    lines = [f"{samples} samples of each, ms{'':16}{'25 %':>9}{'median':>9}{'75 %':>9}"]
    with serving() as client, replaying():
        gc.freeze()
        for what, (request, status) in REQUESTS.items():
            times = measure(client, request, status, samples)
            lines += [*rows(what, "wall", times.wall), *rows(what, "CPU", times.cpu)]
    print("\n".join(lines))  # noqa: T201 - what it is for
    return 0


if __name__ == "__main__":
    sys.exit(main())
