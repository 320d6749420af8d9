"""`make redrive`: dead letters are in the queue that they came from, each once."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws
from tools.deployment import Refused
from tools.redrive import _queues, redrive

from errand.aws import client

OUTPUTS = {
    "PurgeDeadLettersUrl": "https://letters",
    "PurgeQueueUrl": "https://queue",
    "LogDeadLettersUrl": "https://log",
}


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        yield client("sqs", read_timeout=1)


@pytest.mark.deep
@pytest.mark.parametrize("number", [0, 1, 23])
def test_all_are_put_back(sqs: Any, number: int) -> None:
    letters = sqs.create_queue(QueueName="letters")["QueueUrl"]
    queue = sqs.create_queue(QueueName="queue")["QueueUrl"]
    attribute = {"kind": {"DataType": "String", "StringValue": "of mail"}}
    for one in range(number):
        sqs.send_message(QueueUrl=letters, MessageBody=f"{one}", MessageAttributes=attribute)
    assert redrive(sqs, letters=letters, queue=queue) == number
    found: list[Any] = []
    while len(found) < number:
        found += sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        )["Messages"]
    assert sorted(int(one["Body"]) for one in found) == [*range(number)]
    assert all(one["MessageAttributes"]["kind"]["StringValue"] == "of mail" for one in found)
    assert "Messages" not in sqs.receive_message(QueueUrl=letters)
    assert redrive(sqs, letters=letters, queue=queue) == 0


def test_queues_are_found_by_their_names() -> None:
    assert _queues(OUTPUTS, "PurgeDeadLetters") == ("https://letters", "https://queue")


@pytest.mark.parametrize("name", ["", "Purge", "PurgeQueue", "DeadLetters", "Nothing"])
def test_what_is_no_queue_of_letters_is_refused(name: str) -> None:
    with pytest.raises(Refused, match="LogDeadLetters, PurgeDeadLetters"):
        _queues(OUTPUTS, name)


def test_places_in_a_stream_are_no_messages() -> None:
    with pytest.raises(Refused, match="make reconcile"):
        _queues(OUTPUTS, "LogDeadLetters")
