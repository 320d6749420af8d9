"""A file from its owner by S3 and a queue to a function, and what becomes of it."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.deep

PATIENCE = 40.0  # seconds; it takes about five
FILE = b"title,project,due\n" + b"".join(
    b"Task %d,Home,%s\n" % (number, b"soon" if number == 3 else b"") for number in range(70)
)


@pytest.fixture
def ada(api_url: str) -> Iterator[httpx.Client]:
    """Who has just registered."""
    who = {"username": f"importer{time.time_ns()}", "password": "correct horse battery"}
    with httpx.Client(base_url=api_url, trust_env=False, timeout=30) as client:
        client.post("/register", json=who).raise_for_status()
        token = client.post("/token", data=who).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def send(form: dict[str, Any], data: bytes) -> httpx.Response:
    fields = {one["name"]: one["value"] for one in form["fields"]}
    files = {form["file_field"]: data}
    return httpx.post(form["url"], data=fields, files=files, trust_env=False, timeout=30)


def ended(client: httpx.Client, import_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    while True:
        found: dict[str, Any] = client.get(f"/imports/{import_id}").json()
        if found["status"] not in {"waiting", "working"}:
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.2)


def test_uploaded_file_becomes_tasks(ada: httpx.Client, aws_client: Callable[[str], Any]) -> None:
    new = ada.post("/imports/uploads", json={"format": "plain_csv"}).json()
    assert send(new["upload"], FILE).is_success
    found = ended(ada, new["id"])
    assert (found["status"], found["failure"]) == ("finished", None)
    assert (found["tasks"], found["tasks_total"], found["projects"]) == (70, 70, 1)
    lines = ada.get(f"/imports/{new['id']}/report").json()
    assert lines == [{"at": 5, "outcome": "left_out", "message": "due: soon"}]
    titles = [task["title"] for task in ada.get("/tasks?limit=100").json()]
    assert sorted(titles) == sorted(f"Task {number}" for number in range(70))
    # The file is not kept for longer than it is needed.
    s3 = aws_client("s3")
    bucket = new["upload"]["url"].rpartition("/")[2]
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_form_takes_its_own_file_alone(ada: httpx.Client) -> None:
    form = ada.post("/imports/uploads", json={"format": "plain_csv"}).json()["upload"]
    too_large = send(form, b"x" * (form["bytes_max"] + 1))
    assert (too_large.status_code, "EntityTooLarge" in too_large.text) == (400, True)
    fields = [
        {**one, "value": f"{one['value']}x"} if one["name"] == "key" else one
        for one in form["fields"]
    ]
    assert send({**form, "fields": fields}, FILE).status_code == 403
