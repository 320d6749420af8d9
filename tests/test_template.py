"""What template.yaml promises: handlers that exist, least privilege, nothing lost or endless."""

import importlib
import inspect
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from tools.sam_template import Function, functions, load, resources

from errand.config import get_settings

ROOT = Path(__file__).parents[1]
PATH = ROOT / "template.yaml"
TEMPLATE = load(PATH)
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]
FUNCTIONS = functions(PATH)
QUEUES = resources(TEMPLATE, "AWS::SQS::Queue")
ROLES = resources(TEMPLATE, "AWS::IAM::Role")

every_function = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda one: one.name)


def properties(logical_id: str) -> dict[str, Any]:
    found: dict[str, Any] = RESOURCES[logical_id]["Properties"]
    return found


def target(reference: dict[str, Any]) -> str:
    """Logical id behind a Ref or a GetAtt."""
    return str(reference["Ref"] if "Ref" in reference else reference["Fn::GetAtt"][0])


def event_sources(kind: str) -> list[tuple[Function, dict[str, Any]]]:
    return [
        (function, event["Properties"])
        for function in FUNCTIONS.values()
        for event in properties(function.name)["Events"].values()
        if event["Type"] == kind
    ]


def statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        statement
        for policy in role["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


# ---------------------------------------------------------------------------- functions and layers


@pytest.fixture
def _as_on_lambda(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a handler finds when it is imported: its variables, and the secret one of them names."""
    for name in {name for function in FUNCTIONS.values() for name in function.variables}:
        monkeypatch.setenv(name, name)
    get_settings.cache_clear()
    with mock_aws():
        boto3.client("secretsmanager").create_secret(
            Name="ERRAND_SIGNING_SECRET", SecretString=json.dumps({"kid": "1", "key": "k" * 64})
        )
        yield
    get_settings.cache_clear()
    for function in FUNCTIONS.values():
        sys.modules.pop(function.handler.rpartition(".")[0], None)


@every_function
@pytest.mark.usefixtures("_as_on_lambda")
# Mangum asks for an event loop before there is one.
@pytest.mark.filterwarnings("ignore:There is no current event loop:DeprecationWarning")
def test_handler_is_a_function_in_the_code_that_is_deployed(function: Function) -> None:
    module_name, _, name = function.handler.rpartition(".")
    module = importlib.import_module(module_name)
    assert callable(getattr(module, name))
    assert Path(inspect.getfile(module)).is_relative_to(function.code)


@every_function
def test_function_gets_the_variables_it_reads_and_no_others(function: Function) -> None:
    code = "\n".join(file.read_text() for file in function.code.rglob("*.py"))
    if "errand.config" in code:
        code += (ROOT / "layers/core/errand/config.py").read_text()
    assert set(re.findall(r"\bERRAND_[A-Z_]+", code)) == set(function.variables)


@every_function
def test_function_has_a_role_and_a_log_group_of_its_own(function: Function) -> None:
    def used_by(one: Function) -> tuple[str, str]:
        found = properties(one.name)
        return target(found["Role"]), target(found["LoggingConfig"]["LogGroup"])

    role, group = used_by(function)
    others = [name for one in FUNCTIONS.values() if one != function for name in used_by(one)]
    assert {role, group}.isdisjoint(others)
    assert RESOURCES[group]["Type"] == "AWS::Logs::LogGroup"
    assert {"Fn::GetAtt": [group, "Arn"]} in [
        found["Resource"] for found in statements(ROLES[role])
    ]


def test_logs_are_not_kept_for_ever() -> None:
    for name in resources(TEMPLATE, "AWS::Logs::LogGroup"):
        assert properties(name)["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@pytest.mark.parametrize(
    "name", [*resources(TEMPLATE, "AWS::Serverless::LayerVersion"), *FUNCTIONS]
)
def test_makefile_builds_what_says_so(name: str) -> None:
    metadata = RESOURCES[name].get("Metadata", {})
    source = ROOT / (properties(name).get("ContentUri") or properties(name)["CodeUri"])
    makefile = source / "Makefile"
    targets = (
        re.findall(r"^build-(\w+):", makefile.read_text(), re.MULTILINE)
        if makefile.exists()
        else []
    )
    assert targets == ([name] if metadata.get("BuildMethod") == "makefile" else [])


def test_layer_of_dependencies_is_built_for_the_functions_processor() -> None:
    assert TEMPLATE["Globals"]["Function"]["Architectures"] == [{"Ref": "Architecture"}]
    folder = RESOURCES["DependenciesLayer"]["Metadata"]["WorkingDirectory"]
    assert folder == {"Fn::Sub": "./layers/dependencies/${Architecture}"}
    for processor in TEMPLATE["Parameters"]["Architecture"]["AllowedValues"]:
        assert (ROOT / "layers/dependencies" / processor / "platforms").is_file()


def test_everything_pinned_exactly() -> None:
    for file in (
        ROOT / "layers/dependencies/requirements.txt",
        ROOT / "tools/requirements-sam.txt",
    ):
        for line in file.read_text().splitlines():
            if requirement := line.split("#")[0].strip():
                assert re.fullmatch(r"[\w.-]+==[\w.]+", requirement), line


# ------------------------------------------------------------------------------------------ access


@pytest.mark.parametrize("role", ROLES)
def test_role_allows_named_actions_on_named_resources(role: str) -> None:
    for statement in statements(ROLES[role]):
        for action in as_list(statement["Action"]):
            assert re.fullmatch(r"[a-z]+:[A-Za-z]+", action)
        for resource in as_list(statement["Resource"]):
            assert resource != "*"
            assert isinstance(resource, dict)
    assert "ManagedPolicyArns" not in properties(role)


def test_only_the_api_may_read_the_signing_secret() -> None:
    readers = {name for name, role in ROLES.items() if "secretsmanager:" in str(statements(role))}
    assert readers == {"ApiRole"}


def test_queues_take_messages_only_from_the_rule() -> None:
    for policy in resources(TEMPLATE, "AWS::SQS::QueuePolicy").values():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            assert statement["Action"] == "sqs:SendMessage"
            source = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
            assert target(source) == "UserDeletedRule"


def test_signing_secret_has_no_value_in_the_template() -> None:
    secret = properties("SigningSecret")
    assert "SecretString" not in secret
    assert secret["GenerateSecretString"] == {
        "SecretStringTemplate": '{"kid":"1"}',
        "GenerateStringKey": "key",
        "PasswordLength": 64,
        "ExcludePunctuation": True,
    }


def test_access_log_tells_nothing_about_a_person() -> None:
    wanted = properties("HttpApi")["AccessLogSettings"]["Format"]
    assert "$context.requestId" in wanted
    assert not re.search(r"identity|authorizer|query|header", wanted, re.IGNORECASE)


# ------------------------------------------------------------------------------------------ tables


def test_data_table_cannot_be_lost_and_streams_both_images() -> None:
    table = RESOURCES["DataTable"]
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    assert table["Properties"]["DeletionProtectionEnabled"] is True
    assert table["Properties"]["PointInTimeRecoverySpecification"] == {
        "PointInTimeRecoveryEnabled": True
    }
    assert table["Properties"]["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_views_of_an_account_are_declared() -> None:
    """They can be made with the table only."""
    views = {
        index["IndexName"]: [key["AttributeName"] for key in index["KeySchema"]]
        for index in properties("DataTable")["LocalSecondaryIndexes"]
        if index["Projection"] == {"ProjectionType": "ALL"}
    }
    assert views == {
        "by_status": ["pk", "vs"],
        "by_due": ["pk", "vd"],
        "by_position": ["pk", "vp"],
        "by_change": ["pk", "vc"],
        "by_priority": ["pk", "vr"],
    }


def test_ephemeral_items_expire_and_are_not_streamed() -> None:
    table = properties("EphemeralTable")
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert "StreamSpecification" not in table


@pytest.mark.parametrize("name", resources(TEMPLATE, "AWS::DynamoDB::Table"))
def test_table_costs_nothing_when_idle(name: str) -> None:
    table = properties(name)
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    # Encrypted with the service's own key, as always; a KMS key would be billed by the request.
    assert "SSESpecification" not in table
    assert table["KeySchema"] == [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]


# ------------------------------------------------------------------------------- events and queues


@pytest.mark.parametrize("name", QUEUES)
def test_queue_is_encrypted_and_keeps_messages_as_long_as_it_can(name: str) -> None:
    assert properties(name)["SqsManagedSseEnabled"] is True
    assert properties(name)["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_consumed_queue_has_dead_letters_and_hides_a_message_long_enough() -> None:
    sources = event_sources("SQS")
    assert sources
    for function, source in sources:
        queue = properties(target(source["Queue"]))
        assert target(queue["RedrivePolicy"]["deadLetterTargetArn"]) in QUEUES
        assert queue["VisibilityTimeout"] >= 6 * function.timeout


def test_stream_consumer_gives_up_a_record_but_never_silently() -> None:
    sources = event_sources("DynamoDB")
    assert sources
    for _, source in sources:
        assert target(source["DestinationConfig"]["OnFailure"]["Destination"]) in QUEUES
        assert source["BisectBatchOnFunctionError"] is True
        assert 0 < source["MaximumRetryAttempts"] <= 100
        assert 0 < source["MaximumRecordAgeInSeconds"] <= 24 * 3600


@pytest.mark.parametrize("kind", ["SQS", "DynamoDB"])
def test_batch_consumer_reports_single_failures(kind: str) -> None:
    for _, source in event_sources(kind):
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize("name", resources(TEMPLATE, "AWS::Events::Rule"))
def test_rule_target_has_dead_letters(name: str) -> None:
    for rule_target in properties(name)["Targets"]:
        assert target(rule_target["DeadLetterConfig"]["Arn"]) in QUEUES


def test_purge_waits_until_cached_sessions_are_gone() -> None:
    assert properties("PurgeQueue")["DelaySeconds"] == {"Ref": "PurgeDelaySeconds"}
    assert TEMPLATE["Parameters"]["PurgeDelaySeconds"]["Default"] > 30


# --------------------------------------------------------------------------------------------- API


def test_api_takes_every_path_as_payload_2_throttled() -> None:
    routes = event_sources("HttpApi")
    assert {(route["Method"], route["Path"]) for _, route in routes} == {
        ("ANY", "/"),
        ("ANY", "/{proxy+}"),
    }
    assert all(route["PayloadFormatVersion"] == "2.0" for _, route in routes)
    assert properties("HttpApi")["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": {"Ref": "ThrottlingRateLimit"},
        "ThrottlingBurstLimit": {"Ref": "ThrottlingBurstLimit"},
    }


def test_api_function_ends_before_the_gateway_gives_up() -> None:
    dynamodb_at_worst = 3 * (1 + 3)
    assert dynamodb_at_worst < FUNCTIONS["ApiFunction"].timeout < 30
