"""The embedded AWS with template.yaml deployed to it, and the API in front of it."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import cache
from typing import Any

import botocore.session
import pytest
from tools.local.api import Api
from tools.local.embedded import Embedded
from tools.local.environment import REGION
from tools.local.settings import LOOPBACK
from tools.local.sockets import listen, url_of


@pytest.fixture(scope="session")
def api_socket() -> Iterator[socket.socket]:
    """Where the API is going to answer, which mails tell before it does."""
    with listen(LOOPBACK, 0, variable="PORT") as bound:
        yield bound


@pytest.fixture(scope="session")
def embedded_aws(
    tmp_path_factory: pytest.TempPathFactory, api_socket: socket.socket
) -> Iterator[Embedded]:
    """One for all tests, functions and all: what tests put into it must not meet."""
    with listen(LOOPBACK, 0, variable="AWS_PORT") as bound:
        folder = tmp_path_factory.mktemp("embedded-aws")
        # Receivers of webhooks are on this machine; what is off by default is there, too.
        parameters = dict.fromkeys(["LoopbackWebhooks", "Alarms", "Dashboard", "Tracing"], "true")
        aws = Embedded(
            data_dir=folder, bound=bound, parameters=parameters, api_url=url_of(api_socket)
        )
        yield aws
        aws.stop()


@pytest.fixture(scope="session")
def aws_client(embedded_aws: Embedded) -> Iterator[Callable[[str], Any]]:
    """Name of a service -> a botocore client of the embedded AWS."""
    session = botocore.session.Session()
    with ExitStack() as stack:

        @cache
        def client(service: str) -> Any:
            made = session.create_client(
                service,
                region_name=REGION,
                endpoint_url=embedded_aws.endpoint,
                aws_access_key_id="test",
                aws_secret_access_key="test",
            )
            return stack.enter_context(closing(made))

        yield client


@pytest.fixture(scope="session")
def api_url(embedded_aws: Embedded, api_socket: socket.socket) -> Iterator[str]:
    """Where the API answers, under uvicorn on the embedded AWS."""
    api = Api(environment=embedded_aws.environment(), bound=api_socket)
    try:
        api.wait()
        yield url_of(api_socket)
    finally:
        api.stop()
