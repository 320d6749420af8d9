"""What the queue of uploaded files is worked off to, on real events and moto's AWS."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

import import_tasks
from errand.clock import system_clock
from errand.config import Settings
from errand.errors import InvalidInput
from errand.storage.tables import connect
from errand.uploads.files import S3Files
from errand.uploads.model import BYTES_MAX, RUN_MS
from errand.uploads.notices import Arrival
from errand.uploads.working import Outcome
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ADA
from errand_testkit.stack import ROOT
from errand_testkit.stored import store_account
from errand_testkit.template import table_properties
from errand_testkit.uploads import Killed, Uploads, notice, titles
from import_tasks import LATER, MARGIN, ImportConsumer, handler

BUCKET = "imports"
FILE = b"title,project\n" + b"".join(b"Task %d,Home\n" % number for number in range(120))
TITLES = [f"Task {number}" for number in range(120)]


def sample(name: str) -> Any:
    return json.loads((ROOT / "events" / f"{name}.json").read_text())


@pytest.fixture
def s3() -> Iterator[Any]:
    with mock_aws():
        dynamodb: Any = boto3.client("dynamodb")
        for name in ("DataTable", "EphemeralTable"):
            dynamodb.create_table(**table_properties(name))
        client: Any = boto3.client("s3")
        region = {"LocationConstraint": "eu-central-1"}
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=region)
        connect(
            Settings(
                data_table="DataTable",
                log_table="LogTable",
                ephemeral_table="EphemeralTable",
                signing_secret="-",
                on_lambda=True,
            )
        )
        store_account(ADA)
        yield client


class World:
    """Ada's imports, their bucket, and a queue that is a list."""

    def __init__(self, s3: Any) -> None:
        self.s3 = s3
        self.files = S3Files(s3, bucket=BUCKET)
        self.uploads = Uploads(ManualClock(), files=self.files)
        self.handed_over: list[tuple[str, int]] = []
        self.consumer = ImportConsumer(
            worker=self.uploads.worker, again=lambda *told: self.handed_over.append(told)
        )

    def upload(self, data: bytes) -> Arrival:
        begun = self.uploads.begin(data)
        etag = self.s3.put_object(Bucket=BUCKET, Key=begun.key, Body=data)["ETag"].strip('"')
        return Arrival(user_id=begun.user_id, upload_id=begun.upload_id, etag=etag)

    def consume(self, *bodies: str, steps: int = 1_000) -> list[str]:
        messages = [{"messageId": str(n), "body": body} for n, body in enumerate(bodies)]
        looks = iter(range(steps))
        return self.consumer.work(messages, has_time=lambda: next(looks, None) is not None)

    def keys(self) -> list[str]:
        found = self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return [one["Key"] for one in found]


@pytest.fixture
def world(s3: Any) -> World:
    return World(s3)


def test_uploaded_file_becomes_tasks_and_is_removed(world: World) -> None:
    arrival = world.upload(FILE)
    assert world.consume(notice(arrival)) == []
    assert titles() == TITLES
    assert world.uploads.upload(arrival).status == "finished"
    assert (world.keys(), world.handed_over) == ([], [])


@pytest.mark.deep
def test_same_batch_again_makes_nothing_more(world: World) -> None:
    body = notice(world.upload(FILE))
    for _ in range(2):
        assert world.consume(body, body) == []
    assert titles() == TITLES


@pytest.mark.deep
def test_message_goes_back_when_time_is_up(world: World) -> None:
    arrival = world.upload(FILE)
    body = notice(arrival)
    runs = 0
    while runs == 0 or world.handed_over:
        runs += 1
        world.handed_over.clear()
        assert world.consume(body, steps=1) == []
        assert world.handed_over in ([], [(body, 0)])
    assert (runs, titles()) == (3, TITLES)


@pytest.mark.deep
def test_message_of_a_run_that_is_under_way_comes_back_later(world: World) -> None:
    arrival = world.upload(FILE)
    body = notice(arrival)

    def has_time() -> bool:
        assert world.consume(body) == ["0"]
        return True

    world.consumer.work([{"messageId": "1", "body": body}], has_time=has_time)
    assert titles() == TITLES


@pytest.mark.deep
def test_run_that_was_killed_is_gone_on_with_when_its_message_comes_back(world: World) -> None:
    arrival = world.upload(FILE)
    body = notice(arrival)

    def killed() -> bool:
        raise Killed

    with pytest.raises(Killed):
        world.consumer.work([{"messageId": "1", "body": body}], has_time=killed)
    world.uploads.clock.advance(RUN_MS // 1000)
    assert world.consume(body) == []
    assert titles() == TITLES


def test_poison_fails_alone(world: World) -> None:
    good = notice(world.upload(FILE))
    test, *bad = [record["body"] for record in sample("import-poison")["Records"]]
    assert world.consume(test, *bad, good) == ["1", "2"]
    assert titles() == TITLES


def test_import_that_nobody_knows_is_none(world: World) -> None:
    [record] = sample("import-upload")["Records"]
    assert world.consume(record["body"]) == []


def test_file_that_is_gone_is_not_worked_off(world: World) -> None:
    arrival = world.upload(FILE)
    world.s3.delete_object(Bucket=BUCKET, Key=arrival.key)
    assert world.consume(notice(arrival)) == []
    upload = world.uploads.upload(arrival)
    assert (upload.status, upload.failure) == (
        "failed",
        "The file is gone: files are kept for a day",
    )


def test_file_that_was_replaced_is_not_worked_off(world: World) -> None:
    arrival = world.upload(FILE)
    world.s3.put_object(Bucket=BUCKET, Key=arrival.key, Body=b"title\nAnother\n")
    assert world.consume(notice(arrival)) == []
    upload = world.uploads.upload(arrival)
    told = "The file was replaced while it was worked off"
    assert (upload.status, upload.failure) == ("failed", told)
    assert titles() == []


@pytest.mark.deep
def test_file_of_more_than_is_promised_is_not_read(world: World) -> None:
    key, data = "1/2", b"x" * (BYTES_MAX + 1)
    etag = world.s3.put_object(Bucket=BUCKET, Key=key, Body=data)["ETag"]
    with pytest.raises(InvalidInput, match="at most"):
        world.files.read(key, etag=etag)
    etag = world.s3.put_object(Bucket=BUCKET, Key=key, Body=data[1:])["ETag"]
    assert world.files.read(key, etag=etag) == data[1:]


def test_bucket_that_does_not_answer_fails_the_message(world: World) -> None:
    body = notice(world.upload(FILE))
    world.s3.delete_object(Bucket=BUCKET, Key=world.keys()[0])
    world.s3.delete_bucket(Bucket=BUCKET)
    assert world.consume(body) == ["0"]


def test_busy_table_gets_its_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    body = notice(world.upload(FILE))
    monkeypatch.setattr(world.uploads.worker, "work", lambda *_, **__: Outcome.LATER)
    assert world.consume(body) == []
    assert world.handed_over == [(body, LATER)]


class Context:
    """Of an invocation that has time for so many steps."""

    def __init__(self, steps: int) -> None:
        self._steps = steps

    def get_remaining_time_in_millis(self) -> int:
        self._steps -= 1
        return MARGIN + 1 if self._steps >= 0 else MARGIN


def test_handler_is_put_together_of_its_environment(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue: Any = boto3.client("sqs")
    url = queue.create_queue(QueueName="imports")["QueueUrl"]
    for name, value in {
        "ERRAND_DATA_TABLE": "DataTable",
        "ERRAND_EPHEMERAL_TABLE": "EphemeralTable",
        "ERRAND_IMPORT_BUCKET": BUCKET,
        "ERRAND_IMPORT_QUEUE_URL": url,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("time.sleep", lambda _: None)
    import_tasks.consumer.cache_clear()
    # Of now: the function has the real clock.
    world.uploads.clock.now = system_clock()
    body = notice(world.upload(FILE))
    event = {"Records": [{"messageId": "1", "body": body}]}
    assert handler(event, Context(steps=1)) == {"batchItemFailures": []}
    [message] = queue.receive_message(QueueUrl=url)["Messages"]
    assert (message["Body"], len(titles())) == (body, 50)
    assert handler(event, Context(steps=9)) == {"batchItemFailures": []}
    assert titles() == TITLES
    import_tasks.consumer.cache_clear()
