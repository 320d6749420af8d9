"""Imports of files too large for a request: asked for, sent to S3, worked off, looked at."""

import json
from base64 import b64decode
from typing import Any

import boto3
import httpx2
import pytest
from botocore.auth import S3SigV4PostAuth

from errand.uploads.model import Upload
from errand.uploads.notices import Arrival
from errand_api.services import Bucket, Services
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.uploads import Uploads
from errand_testkit.visitors import bearer, make_token

DAY = 24 * 60 * 60


@pytest.fixture
def script(john: httpx2.Client) -> httpx2.Client:
    """Of John, with a token that outlasts a log-in's."""
    john.headers |= bearer(make_token(john, "tasks:read", "tasks:write"))
    return john


def begin(client: httpx2.Client, **told: Any) -> dict[str, Any]:
    headers = told.pop("headers", {})
    answer = client.post("/imports/uploads", json={"format": "plain_csv"} | told, headers=headers)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
def uploads(clock: ManualClock, services: object) -> Uploads:  # noqa: ARG001 - on its tables
    return Uploads(clock)


def fields(new: dict[str, Any]) -> dict[str, str]:
    return {one["name"]: one["value"] for one in new["upload"]["fields"]}


def send(uploads: Uploads, new: dict[str, Any], data: bytes) -> Arrival:
    """The form with a file, as S3 takes it."""
    key = fields(new)["key"]
    user_id, _, import_id = key.partition("/")
    uploads.files.content[key] = data
    return Arrival(user_id=user_id, upload_id=import_id, etag=uploads.files.etag(key))


def test_deployment_without_a_bucket_says_what_it_takes(
    script: httpx2.Client, services: Services
) -> None:
    services.import_bucket = Bucket("", "")
    answer = script.post("/imports/uploads", json={"format": "todoist"})
    assert (answer.status_code, answer.json()["code"]) == (501, "uploads_not_configured")
    assert script.get("/imports").json() == []


def test_import_waits_for_its_file(script: httpx2.Client, clock: ManualClock) -> None:
    john = script
    answer = john.post("/imports/uploads", json={"format": "todoist"})
    new = answer.json()
    assert answer.headers["Location"] == f"/imports/{new['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert new.pop("upload")["expires_at"]
    assert new == {
        "id": new["id"],
        "format": "todoist",
        "dry_run": False,
        "status": "waiting",
        "tasks": 0,
        "tasks_total": None,
        "projects": 0,
        "lines": 0,
        "lines_left_off": 0,
        "failure": None,
        "created_at": "2026-11-22T08:30:00.000Z",
        "updated_at": "2026-11-22T08:30:00.000Z",
        "version": 1,
        "expires_at": "2026-12-22T08:30:00.000Z",
    }
    assert john.get(f"/imports/{new['id']}").json() == new
    assert john.get("/imports").json() == [new]
    assert john.get(f"/imports/{new['id']}/report").json() == []
    clock.advance(60 * 60)
    late = john.get(f"/imports/{new['id']}").json()
    assert (late["status"], late["failure"]) == ("failed", "No file was uploaded in time")


def test_form_is_for_one_file_of_bounded_size(john: httpx2.Client) -> None:
    new = begin(john)
    form = new["upload"]
    assert form["url"] == "https://errand-imports.s3.eu-central-1.amazonaws.com"
    key = fields(new)["key"]
    assert key.endswith(f"/{new['id']}")
    policy = json.loads(b64decode(fields(new)["policy"]))
    assert policy["conditions"][:3] == [
        {"bucket": "errand-imports"},
        {"key": key},
        ["content-length-range", 1, 10_000_000],
    ]
    assert policy["expiration"] == form["expires_at"].replace(".000Z", "Z")


def test_form_is_what_botocore_would_make(
    john: httpx2.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a client of S3, which the API does not have."""
    signed: list[Any] = []
    sign = S3SigV4PostAuth.signature

    def keep(self: Any, text: Any, request: Any) -> Any:
        signed.append(request.context["timestamp"])
        return sign(self, text, request)

    monkeypatch.setattr(S3SigV4PostAuth, "signature", keep)
    new = begin(john)
    form = fields(new)
    policy = json.loads(b64decode(form["policy"]))
    client: Any = boto3.client("s3", region_name="eu-central-1")
    made = client.generate_presigned_post(
        "errand-imports",
        form["key"],
        Conditions=[["content-length-range", 1, 10_000_000]],
    )
    theirs = json.loads(b64decode(made["fields"]["policy"]))
    assert made["fields"].keys() == form.keys()
    assert made["fields"]["x-amz-credential"] == form["x-amz-credential"]
    told = [json.dumps(one) for one in policy["conditions"] if "x-amz-date" not in one]
    assert sorted(told) == sorted(
        json.dumps(one) for one in theirs["conditions"] if "x-amz-date" not in one
    )
    assert signed[0] == form["x-amz-date"]


def test_file_is_worked_off_and_told_of(john: httpx2.Client, uploads: Uploads) -> None:
    new = begin(john)
    rows = b"".join(b"Task %d,soon\n" % number for number in range(130))
    arrival = send(uploads, new, b"title,due\n" + rows)
    place = f"/imports/{new['id']}"
    uploads.work(arrival, steps=1)
    half = john.get(place)
    told = half.json()
    assert (told["status"], told["tasks"], told["tasks_total"]) == ("working", 50, 130)
    tag = {"If-None-Match": half.headers["ETag"]}
    assert john.get(place, headers=tag).status_code == 304
    uploads.work(arrival)
    whole = john.get(place, headers=tag).json()
    assert (whole["status"], whole["tasks"], whole["lines"]) == ("finished", 130, 130)
    first = john.get(f"{place}/report")
    assert len(first.json()) == 100
    assert first.json()[0] == {"at": 2, "outcome": "left_out", "message": "due: soon"}
    rest = john.get(first.links["next"]["url"])
    assert len(rest.json()) == 30
    assert "Link" not in rest.headers
    assert len(john.get("/tasks?limit=100").json()) == 100
    [page, _] = john.get("/users/me/export").json()["import_reports"]
    assert page["lines"][0] == first.json()[0]


def test_tasks_of_a_file_have_a_history_as_others(
    john: httpx2.Client, uploads: Uploads, dynamodb: FakeDynamo
) -> None:
    uploads.work(send(uploads, begin(john), b"title\nPay rent\n"))
    [item] = [one for one in dynamodb.all() if one["sk"]["S"].startswith("TASK#")]
    session = john.get("/users/me/sessions").json()[0]["id"]
    assert item["wb"]["S"] == f"s{session}"


def test_dry_run_tells_what_would_be_made(john: httpx2.Client, uploads: Uploads) -> None:
    new = begin(john, dry_run=True)
    uploads.work(send(uploads, new, b"title,due\nPay rent,soon\n"))
    told = john.get(f"/imports/{new['id']}").json()
    assert (told["status"], told["dry_run"], told["tasks"]) == ("finished", True, 1)
    assert john.get("/tasks").json() == []
    assert len(john.get(f"/imports/{new['id']}/report").json()) == 1


def test_one_is_at_work_at_a_time(
    john: httpx2.Client, jane: httpx2.Client, uploads: Uploads
) -> None:
    first = begin(john)
    refused = john.post("/imports/uploads", json={"format": "plain_csv"})
    assert (refused.status_code, refused.json()["code"]) == (409, "import_at_work")
    assert first["id"] in refused.json()["detail"]
    begin(jane)
    uploads.work(send(uploads, first, b"title\nPay rent\n"))
    begin(john)


def test_one_that_nobody_uploads_does_not_stay_in_the_way(
    script: httpx2.Client, clock: ManualClock
) -> None:
    begin(script)
    clock.advance(60 * 60)
    begin(script)


def test_five_are_begun_in_a_day(script: httpx2.Client, clock: ManualClock) -> None:
    for _ in range(5):
        script.delete(f"/imports/{begin(script)['id']}")
    refused = script.post("/imports/uploads", json={"format": "plain_csv"})
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, str(6 * 60 * 60))
    clock.advance(DAY)
    begin(script)


def test_what_is_refused_for_another_is_not_counted(john: httpx2.Client) -> None:
    new = begin(john)
    for _ in range(10):
        assert john.post("/imports/uploads", json={"format": "vtodo"}).status_code == 409
    john.delete(f"/imports/{new['id']}")
    begin(john)


def test_cancelled_import_makes_nothing_more(john: httpx2.Client, uploads: Uploads) -> None:
    new = begin(john)
    place = f"/imports/{new['id']}"
    arrival = send(uploads, new, b"title\n" + b"Pay rent\n" * 130)
    uploads.work(arrival, steps=1)
    assert [john.delete(place).status_code for _ in range(2)] == [204, 204]
    uploads.work(arrival)
    told = john.get(place).json()
    assert (told["status"], told["tasks"]) == ("cancelled", 50)
    assert len(john.get("/tasks?limit=100").json()) == 50
    begin(john)


def test_import_that_has_ended_stays_as_it_is(john: httpx2.Client, uploads: Uploads) -> None:
    new = begin(john)
    uploads.work(send(uploads, new, b"title\nPay rent\n"))
    before = john.get(f"/imports/{new['id']}").json()
    assert john.delete(f"/imports/{new['id']}").status_code == 204
    assert john.get(f"/imports/{new['id']}").json() == before


def test_same_key_is_the_same_import(john: httpx2.Client, uploads: Uploads) -> None:
    headers = {"Idempotency-Key": "1"}
    first, again = (begin(john, headers=headers) for _ in range(2))
    assert first["id"] == again["id"]
    # A form of its own: the first may have expired.
    assert fields(again)["key"] == fields(first)["key"]
    uploads.work(send(uploads, first, b"title\nPay rent\n"))
    last = begin(john, headers=headers)
    assert (last["id"], last["status"], last["upload"]) == (first["id"], "finished", None)
    assert len(john.get("/imports").json()) == 1


def test_imports_are_listed_newest_first_in_pages(
    script: httpx2.Client, clock: ManualClock
) -> None:
    ids = []
    for _ in range(3):
        ids.append(begin(script)["id"])
        clock.advance(60 * 60)
    page = script.get("/imports?limit=2")
    assert [one["id"] for one in page.json()] == ids[:0:-1]
    [last] = script.get(page.links["next"]["url"]).json()
    assert last["id"] == ids[0]
    clock.advance(30 * DAY)
    assert script.get("/imports").json() == []


def test_import_of_others_is_none(john: httpx2.Client, jane: httpx2.Client) -> None:
    place = f"/imports/{begin(john)['id']}"
    for answer in (jane.get(place), jane.get(f"{place}/report"), jane.delete(place)):
        assert answer.status_code == 404
    assert john.get("/imports/uploads").status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"format": "outlook"}, {"format": "todoist", "size": 1}, {"format": None}]
)
def test_what_is_no_import_is_refused(john: httpx2.Client, body: dict[str, Any]) -> None:
    assert john.post("/imports/uploads", json=body).status_code == 422


def test_import_is_forgotten_after_a_month(
    john: httpx2.Client, clock: ManualClock, uploads: Uploads
) -> None:
    new = begin(john)
    found: Upload | None = uploads.repository.read(
        user_id=fields(new)["key"].partition("/")[0], upload_id=new["id"]
    )
    assert found is not None
    assert not found.is_forgotten(clock() + 29 * DAY * 1000)
    assert found.is_forgotten(clock() + 30 * DAY * 1000)
