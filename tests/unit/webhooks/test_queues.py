"""What is on the queues, and when it comes."""

import json

import pytest
from botocore.exceptions import ClientError

from errand import aws
from errand.errors import MalformedRecord, StorageUnavailable
from errand.ids import new_id
from errand.webhooks.hints import Hint, decode, encode
from errand.webhooks.queues import QueueHints, SqsQueues, bury
from errand_testkit.sqs import FakeSqs

HINT = Hint(user_id=new_id(), webhook_id=new_id(), delivery_id=new_id(), ends_at=10**12)


def _queues(sqs: FakeSqs) -> SqsQueues:
    return SqsQueues(sqs, prompt_url="prompt", patient_url="patient")


def test_hint_comes_back_as_it_was_sent() -> None:
    later = HINT.at(5000, attempts=3)
    assert decode(encode(later)) == later


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", "2"),
        ("user_id", "me"),
        ("delivery_id", 7),
        ("attempts", -1),
        ("attempts", True),
        ("not_before", "soon"),
        ("ends_at", None),
    ],
)
def test_what_is_doubtful_is_refused(name: str, value: object) -> None:
    content = json.loads(encode(HINT)) | {name: value}
    with pytest.raises(MalformedRecord) as refused:
        decode(json.dumps(content))
    assert str(value) not in refused.value.detail or name == "version"


def test_hints_are_sent_ten_at_once_each_to_its_queue() -> None:
    sqs = FakeSqs()
    _queues(sqs).send_all([(HINT, False)] * 11 + [(HINT, True)], now=0)
    assert [(one["QueueUrl"], len(one["Entries"])) for one in sqs.sent] == [
        ("prompt", 10),
        ("prompt", 1),
        ("patient", 1),
    ]


def test_one_that_is_not_taken_is_told() -> None:
    with pytest.raises(StorageUnavailable):
        _queues(FakeSqs(failed=1)).send_all([(HINT, False)], now=0)


def test_dead_letter_is_the_message_as_it_came() -> None:
    sqs = FakeSqs()
    bury(sqs, "dead", "not JSON", "The message is not JSON")
    [sent] = sqs.sent
    assert (sent["QueueUrl"], sent["MessageBody"]) == ("dead", "not JSON")
    assert sent["MessageAttributes"]["reason"]["StringValue"] == "The message is not JSON"


def test_the_api_sends_to_the_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    sqs = FakeSqs()
    monkeypatch.setattr(aws, "client", lambda *_, **__: sqs)
    QueueHints("https://sqs/prompt").send(HINT)
    assert sqs.sent == [{"QueueUrl": "https://sqs/prompt", "MessageBody": encode(HINT)}]


def test_queue_that_is_away_is_told_to_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    away = ClientError({"Error": {"Code": "RequestThrottled", "Message": ""}}, "SendMessage")
    monkeypatch.setattr(aws, "client", lambda *_, **__: FakeSqs(error=away))
    with pytest.raises(StorageUnavailable):
        QueueHints("https://sqs/prompt").send(HINT)
