"""Messages of a queue are handled each by itself."""

import pytest
from botocore.exceptions import ReadTimeoutError

from errand.aws.batches import Message, failures
from errand.errors import MalformedRecord

ERRORS = {
    "poison": MalformedRecord("secret words"),
    "away": ReadTimeoutError(endpoint_url="https://sqs.eu-central-1.amazonaws.com"),
}


def handle(message: Message) -> None:
    if message["body"] in ERRORS:
        raise ERRORS[message["body"]]


def test_those_that_failed_come_back_and_no_others() -> None:
    told: list[tuple[str, str]] = []
    bodies = ["good", "poison", "good", "away", "good"]
    messages = [{"messageId": str(place), "body": body} for place, body in enumerate(bodies)]
    failed = failures(messages, handle, lambda *words: told.append(words))
    assert failed == ["1", "3"]
    assert [one for one, _ in told] == failed
    assert "secret" not in str(told)


def test_a_defect_is_no_message_that_failed() -> None:
    def defect(_: Message) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failures([{"messageId": "1", "body": ""}], defect, lambda *_: None)
