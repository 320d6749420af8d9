"""Each function as built, with its own layers and nothing else, on its sample events."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from tools import invoke
from tools.local.embedded import Embedded

from errand_testkit.stack import FUNCTIONS, ROOT, properties

EVENTS = ROOT / "events"
DONE: dict[str, Any] = {"batchItemFailures": []}

type Artifacts = Callable[[str], Path]
# What a function answers to one of events/, or to an event as JSON.
type Answer = Callable[[str, str], Any]


@pytest.fixture
def answer(artifact: Artifacts, embedded_aws: Embedded, monkeypatch: pytest.MonkeyPatch) -> Answer:
    """What a function answers to one of events/, under the real runtime interface client."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", embedded_aws.endpoint)

    def answer(function: str, event: str) -> Any:
        own = [layer["Ref"] for layer in properties(function)["Layers"]]
        built = replace(FUNCTIONS[function], layers=tuple(map(artifact, own)))
        sample = EVENTS / f"{event}.json"
        content = event.encode() if event.startswith("{") else sample.read_bytes()
        return json.loads(invoke.run(built, content, isolated=True).body)

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
        ("ImportTasksFunction", "import-upload"),
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
        ("ImportTasksFunction", "import-poison", 2),
        ("SendMailsFunction", "mail-poison", 2),
    ],
)
def test_what_cannot_be_understood_comes_back(
    answer: Answer, function: str, event: str, failures: int
) -> None:
    assert len(answer(function, event)["batchItemFailures"]) == failures


def test_uploaded_file_is_worked_off(
    answer: Answer,
    embedded_aws: Embedded,
    api_url: str,
    aws_client: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the botocore that is deployed, which knows little of S3."""
    bucket = "built-imports"
    # Of its own: what is put into the other the function as it is here works off as well.
    environment = embedded_aws.environments["import_tasks.handler"]
    for name, value in {**environment, "ERRAND_IMPORT_BUCKET": bucket}.items():
        monkeypatch.setenv(name, value)
    who = {"username": "builtin", "password": "correct horse battery"}
    with httpx.Client(base_url=api_url, trust_env=False, timeout=30) as client:
        client.post("/register", json=who).raise_for_status()
        token = client.post("/token", data=who).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        new = client.post("/imports/uploads", json={"format": "vtodo"}).json()
        [key] = [one["value"] for one in new["upload"]["fields"] if one["name"] == "key"]
        s3 = aws_client("s3")
        s3.create_bucket(Bucket=bucket)
        todo = (
            b"BEGIN:VCALENDAR\r\nBEGIN:VTODO\r\nSUMMARY:Pay rent\r\nEND:VTODO\r\nEND:VCALENDAR\r\n"
        )
        etag = s3.put_object(Bucket=bucket, Key=key, Body=todo)["ETag"].strip('"')
        found = {"s3": {"object": {"key": key, "eTag": etag}}}
        message = {"messageId": "1", "body": json.dumps({"Records": [found]})}
        assert answer("ImportTasksFunction", json.dumps({"Records": [message]})) == DONE
        assert [task["title"] for task in client.get("/tasks").json()] == ["Pay rent"]
        assert client.get(f"/imports/{new['id']}").json()["status"] == "finished"
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
