"""Each function as built, with its own layers and nothing else, on its sample events."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tools import invoke
from tools.local.embedded import Embedded

from errand_testkit.stack import FUNCTIONS, ROOT, properties

EVENTS = ROOT / "events"
DONE: dict[str, Any] = {"batchItemFailures": []}

type Artifacts = Callable[[str], Path]
type Answer = Callable[[str, str], Any]


@pytest.fixture
def answer(artifact: Artifacts, embedded_aws: Embedded, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """What a function answers to one of events/, under the real runtime interface client."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", embedded_aws.endpoint)

    def answer(function: str, event: str) -> Any:
        own = [layer["Ref"] for layer in properties(function)["Layers"]]
        built = replace(FUNCTIONS[function], layers=tuple(map(artifact, own)))
        answered = invoke.run(built, (EVENTS / f"{event}.json").read_bytes(), isolated=True)
        return json.loads(answered.body)

    return answer


def test_api_answers(answer: Answer) -> None:
    # The sample has no token that this deployment knows.
    assert answer("ApiFunction", "api-tasks-list")["statusCode"] == 401


@pytest.mark.parametrize(
    ("function", "event"),
    [
        ("PublishChangesFunction", "stream-changes"),
        ("PublishChangesFunction", "stream-poison"),  # put aside at once
        ("PurgeAccountsFunction", "purge-account"),
        ("SendMailsFunction", "mail-recovery"),
        ("SendMailsFunction", "mail-verification"),
    ],
)
def test_batch_is_done(answer: Answer, function: str, event: str) -> None:
    assert answer(function, event) == DONE


@pytest.mark.parametrize(
    ("function", "event", "failures"),
    [
        ("PurgeAccountsFunction", "purge-poison", 2),
        ("SendMailsFunction", "mail-poison", 2),
    ],
)
def test_what_cannot_be_understood_comes_back(
    answer: Answer, function: str, event: str, failures: int
) -> None:
    assert len(answer(function, event)["batchItemFailures"]) == failures
