"""Processes killed in the midst of writes: what was acknowledged is there when they are back."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus
from itertools import count
from pathlib import Path
from random import Random
from typing import Self

import httpx
import pytest
from tools.local.api import Api
from tools.local.embedded import Embedded
from tools.local.settings import LOOPBACK
from tools.local.sockets import listen, url_of

ROUNDS = int(os.environ.get("KILLS", "1"))
WRITERS = 4
PASSWORD = "correct horse battery staple"


class Running:
    """What `make run` runs, on the data in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._stack = ExitStack()
        bound = self._stack.enter_context(listen(LOOPBACK, 0, variable="AWS_PORT"))
        self.aws = Embedded(data_dir=folder, bound=bound)
        self._stack.callback(self.aws.stop)
        served = self._stack.enter_context(listen(LOOPBACK, 0, variable="PORT"))
        self.api = Api(environment=self.aws.environment(), bound=served)
        self._stack.callback(self.api.stop)
        self.api.wait()
        self.client = self._stack.enter_context(
            httpx.Client(base_url=url_of(served), timeout=30, trust_env=False)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def log_in(self) -> None:
        form = {"username": "ada", "password": PASSWORD}
        token = self.client.post("/token", data=form).raise_for_status().json()["access_token"]
        self.client.headers["Authorization"] = f"Bearer {token}"

    def titles(self) -> list[str]:
        found: list[str] = []
        path = "/tasks?limit=100"
        while path:
            answer = self.client.get(path).raise_for_status()
            found += [task["title"] for task in answer.json()]
            path = answer.headers.get("Link", "").partition(">")[0].lstrip("<")
        return found


class Written:
    """What writers sent, by whether it was acknowledged."""

    def __init__(self) -> None:
        self._numbers = count()
        self.acknowledged: list[str] = []
        self.unanswered: list[str] = []

    def write(self, client: httpx.Client, *, until: int, victim: int) -> None:
        """Until nobody answers; so many acknowledged, the process `victim` is killed."""
        while True:
            title = f"Task {next(self._numbers)}"
            try:
                answer = client.post("/tasks", json={"title": title})
            except httpx.TransportError:
                self.unanswered.append(title)
                return
            if answer.status_code != HTTPStatus.CREATED:
                self.unanswered.append(title)
                assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
                assert answer.headers["Content-Type"] == "application/problem+json"
                return
            self.acknowledged.append(title)
            if len(self.acknowledged) >= until:
                os.kill(victim, signal.SIGKILL)


@pytest.mark.deep
@pytest.mark.parametrize("victim", ["api", "aws"])
def test_what_was_acknowledged_survives_a_kill(tmp_path: Path, random: Random, victim: str) -> None:
    written = Written()
    with Running(tmp_path) as first:
        account = {"username": "ada", "password": PASSWORD}
        first.client.post("/register", json=account).raise_for_status()
    for _ in range(ROUNDS):
        with Running(tmp_path) as running, ThreadPoolExecutor(WRITERS) as pool:
            running.log_in()
            write = partial(
                written.write,
                running.client,
                until=len(written.acknowledged) + random.randrange(20, 60),
                victim=getattr(running, victim).pid,
            )
            for done in [pool.submit(write) for _ in range(WRITERS)]:
                done.result()
    with Running(tmp_path) as last:
        last.log_in()
        found = last.titles()
    assert len(found) == len(set(found))
    assert set(written.acknowledged) <= {*found} <= {*written.acknowledged, *written.unanswered}
