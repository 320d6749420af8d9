from typing import Any

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
