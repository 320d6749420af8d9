"""What template.yaml promises of functions and the API: they exist, with least privilege."""

import ast
import importlib
import inspect
import json
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from packaging.requirements import Requirement
from tools.sam_template import Function, resources

from errand.config import get_settings
from errand_testkit.access import as_list, statements
from errand_testkit.layers import PACKAGES, names
from errand_testkit.stack import (
    FUNCTIONS,
    RESOURCES,
    ROOT,
    TEMPLATE,
    event_sources,
    properties,
    target,
)

ROLES = resources(TEMPLATE, "AWS::IAM::Role")

every_function = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda one: one.name)


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
    if "get_settings" in code:
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
    assert {"Fn::GetAtt": [group, "Arn"]} in [found["Resource"] for found in statements(role)]


def test_logs_are_not_kept_for_ever() -> None:
    for name in resources(TEMPLATE, "AWS::Logs::LogGroup"):
        assert properties(name)["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_makefiles_build_what_says_so() -> None:
    makefiles = [*ROOT.glob("functions/*/Makefile"), *ROOT.glob("layers/*/Makefile")]
    built = {
        (makefile.parent, name)
        for makefile in makefiles
        for name in re.findall(r"^build-(\w+):", makefile.read_text(), re.MULTILINE)
    }
    assert built == {
        (ROOT / (properties(name).get("ContentUri") or properties(name)["CodeUri"]), name)
        for name in [*resources(TEMPLATE, "AWS::Serverless::LayerVersion"), *FUNCTIONS]
        if RESOURCES[name].get("Metadata", {}).get("BuildMethod") == "makefile"
    }


@every_function
def test_function_has_our_package_and_the_third_party_packages_of_its_kind(
    function: Function,
) -> None:
    is_whole = function.name in {"ApiFunction", "ImportTasksFunction"}
    packages = "DependenciesLayer" if is_whole else "EventDependenciesLayer"
    assert [target(layer) for layer in properties(function.name)["Layers"]] == [
        packages,
        "CoreLayer",
    ]


@pytest.mark.parametrize("layer", PACKAGES)
def test_layer_of_dependencies_is_built_for_the_functions_processor(layer: str) -> None:
    assert TEMPLATE["Globals"]["Function"]["Architectures"] == [{"Ref": "Architecture"}]
    folder = RESOURCES[layer]["Metadata"]["WorkingDirectory"]
    assert folder == {"Fn::Sub": "./layers/dependencies/${Architecture}"}
    for processor in TEMPLATE["Parameters"]["Architecture"]["AllowedValues"]:
        assert (ROOT / "layers/dependencies" / processor / "platforms").is_file()


def test_everything_pinned_exactly() -> None:
    for file in (
        ROOT / "layers/dependencies/requirements.txt",
        ROOT / "layers/dependencies/events-only.txt",
        ROOT / "tools/requirements-sam.txt",
        ROOT / "tools/requirements-checkov.txt",
    ):
        for line in file.read_text().splitlines():
            if requirement := line.split("#")[0].strip():
                assert re.fullmatch(r"[\w.-]+==[\w.]+", requirement), line


def test_layer_of_event_functions_has_all_that_it_needs_pinned_in_one_place() -> None:
    shared, own = (names([file]) for file in PACKAGES["EventDependenciesLayer"])
    pinned = {*names(PACKAGES["DependenciesLayer"])}
    assert {*shared} < pinned
    assert {*own} & pinned == set()
    listed = [*shared, *own]
    for package in listed:
        for line in metadata.requires(package) or ():
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                assert needed.name in listed, package


@pytest.mark.deep
@every_function
def test_layer_has_what_a_function_imports_at_last(function: Function) -> None:
    """Imports inside of functions included, which no import of the handler shows."""
    [packages] = [
        PACKAGES[name]
        for layer in properties(function.name)["Layers"]
        if (name := target(layer)) in PACKAGES
    ]
    installed = metadata.packages_distributions()
    imported = {
        name.partition(".")[0]
        for file in function.code.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        for name in imports(node)
    }
    third_party = {
        distribution
        for name in imported - sys.stdlib_module_names
        for distribution in installed.get(name, ())
    }
    of_the_runtime = {"snapshot-restore-py"}
    assert third_party <= {*names(packages)} | of_the_runtime


def imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


# ------------------------------------------------------------------------------------------ access


@pytest.mark.parametrize("role", ROLES)
def test_role_allows_named_actions_on_named_resources(role: str) -> None:
    for statement in statements(role):
        for action in as_list(statement["Action"]):
            assert re.fullmatch(r"[a-z0-9-]+:[A-Za-z]+", action)
        # Which knows of no resource.
        if statement["Action"] != "scheduler:ListSchedules":
            assert all(isinstance(one, dict) for one in as_list(statement["Resource"]))
    tracing = {"Fn::If": ["HasTracing", [{"Ref": "TracingPolicy"}], {"Ref": "AWS::NoValue"}]}
    is_functions = role not in {"DeploymentRole", "SchedulerRole"}
    assert properties(role).get("ManagedPolicyArns") == (tracing if is_functions else None)


def test_each_secret_is_read_by_the_one_that_signs_with_it() -> None:
    readers = {
        name: [told["Resource"] for told in statements(name) if "secrets" in str(told["Action"])]
        for name in ROLES
        if "secretsmanager:" in str(statements(name))
    }
    assert readers == {
        "ApiRole": [{"Ref": "SigningSecret"}],
        "NotifyBrowsersRole": [{"Ref": "PushSecret"}],
    }


def test_only_the_sender_of_mails_may_send_them_and_from_one_address() -> None:
    senders = [
        (name, statement)
        for name in ROLES
        for statement in statements(name)
        if "ses:" in str(statement["Action"])
    ]
    [(name, statement)] = senders
    assert (name, statement["Action"]) == ("SendMailsRole", "ses:SendEmail")
    assert statement["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "MailFrom"}}}


def test_what_mails_take_is_there_only_with_an_address_to_send_from() -> None:
    assert TEMPLATE["Parameters"]["MailFrom"]["Default"] == ""
    sections = (RESOURCES, TEMPLATE["Outputs"])
    conditional = {
        name
        for section in sections
        for name, entry in section.items()
        if entry.get("Condition") in {"HasMail", "HasMailAlarms"}
    }
    assert conditional == {
        name
        for section in sections
        for name in section
        if re.match("(Send)?Mail|NoteFeedback|Digest", name)
    }


def test_what_sockets_take_is_there_only_where_they_are_wanted() -> None:
    sections = (RESOURCES, TEMPLATE["Outputs"])
    conditional = {
        name
        for section in sections
        for name, entry in section.items()
        if entry.get("Condition") in {"HasRealtime", "HasRealtimeAlarms"}
    }
    assert conditional == {
        name
        for section in sections
        for name in section
        if re.match("(Serve)?Socket|(Push)?Hint", name)
    }
    variables = properties("ApiFunction")["Environment"]["Variables"]
    assert variables["ERRAND_REALTIME_URL"]["Fn::If"][0] == "HasRealtime"


def test_sockets_are_throttled_and_only_their_api_calls_the_function() -> None:
    assert properties("SocketStage")["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": {"Ref": "ThrottlingRateLimit"},
        "ThrottlingBurstLimit": {"Ref": "ThrottlingBurstLimit"},
    }
    [permission] = resources(TEMPLATE, "AWS::Lambda::Permission").values()
    assert "${SocketApi}" in permission["Properties"]["SourceArn"]["Fn::Sub"]
    routes = resources(TEMPLATE, "AWS::ApiGatewayV2::Route").values()
    keys = {route["Properties"]["RouteKey"] for route in routes}
    assert keys == {"$connect", "$disconnect", "$default"}
    # Below what API Gateway waits for an integration.
    assert FUNCTIONS["ServeSocketsFunction"].timeout < 29


def test_queues_take_messages_only_from_the_rule() -> None:
    """Whose target, or dead letters, they are."""
    policies = resources(TEMPLATE, "AWS::SQS::QueuePolicy")
    for policy in [one for name, one in policies.items() if name != "ImportQueuePolicy"]:
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Deny":
                continue
            assert statement["Action"] == "sqs:SendMessage"
            rule = target(statement["Condition"]["ArnEquals"]["aws:SourceArn"])
            [one] = properties(rule)["Targets"]
            sent_to = {target(one["Arn"]), target(one["DeadLetterConfig"]["Arn"])}
            assert {target(queue) for queue in as_list(statement["Resource"])} <= sent_to


def test_queue_of_uploaded_files_takes_messages_from_s3_of_this_account_alone() -> None:
    statement, _ = properties("ImportQueuePolicy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == "sqs:SendMessage"
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    assert statement["Resource"] == {"Fn::GetAtt": ["ImportQueue", "Arn"]}
    account = {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert statement["Condition"] == {"StringEquals": account}


def test_every_queue_is_spoken_to_over_tls_alone() -> None:
    """By one policy, as a second would replace the first."""
    told: list[str] = []
    for policy in resources(TEMPLATE, "AWS::SQS::QueuePolicy").values():
        own = policy["Properties"]
        [deny] = [s for s in own["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
        assert (deny["Principal"], deny["Action"]) == ("*", "sqs:*")
        assert deny["Condition"] == {"Bool": {"aws:SecureTransport": False}}
        queues = [target(queue.get("Fn::If", [None, queue])[1]) for queue in own["Queues"]]
        if "Fn::Sub" not in deny["Resource"]:
            assert [target(queue) for queue in as_list(deny["Resource"])] == queues
        told += queues
    assert sorted(told) == sorted(resources(TEMPLATE, "AWS::SQS::Queue"))


def test_policy_of_queues_that_nothing_else_has_one_for_is_for_those_of_the_stack() -> None:
    [deny] = properties("OtherQueuesPolicy")["PolicyDocument"]["Statement"]
    assert deny["Resource"]["Fn::Sub"].endswith(":${AWS::StackName}-*")
    for queue in properties("OtherQueuesPolicy")["Queues"]:
        condition, one, _ = queue.get("Fn::If", [None, queue, None])
        assert RESOURCES[target(one)].get("Condition") == condition
    # Names that CloudFormation makes begin so.
    for queue in resources(TEMPLATE, "AWS::SQS::Queue").values():
        assert "QueueName" not in queue["Properties"]


def test_traces_are_an_option_and_all_that_their_policy_allows() -> None:
    assert TEMPLATE["Parameters"]["Tracing"]["Default"] == "false"
    assert RESOURCES["TracingPolicy"]["Condition"] == "HasTracing"
    mode = {"Fn::If": ["HasTracing", "Active", "PassThrough"]}
    assert TEMPLATE["Globals"]["Function"]["Tracing"] == mode
    [statement] = properties("TracingPolicy")["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]


@pytest.mark.parametrize(
    ("name", "beside"), [("SigningSecret", '{"kid":"1"}'), ("PushSecret", "{}")]
)
def test_secret_has_no_value_in_the_template(name: str, beside: str) -> None:
    secret = properties(name)
    assert "SecretString" not in secret
    assert secret["GenerateSecretString"] == {
        "SecretStringTemplate": beside,
        "GenerateStringKey": "key",
        "PasswordLength": 64,
        "ExcludePunctuation": True,
    }


def test_access_log_tells_nothing_about_a_person() -> None:
    wanted = properties("HttpApi")["AccessLogSettings"]["Format"]
    assert "$context.requestId" in wanted
    # Feeds of calendars have a secret in their path.
    assert not re.search(r"identity|authorizer|query|header|path", wanted, re.IGNORECASE)


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


def test_what_requests_cost_is_told_only_where_it_is_asked_for() -> None:
    assert TEMPLATE["Parameters"]["ServerTiming"]["Default"] == "false"
    variables = properties("ApiFunction")["Environment"]["Variables"]
    assert variables["ERRAND_SERVER_TIMING"] == {"Fn::If": ["HasServerTiming", "1", "0"]}


def test_commonest_passwords_are_refused_and_no_other_origin_is_let_in_unless_asked_for() -> None:
    parameters = TEMPLATE["Parameters"]
    assert parameters["RefuseCommonPasswords"]["Default"] == "true"
    assert parameters["CorsAllowOrigins"]["Default"] == ""
    variables = properties("ApiFunction")["Environment"]["Variables"]
    refuse = {"Fn::If": ["RefusesCommonPasswords", "1", "0"]}
    assert variables["ERRAND_REFUSE_COMMON_PASSWORDS"] == refuse
    assert variables["ERRAND_CORS_ORIGINS"] == {"Ref": "CorsAllowOrigins"}


@pytest.mark.parametrize(
    ("parameter", "taken", "refused"),
    [
        ("AlarmEmail", "ops@example.com", "ops"),
        ("CertificateArn", "arn:aws:acm:us-east-1:123456789012:certificate/1-2", "arn"),
        ("HostedZoneId", "Z0123456789ABCDEFGHIJ", "example.com"),
        ("EdgeAddressHeader", "CloudFront-Viewer-Address", "X Header"),
        ("EdgeSecretDigest", "0123456789abcdef" * 2, "0123456789abcdef"),
        ("MailFrom", "errand@example.com", "Errand <errand@example.com>"),
        ("AppUrl", "https://example.com/errand", "https://example.com/#errand"),
        ("AppUrl", "http://localhost:5173", "https://example.com/"),
        ("CorsAllowOrigins", "https://a.example,http://localhost:5173", "https://a.example/"),
        ("CorsAllowOrigins", "https://a.example", "*"),
    ],
)
def test_parameter_takes_what_its_function_understands(
    parameter: str, taken: str, refused: str
) -> None:
    pattern = TEMPLATE["Parameters"][parameter]["AllowedPattern"]
    assert re.fullmatch(pattern, taken)
    assert re.fullmatch(pattern, "")
    assert not re.fullmatch(pattern, refused)


def test_api_function_ends_before_the_gateway_gives_up() -> None:
    dynamodb_at_worst = 3 * (1 + 3)
    assert dynamodb_at_worst < FUNCTIONS["ApiFunction"].timeout < 30


def test_whatever_waits_at_a_queue_leaves_instances_to_the_api() -> None:
    """Nothing else bounds them: a stream has one for each shard, the gateway its throttle."""
    for _, source in event_sources("SQS"):
        assert 2 <= source["ScalingConfig"]["MaximumConcurrency"] <= 20


def test_instances_of_the_api_can_be_bounded() -> None:
    bound = properties("ApiFunction")["ReservedConcurrentExecutions"]
    assert bound == {
        "Fn::If": [
            "HasReservedConcurrency",
            {"Ref": "ReservedConcurrency"},
            {"Ref": "AWS::NoValue"},
        ]
    }
    assert TEMPLATE["Parameters"]["ReservedConcurrency"]["Default"] == 0
