"""What is on the queue of browsers."""

import json

import pytest
from botocore.exceptions import ClientError

from errand import aws
from errand.errors import MalformedRecord, StorageUnavailable
from errand.ids import new_id
from errand.push.queue import KeyQueue, NoticeQueue
from errand.push.requests import KeyWanted, Notice, decode
from errand_testkit.sqs import FakeSqs

NOTICE = Notice(
    user_id=new_id(), subscription_id=new_id(), task_id=new_id(), at=1_000, begun_at=2_000
)


def test_message_comes_back_as_it_was_sent() -> None:
    assert decode(NOTICE.later(5_000).encoded()) == NOTICE.later(5_000)
    assert decode(KeyWanted().encoded()) == KeyWanted()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("version", "2"),
        ("user_id", "me"),
        ("subscription_id", 7),
        ("task_id", None),
        ("at", "soon"),
        ("begun_at", 1.5),
        ("not_before", None),
    ],
)
def test_what_is_doubtful_is_refused(name: str, value: object) -> None:
    content = json.loads(NOTICE.encoded()) | {name: value}
    with pytest.raises(MalformedRecord) as refused:
        decode(json.dumps(content))
    assert str(value) not in refused.value.detail or name == "version"


def test_notices_are_sent_ten_at_once() -> None:
    sqs = FakeSqs()
    NoticeQueue(sqs=sqs, queue_url="push").send_all([NOTICE] * 20)
    assert [(one["QueueUrl"], len(one["Entries"])) for one in sqs.sent] == [("push", 10)] * 2


def test_one_that_is_not_taken_is_told() -> None:
    with pytest.raises(StorageUnavailable):
        NoticeQueue(sqs=FakeSqs(failed=1), queue_url="push").send_all([NOTICE])


def test_the_api_asks_for_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    sqs = FakeSqs()
    monkeypatch.setattr(aws, "client", lambda *_, **__: sqs)
    KeyQueue("https://sqs/push").ask_for_key()
    [sent] = sqs.sent
    assert decode(sent["MessageBody"]) == KeyWanted()


def test_queue_that_is_away_is_told_to_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    away = ClientError({"Error": {"Code": "RequestThrottled", "Message": ""}}, "SendMessage")
    monkeypatch.setattr(aws, "client", lambda *_, **__: FakeSqs(error=away))
    with pytest.raises(StorageUnavailable):
        KeyQueue("https://sqs/push").ask_for_key()
