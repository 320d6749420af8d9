"""`make logs`: lines of a function, of whatever spelling, oldest first."""

from argparse import ArgumentTypeError
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws
from tools.deployment import Refused
from tools.logs import lines, milliseconds, name_of

from errand.aws import client
from errand.clock import system_clock

GROUP = "/aws/lambda/errand-ApiFunction"
OUTPUTS = {"ApiFunctionName": "errand-api", "SendMailsFunctionName": "errand-mails", "ApiUrl": "-"}


@pytest.fixture
def logs() -> Iterator[Any]:
    with mock_aws():
        made: Any = client("logs", read_timeout=1)
        made.create_log_group(logGroupName=GROUP)
        made.create_log_stream(logGroupName=GROUP, logStreamName="one")
        yield made


def write(logs: Any, *told: tuple[int, str]) -> None:
    events = [{"timestamp": at, "message": message} for at, message in told]
    logs.put_log_events(logGroupName=GROUP, logStreamName="one", logEvents=events)


def test_lines_of_json_are_told_as_a_sentence_and_others_as_they_are(logs: Any) -> None:
    now = system_clock()
    write(
        logs,
        (now - 2, '{"timestamp": "-", "level": "INFO", "message": "Sent", "mails": 3}\n'),
        (now - 1, "START RequestId: 1"),
        (now, '{"type": "platform.report"}'),
    )
    told = [line.partition(" ")[2] for line in lines(logs, group=GROUP, since=now - 1_000)]
    assert told == [
        'INFO Sent {"mails": 3}',
        "START RequestId: 1",
        '{"type": "platform.report"}',
    ]


def test_older_lines_are_left_out(logs: Any) -> None:
    now = system_clock()
    write(logs, (now - 60_000, "old"), (now, "new"))
    assert [line[-3:] for line in lines(logs, group=GROUP, since=now - 1_000)] == ["new"]


@pytest.mark.parametrize("name", ["SendMailsFunction", "send_mails", "sendmails", "Send-Mails"])
def test_function_in_any_spelling(name: str) -> None:
    assert name_of(OUTPUTS, name) == "errand-mails"


@pytest.mark.parametrize("name", ["", "function", "Url", "errand-mails"])
def test_no_function(name: str) -> None:
    with pytest.raises(Refused, match="is none of Api, SendMails"):
        name_of(OUTPUTS, name)


@pytest.mark.parametrize(("text", "found"), [("90s", 90_000), ("15m", 900_000), ("1d", 86_400_000)])
def test_span(text: str, found: int) -> None:
    assert milliseconds(text) == found


@pytest.mark.parametrize("text", ["", "15", "m", "0m", "-5m", "1w", "999999d", "\u0661m"])
def test_no_span(text: str) -> None:
    with pytest.raises(ArgumentTypeError):
        milliseconds(text)
