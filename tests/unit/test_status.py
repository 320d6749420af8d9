"""`make status`: what waits, what was given up, and what has gone off."""

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from moto import mock_aws
from tools.ages import of_embedded, spoken
from tools.status import STREAMS, Queue, Status, status

from errand.aws import client
from errand_testkit.stack import TEMPLATE, event_sources

EMPTY = Queue("PurgeQueue", 0, 0, 0)


@pytest.fixture
def aws() -> Iterator[tuple[Any, Any]]:
    with mock_aws():
        yield client("sqs", read_timeout=1), client("cloudwatch", read_timeout=1)


def outputs(sqs: Any) -> dict[str, str]:
    names = ("PurgeQueue", "PurgeDeadLetters", "MailQueue")
    urls = {f"{name}Url": sqs.create_queue(QueueName=name)["QueueUrl"] for name in names}
    others = {"ApiUrl": "https://api", "ImportBucketName": "imports"}
    functions = {"RecordChangesFunctionName": "record", "PublishChangesFunctionName": "publish"}
    return urls | others | functions


def alarm(cloudwatch: Any, name: str, state: str) -> None:
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        MetricName="Errors",
        Namespace="AWS/Lambda",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason=f"is {state}")


def found(aws: tuple[Any, Any], outputs: dict[str, str]) -> Status:
    sqs, cloudwatch = aws
    return status(outputs, sqs=sqs, cloudwatch=cloudwatch, stack="errand")


def test_all_is_well(aws: tuple[Any, Any]) -> None:
    alarm(aws[1], "errand-Api5xxAlarm", "OK")
    told = found(aws, outputs(aws[0]))
    assert told.is_well
    assert [*told.lines()] == [
        "queues: 2, all empty",
        "dead letters: 1, all empty",
        "streams, and how old what was read last was:",
        "  RecordChanges: unknown",
        "  PublishChanges: unknown",
        "alarms: all well",
    ]


def test_what_waits_is_counted_and_no_harm(aws: tuple[Any, Any]) -> None:
    known = outputs(aws[0])
    for delay in (0, 0, 900):
        aws[0].send_message(QueueUrl=known["MailQueueUrl"], MessageBody="-", DelaySeconds=delay)
    aws[0].receive_message(QueueUrl=known["MailQueueUrl"])
    told = found(aws, known)
    assert told.is_well
    assert "  MailQueue: 1 waiting, 1 in flight, 1 delayed, oldest unknown" in [*told.lines()]


class Measured:
    """CloudWatch with one value of each metric, the newest first, and no alarms."""

    def __init__(self, values: dict[str, float]) -> None:
        self.values = values
        self.asked: list[Any] = []

    def get_metric_data(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        return {
            "MetricDataResults": [
                {"Id": one["Id"], "Values": [value, 9e9] if value is not None else []}
                for one in request["MetricDataQueries"]
                for metric in [one["MetricStat"]["Metric"]]
                for value in [self.values.get(metric["Dimensions"][0]["Value"])]
            ]
        }

    def get_paginator(self, _: str) -> "Measured":
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return []


def test_ages_are_told_and_all_asked_for_at_once(aws: tuple[Any, Any]) -> None:
    known = outputs(aws[0])
    aws[0].send_message(QueueUrl=known["MailQueueUrl"], MessageBody="-")
    cloudwatch = Measured({"MailQueue": 200, "record": 1_500, "PurgeQueue": 3})
    told = [*found((aws[0], cloudwatch), known).lines()]
    assert "  MailQueue: 1 waiting, 0 in flight, 0 delayed, oldest 3 min 20 s" in told
    assert "  RecordChanges: 2 s" in told
    assert "  PublishChanges: unknown" in told
    [request] = cloudwatch.asked
    assert request["ScanBy"] == "TimestampDescending"
    metrics = [one["MetricStat"]["Metric"]["MetricName"] for one in request["MetricDataQueries"]]
    assert metrics == ["ApproximateAgeOfOldestMessage"] * 3 + ["IteratorAge"] * 2


class Embedded(BaseHTTPRequestHandler):
    """Shows its messages as ministack does; `content` in their place if there is any."""

    content: Any = None

    def do_GET(self) -> None:
        assert self.path == "/_ministack/sqs/messages"
        now = int(time.time())
        times = {"MailQueue": [now - 60, now - 3700], "PurgeQueue": [], "OtherQueue": [1]}
        queues = {
            f"http://127.0.0.1/000/{name}": [{"SentTimestamp": at} for at in sent]
            for name, sent in times.items()
        }
        told = self.content or {"messages": {"000": {"us-east-1": queues}}}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def embedded() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Embedded) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_embedded_aws_tells_by_its_messages(aws: tuple[Any, Any], embedded: str) -> None:
    known = outputs(aws[0])
    aws[0].send_message(QueueUrl=known["MailQueueUrl"], MessageBody="-")
    sqs, cloudwatch = aws
    told = status(known, sqs=sqs, cloudwatch=cloudwatch, stack="errand", embedded=embedded)
    [mails, purges] = told.queues
    assert mails.oldest == pytest.approx(3700, abs=60)
    assert purges.oldest is None
    assert told.streams == {"RecordChanges": None, "PublishChanges": None}


@pytest.mark.parametrize("content", [["messages"], {"messages": None}, {"messages": {"000": []}}])
def test_another_aws_tells_nothing(
    embedded: str, monkeypatch: pytest.MonkeyPatch, content: Any
) -> None:
    monkeypatch.setattr(Embedded, "content", content)
    assert of_embedded(embedded, {"MailQueueUrl": "http://127.0.0.1/000/MailQueue"}) == {}
    assert of_embedded("http://127.0.0.1:1", {}) == {}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "unknown"), (0.2, "0 s"), (59.6, "1 min"), (3661, "1 h 1 min"), (90_000, "1 d 1 h")],
)
def test_ages_are_told_in_two_units(seconds: float | None, words: str) -> None:
    assert spoken(seconds) == words


def test_every_function_at_a_stream_is_looked_at() -> None:
    functions = {function.name for function, _ in event_sources("DynamoDB")}
    assert functions == {f"{name}Function" for name in STREAMS}
    assert {f"{name}FunctionName" for name in STREAMS} <= TEMPLATE["Outputs"].keys()


def test_a_dead_letter_is_not_well(aws: tuple[Any, Any]) -> None:
    known = outputs(aws[0])
    aws[0].send_message(QueueUrl=known["PurgeDeadLettersUrl"], MessageBody="-")
    told = found(aws, known)
    assert not told.is_well
    assert "dead letters: 1, 1 not empty" in [*told.lines()]


def test_an_alarm_that_has_gone_off_is_not_well_unless_it_is_anothers(
    aws: tuple[Any, Any],
) -> None:
    alarm(aws[1], "errand-Api5xxAlarm", "OK")
    alarm(aws[1], "other-Api5xxAlarm", "ALARM")
    assert found(aws, {}).is_well
    alarm(aws[1], "errand-LogLagAlarm", "ALARM")
    told = found(aws, {})
    assert not told.is_well
    assert "  LogLagAlarm: is ALARM" in [*told.lines()]


def test_no_alarms_are_told_of() -> None:
    told = Status(queues=[EMPTY], letters=[], streams={}, alarms=None)
    assert told.is_well
    assert [*told.lines()][-1] == "alarms: none (the parameter Alarms makes them)"
