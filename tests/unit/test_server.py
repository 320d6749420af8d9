"""What a server's API has in its environment, and how many take turns at its socket."""

import os

import pytest
from tools import server, stack
from tools.local.failures import CannotRun
from tools.server import variables, workers_of


def test_what_is_given_is_taken_and_requests_are_not_logged() -> None:
    given = {"ERRAND_DATA_TABLE": "data", "AWS_REGION": "eu-central-1"}
    assert variables(given) == given | {"ACCESS_LOG": "0"}


def test_store_tells_what_its_api_gets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://store:4566")
    told = {"ERRAND_DATA_TABLE": "DataTable", "ERRAND_IMPORT_BUCKET": "imports"}
    monkeypatch.setattr(stack, "variables", lambda: {"ApiFunction": told})
    found = variables({"AWS_SECRET_ACCESS_KEY": "of somebody", "PATH": "/bin"})
    assert found["ERRAND_DATA_TABLE"] == "DataTable"
    assert found["AWS_ENDPOINT_URL"] == "http://store:4566"
    assert found["AWS_SECRET_ACCESS_KEY"] == "test"
    # Nobody outside reaches its bucket.
    assert found["ERRAND_IMPORT_BUCKET"] == ""


def test_store_that_does_not_come(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> dict[str, dict[str, str]]:
        raise LookupError("`make run` does not answer")

    monkeypatch.setattr(stack, "variables", nobody)
    monkeypatch.setattr(server, "PATIENCE", 0)
    with pytest.raises(CannotRun, match="there is no store"):
        variables({})


def test_a_worker_for_each_core_unless_told_otherwise() -> None:
    assert workers_of({}) == os.process_cpu_count()
    assert workers_of({"WORKERS": "3"}) == 3


@pytest.mark.parametrize("given", ["0", "-1", "257", "many", "1.5", "\u0661"])
def test_no_number_of_workers(given: str) -> None:
    with pytest.raises(CannotRun, match="WORKERS must be a number"):
        workers_of({"WORKERS": given})
