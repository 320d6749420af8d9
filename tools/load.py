"""Loads an API on this machine, and tells how it bore it: `make load`; it ends by itself.

Requests in turn by as many clients as asked for, then many at once, far above what it can bear; and
its memory before and after. Other machines are refused. The accounts are deleted.
"""

import asyncio
import socket
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import count
from random import Random
from statistics import quantiles
from urllib.parse import urlsplit

import httpx
from tools.load_accounts import BUSY, PATIENCE, Account, Refused, accounts
from tools.resident import memory

# Of one address the API takes 20 a day, then one in a while. Each may write 1,000 times a minute.
ACCOUNTS = 4

type Send = Callable[[Account, int], Awaitable[httpx.Response]]


@dataclass
class Told:
    """What was answered: seconds of each request by what it was, statuses, and what must not be."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    def note(self, what: str, taken: float, response: httpx.Response) -> None:
        self.seconds.setdefault(what, []).append(taken)
        self.statuses[response.status_code] += 1
        if response.status_code in BUSY and "Retry-After" not in response.headers:
            self.wrong[f"{response.status_code} without Retry-After"] += 1
        if response.is_error and response.status_code not in BUSY:
            self.wrong[f"{response.status_code} of {what}"] += 1

    def lines(self) -> list[str]:
        """Milliseconds."""
        told = ", ".join(f"{number} x {status}" for status, number in sorted(self.statuses.items()))
        found = [f"  answers: {told}"]
        for what, seconds in sorted(self.seconds.items()):
            cuts = quantiles(seconds, n=100) if len(seconds) > 1 else [*seconds] * 99
            p50, p95, p99 = (round(cuts[at] * 1000) for at in (49, 94, 98))
            found.append(f"  {what}: {len(seconds)}, p50 {p50} ms, p95 {p95} ms, p99 {p99} ms")
        return [*found, *(f"  WRONG: {number} x {what}" for what, number in self.wrong.items())]


def _page(account: Account, _: int) -> Awaitable[httpx.Response]:
    return account.client.get("/tasks", params={"limit": 25})


def _create(account: Account, number: int) -> Awaitable[httpx.Response]:
    return account.client.post("/tasks", json={"title": f"Task {number}"})


def _search(account: Account, _: int) -> Awaitable[httpx.Response]:
    return account.client.get("/search", params={"q": "task"})


def _log_in(account: Account, _: int) -> Awaitable[httpx.Response]:
    return account.client.post("/token", data=account.credentials)


# Name -> share of each kind of request.
MIXES: dict[str, dict[Send, int]] = {
    "usual": {_page: 75, _create: 20, _search: 5},
    "reads": {_page: 100},
    "writes": {_create: 100},
    "log-ins": {_log_in: 10, _page: 90},
}


def checked(url: str) -> str:
    """Raises Refused for what is not on this machine, or no URL."""
    try:
        parts = urlsplit(url)
        # Also for what it raises: a port may be no number.
        host = parts.hostname if parts.port != 0 else None
        addresses = {info[4][0] for info in socket.getaddrinfo(host, None)} if host else set()
    except (ValueError, OSError):
        addresses = set()
    if (
        not addresses
        or parts.scheme != "http"
        or not all(ip_address(one).is_loopback for one in addresses)
    ):
        raise Refused(f"{url} is not on this machine: nothing else is loaded")
    return url


async def steady(accounts: Sequence[Account], mix: str, *, requests: int) -> Told:
    """Each client sends its next when the one before is answered."""
    told, numbers = Told(), count()
    random = Random(1)  # noqa: S311 - a mix, the same each time
    sends, shares = zip(*MIXES[mix].items(), strict=True)

    async def work(account: Account) -> None:
        while (number := next(numbers)) < requests:
            [send] = random.choices(sends, shares)
            await account.renew()
            await _timed(told, send, account, number)

    await asyncio.gather(*(work(account) for account in accounts))
    return told


async def at_once(accounts: Sequence[Account], *, requests: int) -> Told:
    """Pages, all of them together, each on a connection of its own."""
    told = Told()
    await asyncio.gather(
        *(_timed(told, _bare_page, accounts[one % len(accounts)], one) for one in range(requests))
    )
    return told


async def _bare_page(account: Account, _: int) -> httpx.Response:
    """Without httpx, which would be busier with so many connections than the server.

    Raises httpx's errors all the same.
    """
    url = account.client.base_url
    head = (
        f"GET {url.path.rstrip('/')}/tasks?limit=25 HTTP/1.1\r\nHost: {url.netloc.decode()}\r\n"
        f"Authorization: {account.client.headers['Authorization']}\r\nConnection: close\r\n\r\n"
    )
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(url.host, url.port or 80)
            try:
                writer.write(head.encode())
                status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
                await reader.read()
            finally:
                writer.close()
    except TimeoutError:
        raise httpx.ReadTimeout("no answer") from None
    except (OSError, asyncio.IncompleteReadError) as error:
        raise httpx.ReadError(str(error)) from None
    headers = [
        (name, value.strip()) for name, _, value in (one.partition(":") for one in lines if one)
    ]
    return httpx.Response(int(status.split()[1]), headers=headers)


async def load(url: str, *, mix: str, requests: int, clients: int, burst: int) -> bool:
    """Whether nothing was wrong. Raises Refused, and what httpx does."""
    port = urlsplit(url).port or 80
    async with accounts(url, min(clients, ACCOUNTS)) as known:
        turns = [known[one % len(known)] for one in range(clients)]
        before, begun = memory(port), time.monotonic()
        told = await steady(turns, mix, requests=requests)
        rate = requests / (time.monotonic() - begun)
        print(
            f"{requests} requests ({mix}) of {clients} clients: {rate:.0f} a second",
            *told.lines(),
            sep="\n",
        )
        flood = await at_once(known, requests=burst)
        print(f"{burst} at once", *flood.lines(), sep="\n")
        after = memory(port)
        if before and after:
            print(f"memory: {before / 1e6:.0f} MB before, {after / 1e6:.0f} MB after")
    return not told.wrong and not flood.wrong


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the command line, load, print."""
    parser = ArgumentParser(prog="load", description="Load an API on this machine.")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--mix", choices=MIXES, default="usual")
    parser.add_argument("--requests", type=_number(1_000_000), default=2_000)
    parser.add_argument("--clients", type=_number(500), default=10)
    parser.add_argument("--burst", type=_number(2_000), default=500)
    given = parser.parse_args(argv)
    try:
        is_well = asyncio.run(
            load(
                checked(given.url),
                mix=given.mix,
                requests=given.requests,
                clients=given.clients,
                burst=given.burst,
            )
        )
    except (Refused, httpx.HTTPError, httpx.InvalidURL) as error:
        print(f"load: {error or type(error).__name__}", file=sys.stderr)
        return 1
    return 0 if is_well else 1


async def _timed(told: Told, send: Send, account: Account, number: int) -> None:
    what = send.__name__.strip("_").replace("_", " ")
    begun = time.perf_counter()
    try:
        response = await send(account, number)
    except httpx.TimeoutException:
        told.wrong[f"no answer within {PATIENCE:.0f} s to {what}"] += 1
    except httpx.HTTPError as error:
        told.wrong[f"{type(error).__name__} of {what}"] += 1
    else:
        told.note(what, time.perf_counter() - begun, response)


def _number(most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if not 1 <= value <= most:
            raise ValueError
        return value

    return number


if __name__ == "__main__":
    sys.exit(main())
