"""The image: built, run by nobody on a file system that cannot be written, walked, and stopped.

PYTHON_IMAGE= is its base, where no registry is reachable.
"""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from errand.smoke import walk
from errand_testkit.stack import ROOT

IMAGE, NAME = "errand-test", "errand-test"
PATIENCE = 90.0  # seconds
HARDENED = (
    *("--init", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true"),
    *("--pids-limit", "512", "--tmpfs", "/tmp:mode=1777"),  # noqa: S108 - of its own
)
# Before it speaks to the store.
STORE = f"{NAME}-store"


def docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, docker("logs", NAME)
        time.sleep(0.5)


@pytest.fixture(scope="module")
def image() -> str:
    base = os.environ.get("PYTHON_IMAGE")
    given = ("--build-arg", f"PYTHON={base}") if base else ()
    docker("build", "--network", "host", *given, "--tag", IMAGE, str(ROOT))
    return IMAGE


@pytest.fixture(scope="module")
def client(image: str) -> Iterator[httpx.Client]:
    """Of the API, with a store beside it."""
    with ExitStack() as stack:
        for what, begin, end in (
            ("network", ("create", NAME), ("rm", NAME)),
            ("volume", ("create", NAME), ("rm", NAME)),
        ):
            docker(what, *begin)
            stack.callback(docker, what, *end)
        shared = ("--network", NAME, *HARDENED, "--detach")
        store = ("--volume", f"{NAME}:/data", "--env", "AWS_HOST=0.0.0.0", image, "tools.store")
        docker("run", *shared, "--name", STORE, *store)
        stack.callback(docker, "rm", "--force", STORE)
        api = ("--env", f"AWS_ENDPOINT_URL=http://{STORE}:4566", "--publish", "127.0.0.1::8000")
        docker("run", *shared, "--name", NAME, *api, image)
        stack.callback(docker, "rm", "--force", NAME)
        client = httpx.Client(base_url=f"http://{docker('port', NAME, '8000').splitlines()[0]}")
        stack.callback(client.close)

        def is_ready() -> bool:
            try:
                return client.get("/health").status_code == 200
            except httpx.HTTPError:
                return False

        eventually(is_ready)
        yield client


def test_deployment_can_be_walked(client: httpx.Client) -> None:
    walk(client.request, print)


@pytest.mark.usefixtures("client")
@pytest.mark.parametrize("name", [NAME, STORE])
def test_nobody_runs_it_and_nothing_of_it_can_be_written(name: str) -> None:
    assert (
        docker("exec", name, ".venv/bin/python", "-c", "import os; print(os.getuid())") == "10001"
    )
    write = "from pathlib import Path; Path('/srv/errand/x').touch()"
    done = subprocess.run(
        ["docker", "exec", name, ".venv/bin/python", "-c", write], capture_output=True, check=False
    )
    assert b"Read-only file system" in done.stderr


@pytest.mark.usefixtures("client")
def test_docker_sees_that_it_is_well() -> None:
    eventually(lambda: docker("inspect", "--format", "{{.State.Health.Status}}", NAME) == "healthy")


def test_data_outlive_the_containers_which_stop_in_order(client: httpx.Client) -> None:
    account = {"username": "kept", "password": "correct horse battery staple"}
    assert client.post("/register", json=account).status_code == 201
    for name in (NAME, STORE):
        docker("stop", "--time", "30", name)
        assert docker("inspect", "--format", "{{.State.ExitCode}}", name) == "0"
    for name in (STORE, NAME):
        docker("start", name)
    url = f"http://{docker('port', NAME, '8000').splitlines()[0]}"

    def logs_in() -> bool:
        try:
            return httpx.post(f"{url}/token", data=account).status_code == 200
        except httpx.HTTPError:
            return False

    eventually(logs_in)


def test_same_image_is_a_lambda_function(image: str) -> None:
    """Without a runtime API it has nothing to wait at; that it looks for one is enough."""
    command = (image, "awslambdaric", "errand_api.main.handler")
    done = subprocess.run(
        ["docker", "run", "--rm", *command], capture_output=True, text=True, check=False
    )
    assert "AWS_LAMBDA_RUNTIME_API" in done.stderr
