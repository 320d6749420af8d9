"""`make status`: what waits, what was given up, and what has gone off."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws
from tools.status import Queue, Status, status

from errand.aws import client

EMPTY = Queue("PurgeQueue", 0, 0, 0)


@pytest.fixture
def aws() -> Iterator[tuple[Any, Any]]:
    with mock_aws():
        yield client("sqs", read_timeout=1), client("cloudwatch", read_timeout=1)


def outputs(sqs: Any) -> dict[str, str]:
    names = ("PurgeQueue", "PurgeDeadLetters", "MailQueue")
    urls = {f"{name}Url": sqs.create_queue(QueueName=name)["QueueUrl"] for name in names}
    return urls | {"ApiUrl": "https://api", "ImportBucketName": "imports"}


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
        "alarms: all well",
    ]


def test_what_waits_is_counted_and_no_harm(aws: tuple[Any, Any]) -> None:
    known = outputs(aws[0])
    for delay in (0, 0, 900):
        aws[0].send_message(QueueUrl=known["MailQueueUrl"], MessageBody="-", DelaySeconds=delay)
    aws[0].receive_message(QueueUrl=known["MailQueueUrl"])
    told = found(aws, known)
    assert told.is_well
    assert "  MailQueue: 1 waiting, 1 in flight, 1 delayed" in [*told.lines()]


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
    told = Status(queues=[EMPTY], letters=[], alarms=None)
    assert told.is_well
    assert [*told.lines()][-1] == "alarms: none (the parameter Alarms makes them)"
