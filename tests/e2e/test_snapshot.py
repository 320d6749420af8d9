"""SnapStart's hooks under the real runtime interface client, on the embedded AWS."""

import json
from pathlib import Path

import pytest
from tools import invoke
from tools.local.embedded import Embedded

pytestmark = pytest.mark.deep

ROOT = Path(__file__).parents[2]


def test_a_restored_function_answers(
    embedded_aws: Embedded, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("AWS_ENDPOINT_URL", embedded_aws.endpoint)
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")
    assert invoke.main(["ApiFunction", "events/api-register.json"]) == 0
    answer = json.loads(capfd.readouterr().out)
    assert answer["statusCode"] == 201
    assert json.loads(answer["body"])["username"] == "ada"
