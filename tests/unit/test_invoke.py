"""`make invoke`: a function under the real runtime interface client, from source and as built."""

import json
import os
import platform
import time
from pathlib import Path
from typing import Any

import pytest
from tools import invoke

TEMPLATE = """
Resources:
  EchoFunction:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: %s, Handler: echo.handler, Timeout: 1, Layers: [!Ref Layer]}
  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: %s}
"""
CODE = """
import os, sys, time

def handler(event, context):
    if "fail" in event:
        raise ValueError(event["fail"])
    if "sleep" in event:
        time.sleep(event["sleep"])
    if "answer" in event:
        return event["answer"]
    if "exit" in event:
        os._exit(event["exit"])
    return {
        "event": event,
        "deadline": context.get_remaining_time_in_millis(),
        "name": context.function_name,
        "path": [entry for entry in sys.path if "site-packages" in entry],
    }
"""
ARCHITECTURE = {"x86_64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}[platform.machine()]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "template.yaml").write_text(TEMPLATE % ("code", "layer"))
    for folder, name, content in (("code", "echo.py", CODE), ("layer", "shared.py", "")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(content)
    return tmp_path


def build(project: Path, architecture: str = ARCHITECTURE) -> None:
    """Leave what `sam build` leaves."""
    built = project / ".aws-sam" / "build"
    (built / "EchoFunction").mkdir(parents=True)
    (built / "EchoFunction" / "echo.py").write_text("import shared\n" + CODE)
    (built / "Layer" / "python").mkdir(parents=True)
    (built / "Layer" / "python" / "shared.py").touch()
    (built / "template.yaml").write_text(TEMPLATE % ("EchoFunction", "Layer"))
    (built.parent / "build.toml").write_text(
        f'[function_build_definitions.one]\narchitecture = "{architecture}"\n'
    )


def run(project: Path, event: Any, name: str = "echo", *more: str) -> int:
    (project / "event.json").write_text(json.dumps(event))
    template = str(project / "template.yaml")
    return invoke.main([name, str(project / "event.json"), "--template", template, *more])


def test_prints_the_answer(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    event = {"text": "Grüße", "large": "x" * 200_000}
    assert run(project, event) == 0
    answer = json.loads(capfd.readouterr().out)
    assert answer["event"] == event
    assert answer["name"] == "EchoFunction"
    assert 0 < answer["deadline"] <= 1000


@pytest.mark.deep
@pytest.mark.parametrize(
    ("event", "kind", "message"),
    [
        ({"fail": "no such thing"}, "ValueError", "no such thing"),
        ({"sleep": 5}, "Runtime.Error", "Task timed out after 1.00 seconds"),
        ({"exit": 3}, "Runtime.Error", "Runtime exited with code 3"),
    ],
)
def test_failure_of_the_function(
    project: Path, capfd: pytest.CaptureFixture[str], event: Any, kind: str, message: str
) -> None:
    assert run(project, event) == 1
    error = json.loads(capfd.readouterr().out)
    assert (error["errorType"], error["errorMessage"]) == (kind, message)


@pytest.mark.deep
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"statusCode": 204}, 0),
        ({"statusCode": 401, "body": "{}"}, 1),
        ({"statusCode": 503}, 1),
        ({"batchItemFailures": []}, 0),
        ({"batchItemFailures": [{"itemIdentifier": "1"}]}, 1),
        (None, 0),
    ],
)
def test_answer_that_tells_of_an_error_is_one(project: Path, answer: Any, code: int) -> None:
    assert run(project, {"answer": answer}) == code


def test_token_is_that_of_who_sends_the_request(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    event = {"headers": {"authorization": "Bearer ACCESS_TOKEN", "accept": "*/*"}}
    assert run(project, event, "echo", "--token", "abc") == 0
    sent = json.loads(capfd.readouterr().out)["event"]
    assert sent == {"headers": {"authorization": "Bearer abc", "accept": "*/*"}}


def test_token_is_of_no_use_but_in_a_request(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(project, {"Records": []}, "echo", "--token", "abc") == 2
    assert "takes no token" in capfd.readouterr().err


def test_module_that_cannot_be_imported(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (project / "code" / "echo.py").write_text("import missing_module\n")
    assert run(project, {}) == 1
    assert json.loads(capfd.readouterr().out)["errorType"] == "Runtime.ImportModuleError"


@pytest.mark.deep
@pytest.mark.parametrize("name", ["echo", "Echo", "EchoFunction", "echo-function"])
def test_name_in_any_spelling(project: Path, name: str) -> None:
    assert run(project, {}, name) == 0


def test_unknown_name_lists_the_known(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(project, {}, "other") == 2
    assert "EchoFunction" in capfd.readouterr().err


def test_event_that_is_not_json(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (project / "event.json").write_text("{")
    arguments = ["echo", str(project / "event.json")]
    assert invoke.main([*arguments, "--template", str(project / "template.yaml")]) == 2
    assert capfd.readouterr().err.startswith("invoke: ")


def test_built_artifact_runs_without_the_environment_s_packages(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    build(project)
    assert run(project, {}) == 0
    shown = capfd.readouterr()
    assert "EchoFunction from" in shown.err
    assert "build" in shown.err.splitlines()[0]
    assert json.loads(shown.out)["path"] == []


@pytest.mark.deep
def test_source_newer_than_the_build_runs_from_source(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    build(project)
    later = time.time() + 10
    os.utime(project / "layer" / "shared.py", (later, later))
    assert run(project, {}) == 0
    assert json.loads(capfd.readouterr().out)["path"] != []


@pytest.mark.deep
def test_build_for_another_processor_is_left_alone(
    project: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    build(project, "arm64" if ARCHITECTURE == "x86_64" else "x86_64")
    assert run(project, {}) == 0
    assert json.loads(capfd.readouterr().out)["path"] != []
