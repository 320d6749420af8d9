"""`python -m tools.server` on a store: workers, of which one that is killed is replaced."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from tools.local.embedded import Embedded
from tools.local.settings import ROOT

from errand.smoke import walk

pytestmark = pytest.mark.deep

PATIENCE = 30.0  # seconds; it takes about two


def eventually[T](find: Callable[[], T]) -> T:
    deadline = time.monotonic() + PATIENCE
    while not (found := find()):
        assert time.monotonic() < deadline, "not within the time that it may take"
        time.sleep(0.05)
    return found


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def server(embedded_aws: Embedded, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {
        "AWS_ENDPOINT_URL": embedded_aws.endpoint,
        "PORT": "0",
        "WORKERS": "2",
    }
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tools.server"], cwd=ROOT, env=environment, stderr=output
        )
    yield process
    process.terminate()
    process.wait(PATIENCE)


def url(log: Path) -> str:
    said = re.compile(r"^errand: (http://\S+)$", re.MULTILINE)
    return str(eventually(lambda: said.findall(log.read_text()))[0])


def workers(log: Path) -> set[int]:
    return {int(pid) for pid in re.findall(r"Started server process \[(\d+)\]", log.read_text())}


def test_deployment_can_be_walked_and_is_stopped_in_order(
    server: subprocess.Popen[bytes], log: Path
) -> None:
    with httpx.Client(base_url=url(log), timeout=PATIENCE) as client:
        walk(client.request, print)
    server.terminate()
    assert server.wait(PATIENCE) == 0
    assert log.read_text().count("Finished server process") == 2


@pytest.mark.usefixtures("server")
def test_worker_that_is_killed_is_replaced(log: Path) -> None:
    address = url(log)
    eventually(lambda: len(workers(log)) == 2)
    before = workers(log)
    os.kill(min(before), signal.SIGKILL)
    eventually(lambda: len(workers(log)) == 3)
    assert httpx.get(f"{address}/health").status_code == 200
