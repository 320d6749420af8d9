"""`make run` as its user meets it: started, stopped and killed as a process."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

import httpx
import pytest
from tools.local.settings import ROOT
from tools.local.store import FILE

PATIENCE = 30.0  # seconds, for whatever should take one or two
PASSWORD = "correct horse battery staple"
PROBLEM = (503, "application/problem+json")


class MakeRun:
    """`make run` with its data in `folder`, in a process group of its own."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self._folder = folder
        self._log = folder / "output"
        # What an outer make hands down is not meant for this one.
        inherited = {name: value for name, value in os.environ.items() if "MAKE" not in name}
        # The folder is in what every process can be told by, even a function's: see processes().
        places = {"DATA_DIR": str(folder / "data"), "TMPDIR": str(folder)}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                ["make", "run"],  # noqa: S607 - found on PATH, as by its user
                cwd=ROOT,
                env=inherited | {"PORT": "0", "AWS_PORT": "0"} | places | variables,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self._log.read_text()

    def ready(self) -> Self:
        eventually(lambda: "Errand is ready" in self.output or self.process.poll() is not None)
        assert self.process.poll() is None, self.output
        return self

    def client(self) -> httpx.Client:
        [url] = re.findall(r"Errand is ready: (http://127\.0\.0\.1:\d+)/docs", self.output)
        return httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False)

    def mails(self) -> str:
        """Where the ones that were sent can be read."""
        [url] = re.findall(
            r"^ *Mails: (http://127\.0\.0\.1:\d+/_ministack/ses/messages)$",
            self.output,
            re.MULTILINE,
        )
        return str(url)

    def processes(self) -> list[Path]:
        return [
            process
            for process in Path("/proc").glob("[0-9]*")
            if any(
                str(self._folder).encode() in read(process / of) for of in ("cmdline", "environ")
            )
        ]

    def wait(self) -> int:
        code = self.process.wait(PATIENCE)
        eventually(lambda: not self.processes())
        return code


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # the process has ended
        return b""


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "not within the time that it may take"
        time.sleep(0.05)


@pytest.fixture
def make_run(tmp_path: Path) -> Iterator[Callable[..., MakeRun]]:
    started: list[MakeRun] = []

    def start(**variables: str) -> MakeRun:
        started.append(MakeRun(tmp_path, **variables))
        return started[-1]

    yield start
    for run in started:
        if run.process.poll() is None:
            os.killpg(run.process.pid, signal.SIGKILL)
            run.wait()


def register(client: httpx.Client) -> str:
    name = f"user-{secrets.token_hex(4)}"
    account = {"username": name, "password": PASSWORD}
    assert client.post("/register", json=account).status_code == 201
    return name


def log_in(client: httpx.Client, name: str) -> None:
    token = client.post("/token", data={"username": name, "password": PASSWORD}).json()
    client.headers["Authorization"] = f"Bearer {token['access_token']}"


def titles(client: httpx.Client) -> list[str]:
    return [task["title"] for task in client.get("/tasks").json()]


@pytest.mark.deep
def test_data_survive_a_stop_and_a_kill(make_run: Callable[..., MakeRun]) -> None:
    first = make_run().ready()
    with first.client() as client:
        assert client.get("/health").json() == {"status": "ok"}
        assert httpx.get(first.mails(), trust_env=False).json() == {"messages": {}}
        name = register(client)
        log_in(client, name)
        token = client.headers["Authorization"]
    first.process.terminate()
    first.wait()
    assert "stopped, all data is saved" in first.output

    second = make_run().ready()
    with second.client() as client:
        client.headers["Authorization"] = token  # the signing secret is data, too
        client.post("/tasks", json={"title": "Survive"}).raise_for_status()
    os.killpg(second.process.pid, signal.SIGKILL)
    second.wait()

    with make_run().ready().client() as client:
        log_in(client, name)
        assert titles(client) == ["Survive"]


@pytest.mark.deep
def test_pages_of_the_usual_development_server_can_call_it(
    make_run: Callable[..., MakeRun],
) -> None:
    preflight = {"Origin": "http://localhost:5173", "Access-Control-Request-Method": "POST"}
    with make_run().ready().client() as client:
        allowed = client.options("/tasks", headers=preflight).headers
    assert allowed["Access-Control-Allow-Origin"] == "http://localhost:5173"


@pytest.mark.deep
def test_a_killed_make_leaves_nothing_behind(make_run: Callable[..., MakeRun]) -> None:
    killed = make_run().ready()
    with killed.client() as client:
        name = register(client)
        log_in(client, name)
        client.post("/tasks", json={"title": "Survive"}).raise_for_status()
    # A function's process has been started by now, or will be: it must end as well.
    killed.process.kill()
    killed.wait()

    with make_run().ready().client() as client:
        log_in(client, name)
        assert titles(client) == ["Survive"]


@pytest.mark.deep
def test_a_killed_runner_leaves_nothing_behind(make_run: Callable[..., MakeRun]) -> None:
    killed = make_run().ready()
    [runner] = [
        process
        for process in killed.processes()
        if read(process / "cmdline").endswith(b"\0-m\0tools.local\0")
    ]
    os.kill(int(runner.name), signal.SIGKILL)
    assert killed.wait() != 0


@pytest.mark.deep
def test_requests_under_way_when_the_embedded_aws_dies(make_run: Callable[..., MakeRun]) -> None:
    """They fail as they do when DynamoDB fails on AWS."""
    run = make_run().ready()
    [aws] = [
        process
        for process in run.processes()
        if b"\0tools.local.embedded_aws\0" in read(process / "cmdline")
    ]
    with run.client() as client:
        log_in(client, register(client))

        def create(_: int) -> tuple[int, str]:
            status, kind = 201, ""
            while status == 201:
                try:
                    answer = client.post("/tasks", json={"title": "Survive"})
                except httpx.TransportError:  # the API has ended before this one was under way
                    return PROBLEM
                status, kind = answer.status_code, answer.headers["Content-Type"]
            return status, kind

        with ThreadPoolExecutor(8) as pool:
            failures = pool.map(create, range(8))
            os.kill(int(aws.name), signal.SIGKILL)
            assert set(failures) == {PROBLEM}
    assert run.wait() != 0
    assert "the embedded AWS has ended" in run.output


@pytest.mark.deep
def test_ctrl_c_stops_it(make_run: Callable[..., MakeRun]) -> None:
    run = make_run().ready()
    os.killpg(run.process.pid, signal.SIGINT)
    run.wait()
    assert "stopped, all data is saved" in run.output


@pytest.mark.deep
def test_ctrl_c_while_it_starts(make_run: Callable[..., MakeRun]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    run = make_run(AWS_PORT=str(port))
    eventually(lambda: is_answering(port) or run.process.poll() is not None)
    assert "Errand is ready" not in run.output
    os.killpg(run.process.pid, signal.SIGINT)
    run.wait()
    assert "stopped, all data is saved" in run.output
    assert "did not stop" not in run.output


def is_answering(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code > 0
    except httpx.TransportError:
        return False


def failure(run: MakeRun) -> str:
    """The one line in which a run that has failed says why."""
    assert run.wait() != 0
    [line] = [line for line in run.output.splitlines() if not line.startswith("make: ***")]
    return line


def test_a_port_in_use(make_run: Callable[..., MakeRun]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = failure(make_run(PORT=str(port)))
    assert line.startswith(f"errand: cannot listen on 127.0.0.1:{port}")


def test_a_damaged_data_folder(make_run: Callable[..., MakeRun], tmp_path: Path) -> None:
    file = tmp_path / "data" / FILE
    file.parent.mkdir()
    file.write_bytes(b"damaged " * 1000)
    assert failure(make_run()).startswith(f"errand: {file} is damaged")
    assert file.read_bytes() == b"damaged " * 1000


def test_a_missing_python(tmp_path: Path) -> None:
    """In a fresh clone: here are environments already."""
    for name in (
        "Makefile",
        "pyproject.toml",
        "requirements.txt",
        "layers/dependencies/requirements.txt",
        "layers/dependencies/events-only.txt",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    run = subprocess.run(
        ["make", "run", "PYTHON=/nowhere/python3.13"],  # noqa: S607
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode != 0
    assert run.stderr.startswith("errand: Python 3.13 is needed")
