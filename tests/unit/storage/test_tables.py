from threading import Thread
from typing import Any

import pytest

from errand.aws.calls import Calls
from errand.aws.connections import Connections
from errand.config import Settings
from errand.storage.tables import DataItem, EphemeralItem, connect

SETTINGS = Settings(
    data_table="data",
    log_table="log",
    ephemeral_table="ephemeral",
    signing_secret="",
    on_lambda=True,
)


def test_both_tables_share_one_client() -> None:
    connection = connect(SETTINGS)
    assert DataItem._get_connection().connection is connection
    assert EphemeralItem._get_connection().connection is connection


def test_calls_say_who_we_are_and_do_not_wait_long() -> None:
    config: Any = connect(SETTINGS).client.meta.config
    assert config.user_agent.startswith("errand/")
    assert (config.connect_timeout, config.read_timeout) == (1, 3)
    assert config.retries == {"mode": "standard", "total_max_attempts": 1}


def test_a_client_that_finds_credentials_later_is_like_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also in another thread; PynamoDB makes one for each call until there are some."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    connection = connect(SETTINGS)
    first = connection.client
    for name in names:
        monkeypatch.setenv(name, "late")
    clients: list[Any] = []
    thread = Thread(target=lambda: clients.append(connection.client))
    thread.start()
    thread.join()
    assert clients == [connection.client] != [first]
    for client in (first, *clients):
        assert isinstance(client._make_api_call, Calls)
        assert isinstance(client._endpoint.http_session, Connections)
