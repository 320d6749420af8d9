"""Loads an API on this machine, and tells how it bore it: `make load`; it ends by itself.

Requests in turn by as many clients as asked for, then many at once, far above what it can bear; and
its memory before and after. Other machines are refused. The accounts are deleted.
"""

import asyncio
import secrets
import socket
import sys
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import count
from pathlib import Path
from random import Random
from statistics import quantiles
from urllib.parse import urlsplit

import httpx

# Of one address the API takes 20 a day, then one in a while. Each may write 1,000 times a minute.
ACCOUNTS = 4
# An answer that takes longer is a hang.
PATIENCE = 30.0  # seconds
_BUSY = frozenset({429, 503})
_PASSWORD = secrets.token_urlsafe(24)

type Send = Callable[[httpx.AsyncClient, int], Awaitable[httpx.Response]]


class Refused(Exception):
    """What is not loaded, in one line."""


@dataclass
class Told:
    """What was answered: seconds of each request by what it was, statuses, and what must not be."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    def note(self, what: str, taken: float, response: httpx.Response) -> None:
        self.seconds.setdefault(what, []).append(taken)
        self.statuses[response.status_code] += 1
        if response.status_code in _BUSY and "Retry-After" not in response.headers:
            self.wrong[f"{response.status_code} without Retry-After"] += 1
        if response.is_server_error and response.status_code not in _BUSY:
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


def _page(client: httpx.AsyncClient, _: int) -> Awaitable[httpx.Response]:
    return client.get("/tasks", params={"limit": 25})


def _create(client: httpx.AsyncClient, number: int) -> Awaitable[httpx.Response]:
    return client.post("/tasks", json={"title": f"Task {number}"})


def _search(client: httpx.AsyncClient, _: int) -> Awaitable[httpx.Response]:
    return client.get("/search", params={"q": "task"})


def _log_in(client: httpx.AsyncClient, _: int) -> Awaitable[httpx.Response]:
    form = {"username": client.headers["X-Name"], "password": _PASSWORD}
    return client.post("/token", data=form)


# Name -> share of each kind of request.
MIXES: dict[str, dict[Send, int]] = {
    "usual": {_page: 75, _create: 20, _search: 5},
    "reads": {_page: 100},
    "writes": {_create: 100},
    "log-ins": {_log_in: 10, _page: 90},
}


def checked(url: str) -> str:
    """Raises Refused for what is not on this machine."""
    host = urlsplit(url).hostname
    try:
        addresses = {info[4][0] for info in socket.getaddrinfo(host, None)} if host else set()
    except OSError:
        addresses = set()
    if (
        urlsplit(url).scheme != "http"
        or not addresses
        or not all(ip_address(one).is_loopback for one in addresses)
    ):
        raise Refused(f"{url} is not on this machine: nothing else is loaded")
    return url


def memory(port: int) -> int | None:
    """Bytes of the processes that listen there; None where Linux does not tell."""
    inodes = {
        line.split()[9]
        for line in _read(Path("/proc/net/tcp")).splitlines()[1:]
        if line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A"
    }
    found = 0
    for process in Path("/proc").glob("[0-9]*"):
        if inodes & _sockets(process):
            resident = [
                line for line in _read(process / "status").splitlines() if line.startswith("VmRSS")
            ]
            found += sum(int(line.split()[1]) * 1024 for line in resident)
    return found or None


async def steady(clients: Sequence[httpx.AsyncClient], mix: str, *, requests: int) -> Told:
    """Each client sends its next when the one before is answered."""
    told, numbers = Told(), count()
    random = Random(1)  # noqa: S311 - a mix, the same each time
    sends, shares = zip(*MIXES[mix].items(), strict=True)

    async def work(client: httpx.AsyncClient) -> None:
        while (number := next(numbers)) < requests:
            [send] = random.choices(sends, shares)
            await _timed(told, send, client, number)

    await asyncio.gather(*(work(client) for client in clients))
    return told


async def at_once(clients: Sequence[httpx.AsyncClient], *, requests: int) -> Told:
    """Pages, all of them together, each on a connection of its own."""
    told = Told()
    await asyncio.gather(
        *(_timed(told, _bare_page, clients[one % len(clients)], one) for one in range(requests))
    )
    return told


async def _bare_page(client: httpx.AsyncClient, _: int) -> httpx.Response:
    """Without httpx, which would be busier with so many connections than the server.

    Raises httpx's errors all the same.
    """
    url = client.base_url
    head = (
        f"GET {url.path.rstrip('/')}/tasks?limit=25 HTTP/1.1\r\nHost: {url.netloc.decode()}\r\n"
        f"Authorization: {client.headers['Authorization']}\r\nConnection: close\r\n\r\n"
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


@asynccontextmanager
async def accounts(url: str, number: int) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Clients of new accounts, deleted at the end. Raises Refused."""
    clients: list[httpx.AsyncClient] = []
    limits = httpx.Limits(max_connections=None)
    try:
        for _ in range(number):
            client = httpx.AsyncClient(
                base_url=url, timeout=PATIENCE, limits=limits, trust_env=False
            )
            clients.append(client)
            name = f"load-{secrets.token_hex(8)}"
            client.headers["X-Name"] = name
            account = {"username": name, "password": _PASSWORD}
            registered = await client.post("/register", json=account)
            if registered.status_code != httpx.codes.CREATED:
                wait = registered.headers.get("Retry-After")
                why = f"for {wait} s" if wait else registered.status_code
                raise Refused(f"{url} registers nobody: {why}")
            token = (await client.post("/token", data=account)).json()["access_token"]
            client.headers["Authorization"] = f"Bearer {token}"
        yield clients
    finally:
        for client in clients:
            if "Authorization" in client.headers:
                await client.request("DELETE", "/users/me", json={"password": _PASSWORD})
            await client.aclose()


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
    except (Refused, httpx.HTTPError) as error:
        print(f"load: {error or type(error).__name__}", file=sys.stderr)
        return 1
    return 0 if is_well else 1


async def _timed(told: Told, send: Send, client: httpx.AsyncClient, number: int) -> None:
    what = send.__name__.strip("_").replace("_", " ")
    begun = time.perf_counter()
    try:
        response = await send(client, number)
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


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _sockets(process: Path) -> set[str]:
    try:
        links = [link.readlink().name for link in (process / "fd").iterdir()]
    except OSError:
        return set()
    return {name.removeprefix("socket:[").removesuffix("]") for name in links}


if __name__ == "__main__":
    sys.exit(main())
