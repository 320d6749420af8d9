"""The worst day: tables are restored, the stack is deleted, and a new one has what there was."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import botocore.session
import httpx
import pytest
from tools.adopt import adopt
from tools.deployment import Refused
from tools.local import template as templates
from tools.local.api import Api
from tools.local.embedded import Embedded
from tools.local.environment import REGION
from tools.local.settings import LOOPBACK, ROOT
from tools.local.sockets import listen, url_of
from tools.local.stack import BUCKET, STACK, TEMPLATE
from tools.sam_template import load

from errand.config import epoch_of

pytestmark = pytest.mark.deep

PASSWORD = "correct horse battery staple"
PATIENCE = 60.0  # seconds


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[Embedded]:
    """One of its own: nothing is left of its stack."""
    with listen(LOOPBACK, 0, variable="AWS_PORT") as bound:
        embedded = Embedded(data_dir=tmp_path, bound=bound)
        yield embedded
        embedded.stop()


@pytest.fixture
def client(aws: Embedded) -> Iterator[Callable[[str], Any]]:
    with ExitStack() as cleanup:

        def make(service: str) -> Any:
            made = botocore.session.get_session().create_client(
                service,
                region_name=REGION,
                endpoint_url=aws.endpoint,
                aws_access_key_id="test",
                aws_secret_access_key="test",
            )
            return cleanup.enter_context(closing(made))

        yield make


@contextmanager
def _ada(environment: Mapping[str, str]) -> Iterator[httpx.Client]:
    """Logged in, at an API with this environment."""
    account = {"username": "ada", "password": PASSWORD}
    with listen(LOOPBACK, 0, variable="PORT") as bound:
        api = Api(environment=dict(environment), bound=bound)
        try:
            api.wait()
            with httpx.Client(base_url=url_of(bound), timeout=30, trust_env=False) as ada:
                ada.post("/register", json=account)
                token = ada.post("/token", data=account).raise_for_status().json()["access_token"]
                ada.headers["Authorization"] = f"Bearer {token}"
                yield ada
        finally:
            api.stop()


def _last(ada: httpx.Client) -> int:
    """The number of the last change in the log; 0: there is none yet."""
    changes = ada.get("/activity?limit=1").raise_for_status().json()
    return int(changes[0]["number"]) if changes else 0


@pytest.fixture
def filled(aws: Embedded) -> list[str]:
    """Titles of what somebody has written, which is in the log."""
    titles = ["Water the plants", "Write a letter"]
    with _ada(aws.environment()) as ada:
        for title in titles:
            ada.post("/tasks", json={"title": title}).raise_for_status()
        _eventually(lambda: _last(ada) == 1 + len(titles))
    return titles


def _make(*arguments: str, data_dir: Path) -> str:
    inherited = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    run = subprocess.run(  # noqa: S603 - nothing but the tests' own arguments
        ["make", *arguments, f"DATA_DIR={data_dir}"],  # noqa: S607 - found on PATH
        cwd=ROOT,
        env=inherited,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def _eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _status(cloudformation: Any) -> str:
    try:
        return str(cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"])
    except cloudformation.exceptions.ClientError:
        return "DELETE_COMPLETE"


def _outputs(cloudformation: Any) -> dict[str, str]:
    [stack] = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


def _titles(dynamodb: Any, table: str) -> list[str]:
    items = dynamodb.scan(TableName=table)["Items"]
    heads = [item["h"]["M"] for item in items if item["sk"]["S"].startswith("TASK#")]
    return sorted(head["t"]["S"] for head in heads)


def _deploy_around(client: Callable[[str], Any], tables: Iterable[str]) -> None:
    """As `make deploy` does, by a template without names: what has one keeps it."""
    s3, cloudformation = client("s3"), client("cloudformation")
    local = json.loads(s3.get_object(Bucket=BUCKET, Key=TEMPLATE)["Body"].read())
    for logical_id in tables:
        del local["Resources"][logical_id]["Properties"]["TableName"]
    s3.put_object(Bucket=BUCKET, Key=TEMPLATE, Body=json.dumps(local).encode())
    cloudformation.update_stack(
        StackName=STACK,
        TemplateURL=f"{cloudformation.meta.endpoint_url}/{BUCKET}/{TEMPLATE}",
        Parameters=templates.parameters(load(ROOT / "template.yaml")),
        Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    _eventually(lambda: not _status(cloudformation).endswith("IN_PROGRESS"))
    assert _status(cloudformation) == "UPDATE_COMPLETE"


def _variables(client: Callable[[str], Any], function: str) -> dict[str, str]:
    """The environment that the stack gives a function."""
    found = client("cloudformation").describe_stack_resource(
        StackName=STACK, LogicalResourceId=function
    )["StackResourceDetail"]["PhysicalResourceId"]
    configuration = client("lambda").get_function_configuration(FunctionName=found)
    variables: dict[str, str] = configuration["Environment"]["Variables"]
    return variables


def _delete(cloudformation: Any) -> None:
    cloudformation.delete_stack(StackName=STACK)
    _eventually(lambda: _status(cloudformation) == "DELETE_COMPLETE")


def test_tables_outlive_their_stack_and_another_adopts_them(
    client: Callable[[str], Any], filled: list[str]
) -> None:
    cloudformation, dynamodb = client("cloudformation"), client("dynamodb")
    epoch = epoch_of(_outputs(cloudformation)["DataTableStream"])
    tables = {"DataTable": "DataTable", "LogTable": "LogTable"}
    with pytest.raises(Refused, match="there is a stack errand"):
        adopt(cloudformation, dynamodb, stack=STACK, tables=tables)
    _delete(cloudformation)
    assert {*dynamodb.list_tables()["TableNames"]} == {"DataTable", "LogTable"}
    told = adopt(cloudformation, dynamodb, stack=STACK, tables=tables, pause=lambda _: None)
    assert told == "errand has DataTable, LogTable: now make deploy, which makes all else"
    _deploy_around(client, tables)
    assert _outputs(cloudformation)["DataTableName"] == "DataTable"
    assert _titles(dynamodb, "DataTable") == filled
    # The log goes on: it is the history of the same table.
    assert epoch_of(_outputs(cloudformation)["DataTableStream"]) == epoch


def test_restored_tables_take_the_place_of_those_that_were_lost(
    aws: Embedded, client: Callable[[str], Any], filled: list[str], tmp_path: Path
) -> None:
    cloudformation, dynamodb = client("cloudformation"), client("dynamodb")
    epoch = epoch_of(_outputs(cloudformation)["DataTableStream"])
    told = _make("restore", data_dir=tmp_path).split(": ")[-1].split()
    data_table, log_table = (part.partition("=")[2] for part in told)
    assert dynamodb.describe_table(TableName=log_table)["Table"]["ItemCount"] == 1 + len(filled)
    # The log was not lost: as it is, it has no number twice.
    tables = {"DataTable": data_table, "LogTable": "LogTable"}
    assert _titles(dynamodb, data_table) == filled
    # What was written since is not in it.
    key = {"pk": {"S": "USER#later"}, "sk": {"S": "TASK#later"}}
    dynamodb.put_item(TableName="DataTable", Item={**key, "h": {"M": {"t": {"S": "Later"}}}})
    _delete(cloudformation)
    adopt(cloudformation, dynamodb, stack=STACK, tables=tables, pause=lambda _: None)
    restored = dynamodb.describe_table(TableName=data_table)["Table"]
    assert restored["DeletionProtectionEnabled"] is True
    assert restored["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    expiry = dynamodb.describe_time_to_live(TableName=data_table)["TimeToLiveDescription"]
    assert expiry["AttributeName"] == "expires_at"
    backups = dynamodb.describe_continuous_backups(TableName=data_table)
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
    _deploy_around(client, tables)
    outputs = _outputs(cloudformation)
    assert (outputs["DataTableName"], outputs["LogTableName"]) == (data_table, "LogTable")
    assert _titles(dynamodb, data_table) == filled
    # Copies of clients are of another history: sync begins anew (410).
    assert epoch_of(outputs["DataTableStream"]) != epoch
    with _ada(aws.environment() | _variables(client, "ApiFunction")) as ada:
        tasks = ada.get("/tasks").raise_for_status().json()
        assert sorted(task["title"] for task in tasks) == filled
        # The log is the one that there was, and goes on: no number is given twice.
        ada.post("/tasks", json={"title": "After the worst day"}).raise_for_status()
        _eventually(lambda: _last(ada) == 2 + len(filled))
    # Once more: it outlives this stack, too.
    _delete(cloudformation)
    assert len(_titles(dynamodb, data_table)) == 1 + len(filled)


def test_another_table_is_not_adopted(client: Callable[[str], Any]) -> None:
    cloudformation, dynamodb = client("cloudformation"), client("dynamodb")
    with pytest.raises(Refused, match=r"its LocalSecondaryIndexes is not that of"):
        adopt(cloudformation, dynamodb, stack="other", tables={"DataTable": "EphemeralTable"})
    with pytest.raises(Refused, match="there is no table nothing"):
        adopt(cloudformation, dynamodb, stack="other", tables={"DataTable": "nothing"})
    with pytest.raises(Refused, match="EphemeralTable is no table that outlives its stack"):
        adopt(cloudformation, dynamodb, stack="other", tables={"EphemeralTable": "EphemeralTable"})
