"""Functions under `sam local`: never in somebody's account, and clear about what is missing."""

import re
import socket

import pytest

from errand.aws import client
from errand.errors import ConfigurationError


@pytest.fixture
def closed_port() -> int:
    """Of this machine, where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@pytest.fixture
def sam_local(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """What SAM tells a function: of itself, and of the region of whoever tries it out."""
    # Kept to be put back.
    for name in ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "ap-southeast-2")
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setenv("AWS_SAM_LOCAL", "true")
    return monkeypatch


def test_it_says_what_to_start_where_nothing_answers(
    sam_local: pytest.MonkeyPatch, closed_port: int
) -> None:
    sam_local.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed_port}")
    with pytest.raises(ConfigurationError, match=f":{closed_port}: start `make run`"):
        client("events", read_timeout=3)


@pytest.mark.parametrize("endpoint", ["http://[", "http://127.0.0.1:http", "http://a..b"])
def test_what_is_no_address_is_named(sam_local: pytest.MonkeyPatch, endpoint: str) -> None:
    sam_local.setenv("AWS_ENDPOINT_URL", endpoint)
    with pytest.raises(ConfigurationError, match=f"Nothing answers at {re.escape(endpoint)}:"):
        client("events", read_timeout=3)


def test_it_looks_for_make_run_unless_told_otherwise(sam_local: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []

    def refuse(address: tuple[str, int], **_: float) -> None:
        asked.append(address)
        raise ConnectionRefusedError

    sam_local.setattr(socket, "create_connection", refuse)
    with pytest.raises(ConfigurationError):
        client("events", read_timeout=3)
    assert asked == [("host.docker.internal", 4566)]


def test_its_clients_go_where_something_answers(sam_local: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
        sam_local.setenv("AWS_ENDPOINT_URL", endpoint)
        meta = client("events", read_timeout=3).meta
    assert (meta.endpoint_url, meta.region_name) == (endpoint, "us-east-1")


def test_nothing_is_looked_for_on_lambda(monkeypatch: pytest.MonkeyPatch, closed_port: int) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed_port}")
    assert client("events", read_timeout=3).meta.region_name == "eu-central-1"
