"""One connection for all tables, wherever they are."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from tools.sam_template import load

from errand import deadline
from errand.config import Settings
from errand.identity.accounts.model import Account, Claim
from errand.storage.attempts import LONGEST
from errand.storage.kinds import ACCOUNT, IDENTITY, RECEIPT, TASK
from errand.storage.mapper import mapper
from errand.storage.operations import Put, transact
from errand.storage.receipts import KeptAnswer
from errand.storage.tables import DataItem, EphemeralItem, LogItem, connect
from errand.tasks.model import Task
from errand_testkit.stack import ROOT
from errand_testkit.wire import Answer, Wire

ELSEWHERE = Settings(
    data_table="prod-data",
    log_table="prod-log",
    ephemeral_table="prod-ephemeral",
    signing_secret="-",
    on_lambda=True,
)
TASKS = mapper(TASK, Task)
CLAIMS = mapper(IDENTITY, Claim)
ANSWERS = mapper(RECEIPT, KeptAnswer)
MODELS: list[Any] = [
    DataItem,
    TASKS.model,
    mapper(ACCOUNT, Account).model,
    CLAIMS.model,
    EphemeralItem,
    ANSWERS.model,
    LogItem,
]


def test_all_tables_share_one_client() -> None:
    connection = connect(ELSEWHERE)
    assert {id(model._get_connection().connection) for model in MODELS} == {id(connection)}


def test_client_is_made_at_once() -> None:
    assert connect(ELSEWHERE)._client is not None


def test_every_model_is_bound_to_its_table() -> None:
    connect(ELSEWHERE)
    names = [model._get_connection().table_name for model in MODELS]
    assert names == ["prod-data"] * 4 + ["prod-ephemeral"] * 2 + ["prod-log"]


def test_models_can_be_bound_anew() -> None:
    connect(ELSEWHERE)
    TASKS.model._get_connection()
    connect(replace(ELSEWHERE, data_table="dev-data"))
    assert TASKS.model._get_connection().table_name == "dev-data"
    assert TASKS.model("pk", "sk").get_delete_kwargs_from_instance()["TableName"] == "dev-data"


def test_answers_are_waited_for_within_the_time_of_the_function() -> None:
    config: Any = connect(ELSEWHERE).client.meta.config
    # What storage.attempts leaves for each; it repeats, botocore does not.
    assert config.retries["total_max_attempts"] == 1
    assert config.connect_timeout + config.read_timeout == LONGEST
    function = load(ROOT / "template.yaml")["Resources"]["ApiFunction"]["Properties"]
    assert LONGEST < deadline.SECONDS < function["Timeout"]


def test_region_and_endpoint_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    meta = connect(ELSEWHERE).client.meta
    assert (meta.region_name, meta.endpoint_url) == ("eu-central-1", "http://127.0.0.1:4566")


def test_writes_go_to_both_tables(answer_with: Callable[..., Wire]) -> None:
    wire = answer_with(Answer())
    answer = KeptAnswer(place="", fingerprint="milk", answer="{}", expires_at=1)
    writes = [
        Put(CLAIMS.item(IDENTITY.key("ada"), Claim(user_id="1")), CLAIMS.is_free),
        Put(ANSWERS.item(RECEIPT.key("1", "2"), answer), ANSWERS.is_free),
    ]
    transact(writes)
    items = wire.requests[0]["TransactItems"]
    assert [item["Put"]["TableName"] for item in items] == ["DataTable", "EphemeralTable"]
