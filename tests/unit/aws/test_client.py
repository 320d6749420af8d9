"""Clients with bounds, and what the log may know of their errors."""

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from errand.aws import client, reason


def test_client_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    config = client("events", read_timeout=3).meta.config
    assert (config.connect_timeout, config.read_timeout) == (1, 3)
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}


def test_client_follows_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    meta = client("sqs", read_timeout=3).meta
    assert meta.region_name == "eu-central-1"
    assert meta.endpoint_url == "http://127.0.0.1:4566"


def test_reasons_quote_nothing() -> None:
    answer = {"Error": {"Code": "ValidationException", "Message": "ada@example.com"}}
    assert reason(ClientError(answer, "PutEvents")) == "ValidationException"  # type: ignore[arg-type]
    assert reason(ReadTimeoutError(endpoint_url="https://example.com")) == "ReadTimeoutError"
