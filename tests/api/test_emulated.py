"""The API under `sam local`, before and after something answers in the place of AWS."""

import json
import socket
from typing import Any

import pytest

from errand_api.emulated import Emulated


def closed_port() -> int:
    """Of this machine, where nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def test_every_path_says_what_to_start_until_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def make() -> Any:
        made.append("handler")
        return lambda event, _context: {"statusCode": 200, "body": event["rawPath"]}

    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{closed_port()}")
    handler = Emulated(make)
    answer = handler({"rawPath": "/health"}, None)
    assert answer["statusCode"] == 503
    assert answer["body"].count("\n") == 1
    assert "start `make run`" in json.loads(answer["body"])["detail"]
    assert made == []

    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.getsockname()[1]}")
        assert handler({"rawPath": "/health"}, None) == {"statusCode": 200, "body": "/health"}
    assert handler({"rawPath": "/"}, None)["statusCode"] == 200
    assert made == ["handler"]
