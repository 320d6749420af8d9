"""Which deployment a command is led to, and what its user reads where there is none."""

import os
import socket
from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from tools import deployment
from tools.deployment import Deployment, Refused, carry_out, enter

from errand.errors import StorageUnavailable


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """CloudFormation on AWS, which answers what it is told to."""
    cloudformation = boto3.client("cloudformation")
    monkeypatch.setattr(deployment, "client", lambda *_, **__: cloudformation)
    with Stubber(cloudformation) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def unused_port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Where nothing listens; the environment is put back afterwards."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        monkeypatch.setattr(os, "environ", os.environ.copy() | {"AWS_PORT": str(port)})
        monkeypatch.setattr("time.sleep", lambda _: None)
        yield port


def test_stack_on_aws(aws: Stubber) -> None:
    stack = {
        "StackName": "errand-prod",
        "CreationTime": "2026-11-22T08:30:00Z",
        "StackStatus": "CREATE_COMPLETE",
        "Outputs": [{"OutputKey": "DataTableName", "OutputValue": "errand-prod-DataTable-1A"}],
    }
    aws.add_response("describe_stacks", {"Stacks": [stack]}, {"StackName": "errand-prod"})
    before = dict(os.environ)
    entered = enter("errand-prod")
    assert entered == Deployment(
        "the stack errand-prod", {"DataTableName": "errand-prod-DataTable-1A"}, "errand-prod"
    )
    assert dict(os.environ) == before  # its user stays who they are


def test_unknown_stack(aws: Stubber) -> None:
    aws.add_client_error("describe_stacks", "ValidationError", "Stack with id other does not exist")
    with pytest.raises(Refused) as refused:
        enter("other")
    line = "the stack other does not answer: Stack with id other does not exist"
    assert str(refused.value) == line


def test_missing_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.delenv("AWS_REGION")
    with pytest.raises(Refused, match=r"^the stack errand does not answer: .*region"):
        enter("errand")


def test_make_run_that_does_not_run(unused_port: int) -> None:
    with pytest.raises(Refused, match=rf"^`make run` at http://127.0.0.1:{unused_port} does not"):
        enter(None)


def test_nothing_for_make_run_gets_to_aws(
    unused_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    with pytest.raises(Refused):
        enter(None)
    assert os.environ["AWS_ENDPOINT_URL"] == f"http://127.0.0.1:{unused_port}"
    assert os.environ["AWS_ACCESS_KEY_ID"] == "test"
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & set(os.environ)


def test_stack_of_something_else() -> None:
    with pytest.raises(Refused, match=r"^the stack x is none of Errand's: .* DataTableName$"):
        Deployment("the stack x", {}).output("DataTableName")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (Refused("there is no user ada"), "there is no user ada"),
        (StorageUnavailable(), StorageUnavailable().detail),
        (
            ClientError({"Error": {"Code": "AccessDenied", "Message": "hunter2"}}, "PutItem"),
            "AWS refused it: AccessDenied",
        ),
    ],
    ids=["refused", "storage", "aws"],
)
def test_failure_is_a_line(error: Exception, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    def act() -> str:
        raise error

    assert carry_out("rotate-keys", act) == 1
    assert capsys.readouterr() == ("", f"rotate-keys: {line}\n")
