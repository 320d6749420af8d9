"""`make deploy`: tables are protected as soon as the stack is there, and not before."""

import tomllib
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from tools.deploy import AT_ONCE, CONFIG, UNPROTECTED, deploy, is_rolled_back, is_there

from errand_testkit.stubs import stubbed

SETTINGS = tomllib.loads(CONFIG.read_text())
NAME = {"StackName": "errand-dev"}


@pytest.fixture
def cloudformation() -> Iterator[tuple[Any, Stubber]]:
    with stubbed("cloudformation") as made:
        yield made


def answer(status: str) -> dict[str, Any]:
    when = "2026-11-22T08:30:00Z"
    return {"Stacks": [{"StackName": "errand-dev", "CreationTime": when, "StackStatus": status}]}


@pytest.mark.parametrize("environment", ["default", "prod"])
def test_first_deployment_is_without_protection_and_the_second_with_it(environment: str) -> None:
    commands: list[Any] = []
    deploy(SETTINGS[environment], environment, is_there=False, run=commands.append)
    first, second = commands
    assert second == ["sam", "deploy", "--config-env", environment]
    given = SETTINGS[environment]["deploy"]["parameters"]["parameter_overrides"]
    assert first == [*second, "--parameter-overrides", *given, UNPROTECTED]


def test_failure_of_the_first_deployment_is_the_end() -> None:
    def fail(_command: Any) -> None:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        deploy(SETTINGS["default"], "default", is_there=False, run=fail)


def test_every_other_deployment_leaves_protection_alone() -> None:
    commands: list[Any] = []
    deploy(SETTINGS["prod"], "prod", is_there=True, run=commands.append)
    assert commands == [["sam", "deploy", "--config-env", "prod"]]


def test_what_was_rolled_back_gets_no_part_of_the_requests_again() -> None:
    commands: list[Any] = []
    deploy(SETTINGS["prod"], "prod", is_there=True, is_rolled_back=True, run=commands.append)
    given = SETTINGS["prod"]["deploy"]["parameters"]["parameter_overrides"]
    assert commands == [
        ["sam", "deploy", "--config-env", "prod", "--parameter-overrides", *given, AT_ONCE]
    ]


def test_stack_that_never_got_as_far_as_an_alias_is_not_rolled_back(
    cloudformation: tuple[Any, Stubber],
) -> None:
    client, stubber = cloudformation
    stubber.add_response("list_stack_resources", {"StackResourceSummaries": []}, NAME)
    assert not is_rolled_back(client, None, "errand-dev")


@pytest.mark.parametrize(("serves", "expected"), [("42", False), ("41", True)])
def test_it_is_rolled_back_if_another_version_serves_than_was_deployed(
    cloudformation: tuple[Any, Stubber], serves: str, *, expected: bool
) -> None:
    client, stubber = cloudformation
    arn = "arn:aws:lambda:eu-central-1:123456789012:function:api"
    ids = [
        ("ApiFunction", "api", "UPDATE_COMPLETE"),
        ("ApiFunctionVersion0123456789", f"{arn}:42", "CREATE_COMPLETE"),
        ("ApiFunctionVersionabcdefabcd", f"{arn}:40", "DELETE_SKIPPED"),
        ("ApiFunctionAliaslive", f"{arn}:live", "UPDATE_COMPLETE"),
    ]
    found = [
        {
            "LogicalResourceId": name,
            "PhysicalResourceId": one,
            "ResourceType": "AWS::Lambda",
            "ResourceStatus": status,
            "LastUpdatedTimestamp": "2026-11-22T08:30:00Z",
        }
        for name, one, status in ids
    ]
    stubber.add_response("list_stack_resources", {"StackResourceSummaries": found}, NAME)
    functions = boto3.client("lambda", region_name="eu-central-1")
    with Stubber(functions) as lambda_stubber:
        asked = {"FunctionName": "api", "Name": "live"}
        lambda_stubber.add_response("get_alias", {"FunctionVersion": serves}, asked)
        assert is_rolled_back(client, functions, "errand-dev") is expected


@pytest.mark.parametrize("environment", ["default", "prod"])
def test_nobody_is_asked(environment: str) -> None:
    """A pipeline would wait for ever."""
    assert SETTINGS[environment]["deploy"]["parameters"]["confirm_changeset"] is False


@pytest.mark.parametrize(
    ("status", "known"),
    [("CREATE_COMPLETE", True), ("ROLLBACK_FAILED", True), ("REVIEW_IN_PROGRESS", False)],
)
def test_stack_is_there_once_it_was_made(
    cloudformation: tuple[Any, Stubber], status: str, *, known: bool
) -> None:
    client, stubber = cloudformation
    stubber.add_response("describe_stacks", answer(status), NAME)
    assert is_there(client, "errand-dev") is known


def test_what_is_left_of_an_attempt_is_deleted(cloudformation: tuple[Any, Stubber]) -> None:
    client, stubber = cloudformation
    stubber.add_response("describe_stacks", answer("ROLLBACK_COMPLETE"), NAME)
    stubber.add_response("delete_stack", {}, NAME)
    stubber.add_client_error("describe_stacks", "ValidationError", "errand-dev does not exist")
    assert not is_there(client, "errand-dev")


def test_unknown_stack_is_not_there(cloudformation: tuple[Any, Stubber]) -> None:
    client, stubber = cloudformation
    stubber.add_client_error("describe_stacks", "ValidationError", "errand-dev does not exist")
    assert not is_there(client, "errand-dev")


def test_whoever_may_not_look_does_not_deploy(cloudformation: tuple[Any, Stubber]) -> None:
    client, stubber = cloudformation
    stubber.add_client_error("describe_stacks", "AccessDenied", "not authorized")
    with pytest.raises(ClientError):
        is_there(client, "errand-dev")
