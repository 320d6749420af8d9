"""Clients of AWS go through the proxies that the environment names, and look for no others."""

import os
from typing import Any

import botocore.session
import pytest

from errand import aws
from errand.aws.dynamodb import prepare_session


@pytest.fixture(autouse=True)
def _without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


def proxies(client: Any) -> object:
    return client._endpoint.http_session._proxy_config._proxies


def clients() -> list[Any]:
    session = botocore.session.get_session()
    session.set_config_variable("region", "eu-central-1")
    prepare_session(session)
    return [
        session.create_client("dynamodb"),
        aws.client("secretsmanager", read_timeout=1, session=session),
    ]


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_a_proxy_that_is_named_is_taken(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "http://proxy.test:3128")
    for client in clients():
        assert proxies(client) == {"https": "http://proxy.test:3128"}


def test_without_one_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("botocore.endpoint.get_environ_proxies", look)
    for client in clients():
        assert client.meta.config.proxies == {}
