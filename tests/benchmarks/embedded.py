"""`make run` with much in it: how long it takes to be ready, its memory, and a page's time.

    python -m tests.benchmarks.embedded [--tasks 100000] [--rounds 200]

One account has 100 tasks, two have `--tasks` each. Their pages are asked for in turn, so that
whatever else the machine does meets all alike.
"""

import argparse
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
from tools.local.api import Api
from tools.local.embedded import Embedded
from tools.local.settings import LOOPBACK
from tools.local.sockets import listen, url_of
from tools.local.store import FILE

SMALL = 100  # tasks
PASSWORD = "correct horse battery staple"
DIGITS = "0123456789abcdefghijklmnopqrstuv"
COUNTED = slice(-9, -1)  # of an id: the rest stays, the last character because it is not full
PAGES = {
    "first page": "/tasks?limit=25",
    "open tasks": "/tasks?limit=25&completed=false",
    "skip=50": "/tasks?limit=25&skip=50",
}


@contextmanager
def running(folder: Path) -> Iterator[tuple[httpx.Client, Embedded, float]]:
    """Also the seconds until it answered."""
    with (
        (folder / "api.log").open("ab") as log,
        listen(LOOPBACK, 0, variable="AWS_PORT") as aws_socket,
        listen(LOOPBACK, 0, variable="PORT") as api_socket,
    ):
        start = time.monotonic()
        api = Api(bound=api_socket, log=log)
        try:
            aws = Embedded(data_dir=folder, bound=aws_socket)
            try:
                api.begin(aws.environment())
                api.wait()
                ready = time.monotonic() - start
                with httpx.Client(
                    base_url=url_of(api_socket), timeout=60, trust_env=False
                ) as client:
                    yield client, aws, ready
            finally:
                # Before what it keeps its data in.
                api.stop()
                aws.stop()
        finally:
            api.stop()


def register(client: httpx.Client, name: str) -> str:
    """Its authorization."""
    client.post("/register", json={"username": name, "password": PASSWORD}).raise_for_status()
    answer = client.post("/token", data={"username": name, "password": PASSWORD})
    return f"Bearer {answer.raise_for_status().json()['access_token']}"


def multiply(file: Path, task_id: str, times: int) -> None:
    """Copies of a stored task that differ from it in the end of their ids."""
    with closing(sqlite3.connect(file)) as database, database:
        [original] = database.execute(
            'select * from items where "table" = ? and sk like ?', ("DataTable", f"%{task_id}")
        ).fetchall()
        copies = (_copied(task_id, number) for number in range(times))
        database.executemany(
            "replace into items values (?, ?, ?, ?)",
            ([column.replace(task_id, copy) for column in original] for copy in copies),
        )


def _copied(task_id: str, number: int) -> str:
    places = range(len(task_id[COUNTED]))
    count = "".join(DIGITS[number >> 5 * place & 31] for place in reversed(places))
    return task_id[: COUNTED.start] + count + task_id[COUNTED.stop :]


def memory(pid: int, name: str) -> float:
    """MB. `name`: VmRSS is now, VmHWM the most so far."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise ValueError(name)


def cpu(pid: int) -> float:
    """Seconds so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - what it is for


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    sizes = {"small": SMALL, "large": options.tasks, "other": options.tasks}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running(folder) as (client, aws, ready):
            say(f"ready, nothing in it: {ready:.1f} s, {memory(aws.pid, 'VmHWM'):.0f} MB")
            tokens = {account: register(client, account) for account in sizes}
            task = {
                "title": "Buy milk",
                "description": "x" * 250,
                "links": ["https://example.com/milk"],
            }
            ids = {
                account: client.post("/tasks", json=task, headers={"Authorization": token})
                .raise_for_status()
                .json()["id"]
                for account, token in tokens.items()
            }
        for account, size in sizes.items():
            multiply(folder / FILE, ids[account], size)
        say(f"tasks: {sum(sizes.values())}, {(folder / FILE).stat().st_size / 1e6:.0f} MB")
        for start in ("first", "second"):
            with running(folder) as (client, aws, ready):
                spent = cpu(aws.pid)
                say(f"{start} start: ready in {ready:.1f} s, {spent:.1f} s of its CPU")
                if start == "second":
                    compare(client, tokens, options.rounds)
                say(
                    f"memory: {memory(aws.pid, 'VmRSS'):.0f} MB, "
                    f"at most {memory(aws.pid, 'VmHWM'):.0f} MB"
                )


def compare(client: httpx.Client, tokens: dict[str, str], rounds: int) -> None:
    for page, path in PAGES.items():
        times: dict[str, list[float]] = {"small": [], "large": []}
        for _ in range(rounds):
            for account, taken in times.items():
                start = time.perf_counter()
                answer = client.get(path, headers={"Authorization": tokens[account]})
                taken.append(time.perf_counter() - start)
                assert len(answer.json()) == 25, answer.text
        small, large = (statistics.median(taken) for taken in times.values())
        say(
            f"{page}: {small * 1000:.1f} ms of {SMALL} tasks, "
            f"{large * 1000:.1f} ms of many: {large / small:.2f}"
        )


if __name__ == "__main__":
    main()
