"""What every way to the API has in common, asked over each of them by people who only see HTTP.

In `make test`: as a Lambda handler; in `make test-deep` as an ASGI application, too, both in this
process, and the artifact of `sam build` where it is one of the present sources, which
`make test-artifact` builds first; `make test-sam-local` and --contract=URL ask what answers there.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cache

import httpx2
import pytest

from errand_testkit.depth import DEPTH

from . import ways

WAYS = {"asgi": ways.asgi, "lambda": ways.in_process, "artifact": ways.artifact}
PASSWORD = "correct horse battery staple"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "new_client" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("contract") or _present()
        params = [pytest.param(way, marks=pytest.mark.deeper) for way in chosen.split(",")]
        metafunc.parametrize("new_client", params, indirect=True, scope="package")


@cache
def _present() -> str:
    if not DEPTH:
        return "lambda"
    return "asgi,lambda,artifact" if ways.built() else "asgi,lambda"


@pytest.fixture(scope="package")
def new_client(request: pytest.FixtureRequest) -> Iterator[ways.NewClient]:
    way: str = request.param
    with WAYS[way]() if way in WAYS else ways.deployed(way) as new_client:
        yield new_client


@pytest.fixture
def client(new_client: ways.NewClient) -> Iterator[httpx2.Client]:
    """Nobody in particular."""
    with closing(new_client()) as client:
        yield client


@dataclass(frozen=True)
class Person:
    """Somebody new, logged in."""

    name: str
    client: httpx2.Client
    token: dict[str, str]

    def create_task(self, title: str = "Buy milk") -> str:
        """The path of it."""
        created = self.client.post("/tasks", json={"title": title})
        assert created.status_code == 201, created.text
        return str(created.headers["Location"])


@pytest.fixture(scope="package")
def sign_up(new_client: ways.NewClient) -> Iterator[Callable[..., Person]]:
    clients: list[httpx2.Client] = []

    def sign_up(password: str = PASSWORD) -> Person:
        clients.append(client := new_client())
        name = f"user-{secrets.token_hex(6)}"
        body = {"username": name, "password": password, "email": f"{name}@example.com"}
        registered = client.post("/register", json=body)
        assert registered.status_code == 201, registered.text
        answer = client.post("/token", data={"username": name, "password": password})
        assert answer.status_code == 200, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return Person(name, client, answer.json())

    yield sign_up
    for client in clients:
        client.close()


@pytest.fixture(scope="package")
def ada(sign_up: Callable[..., Person]) -> Person:
    """The same for all tests of a way, who leave her what she needs to log in."""
    return sign_up()


@pytest.fixture
def newcomer(sign_up: Callable[..., Person]) -> Person:
    """With nothing yet."""
    return sign_up()
