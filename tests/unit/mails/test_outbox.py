"""What the API puts on the queue of mails, and what it tells if it cannot."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from moto import mock_aws

from errand import aws
from errand.errors import MailNotConfigured, StorageUnavailable
from errand.identity.recovery.requests import EmailVerification, PasswordRecovery
from errand.mails.kinds import decode
from errand.mails.outbox import NoOutbox, QueueOutbox
from send_mails import KINDS

RECOVERY = PasswordRecovery(email="ada@example.com", request_id="1")
VERIFICATION = EmailVerification(user_id="06h04o2vndpa700bqsem70d6f8", request_id="2")


class Queue:
    """On moto: its address, and the messages in it."""

    def __init__(self) -> None:
        self._client = aws.client("sqs", read_timeout=1)
        self.url: str = self._client.create_queue(QueueName="mails")["QueueUrl"]

    def bodies(self) -> list[str]:
        answer = self._client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10)
        return [message["Body"] for message in answer.get("Messages", [])]


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        yield Queue()


def test_requests_are_queued(queue: Queue) -> None:
    outbox = QueueOutbox(queue.url)
    outbox.send(RECOVERY)
    outbox.send(VERIFICATION)
    sent = sorted(
        (decode(KINDS, body)[1] for body in queue.bodies()),
        key=lambda request: request.request_id,
    )
    assert sent == [RECOVERY, VERIFICATION]


def test_nothing_is_made_before_the_first_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def make(service: str, **_: object) -> FakeSqs:
        made.append(service)
        return FakeSqs()

    monkeypatch.setattr(aws, "client", make)
    outbox = QueueOutbox("https://sqs/mails")
    assert made == []
    outbox.send(RECOVERY)
    outbox.send(RECOVERY)
    assert made == ["sqs"]


class FakeSqs:
    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    def send_message(self, **_: Any) -> None:
        if self._error:
            raise self._error


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (
            ClientError(
                {"Error": {"Code": "RequestThrottled", "Message": "ada@example.com"}},
                "SendMessage",
            ),
            "RequestThrottled",
        ),
        (ReadTimeoutError(endpoint_url="https://sqs"), "ReadTimeoutError"),
    ],
    ids=["refused", "unreachable"],
)
def test_a_queue_that_is_away_is_told_without_the_address(
    error: Exception,
    why: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(aws, "client", lambda *_, **__: FakeSqs(error))
    with caplog.at_level(logging.INFO), pytest.raises(StorageUnavailable):
        QueueOutbox("https://sqs/mails").send(RECOVERY)
    [record] = caplog.records
    assert vars(record)["reason"] == why
    assert "ada" not in str(vars(record))


def test_without_a_queue_nothing_is_sent() -> None:
    with pytest.raises(MailNotConfigured):
        NoOutbox().send(RECOVERY)
