"""What is tried again and what is given up, what the logs tell, and the handler on moto's AWS."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from awslambdaric.lambda_runtime_log_utils import JsonFormatter  # type: ignore[import-untyped]
from botocore.exceptions import ClientError, ReadTimeoutError

import send_mails
from errand.aws import client
from errand.identity.recovery.requests import PasswordRecovery
from errand_testkit.fakes import ManualClock
from errand_testkit.mails import (
    ADA,
    EMAIL,
    FORGOTTEN,
    UNPROVEN,
    FakeSes,
    Tables,
    message,
    sample,
    sender,
    sender_on,
)


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": EMAIL}}, "SendEmail")


@pytest.mark.parametrize(
    "error",
    [
        refusal("TooManyRequestsException"),
        refusal("LimitExceededException"),
        refusal("SendingPausedException"),
        refusal("AccessDeniedException"),
        ReadTimeoutError(endpoint_url="https://email.eu-central-1.amazonaws.com"),
    ],
    ids=str,
)
def test_what_may_pass_brings_one_message_back_and_it_is_sent_then(
    tables: Tables, error: Exception
) -> None:
    tables.account()
    ses = FakeSes(error)
    messages = [message(FORGOTTEN, "message-1"), message(UNPROVEN, "message-2")]
    assert sender(tables, ses).work(messages) == ["message-1"]
    assert sender(tables, ses).work(messages[:1]) == []
    assert len(ses.sent) == 2


@pytest.mark.parametrize("code", sorted(send_mails.REJECTIONS))
def test_what_ses_rejects_for_good_is_given_up(tables: Tables, code: str) -> None:
    tables.account()
    ses = FakeSes(refusal(code))
    assert sender(tables, ses).work([message(FORGOTTEN)]) == []
    # Nor when the message comes again.
    assert sender(tables, ses).work([message(FORGOTTEN)]) == []
    assert ses.sent == []


class Broken:
    def get_item(self, **_: Any) -> dict[str, Any]:
        raise ReadTimeoutError(endpoint_url="https://dynamodb.eu-central-1.amazonaws.com")

    def put_item(self, **_: Any) -> dict[str, Any]:
        raise NotImplementedError

    query = update_item = put_item


def test_tables_that_are_away_bring_the_message_back() -> None:
    broken = sender_on(Broken(), FakeSes(), clock=ManualClock())
    assert broken.work([message(FORGOTTEN)]) == ["message-1"]


def test_poison_fails_alone(tables: Tables) -> None:
    tables.account()
    ses = FakeSes()
    records = sample("mail-poison")["Records"]
    _, not_json, newsletter = (record["messageId"] for record in records)
    assert sender(tables, ses).work(records) == [not_json, newsletter]
    assert ses.recipients == [EMAIL]


# ------------------------------------------------------------------------------------------- logs


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [JsonFormatter().format(record) for record in caplog.records]


def test_logs_do_not_tell_who_is_known(tables: Tables, caplog: pytest.LogCaptureFixture) -> None:
    tables.account()
    with caplog.at_level(logging.INFO):
        for email in (EMAIL, "nobody@example.com"):
            request = PasswordRecovery(email=email, request_id="1")
            sender(tables, FakeSes()).work([message(request, f"message {len(caplog.records)}")])
    known, unknown = map(json.loads, logged(caplog))
    assert known["message_id"] != unknown["message_id"]
    for entry in (known, unknown):
        del entry["timestamp"], entry["message_id"]
    assert known == unknown


def test_logs_are_json_without_personal_data(
    tables: Tables, caplog: pytest.LogCaptureFixture
) -> None:
    tables.account()
    ses = FakeSes(refusal("MessageRejected"), refusal("TooManyRequestsException"))
    with caplog.at_level(logging.INFO):
        sender(tables, ses).work(sample("mail-recovery")["Records"])
        sender(tables, ses).work(sample("mail-verification")["Records"])
        sender(tables, ses).work(sample("mail-verification")["Records"])
        sender(tables, ses).work(sample("mail-poison")["Records"][1:])
    lines = logged(caplog)
    entries = [json.loads(line) for line in lines]
    assert [entry.get("reason") or entry["request_id"] for entry in entries] == [
        "MessageRejected",
        "JKJaXmPLvHcESHA=",
        "TooManyRequestsException",
        "JKJaYgPLvHcESIQ=",
        "malformed_record",
        "malformed_record",
    ]
    for personal in ("ada", "example.com", ADA, *ses.tokens):
        assert not any(personal in line for line in lines)


# ------------------------------------------------------------------------------------- on AWS


@pytest.fixture
def deployed(moto_tables: Tables, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tables]:
    """What the function finds on Lambda."""
    for name, value in {
        "ERRAND_DATA_TABLE": "DataTable",
        "ERRAND_EPHEMERAL_TABLE": "EphemeralTable",
        "ERRAND_MAIL_FROM": "errand@example.com",
        "ERRAND_MAIL_CONFIGURATION_SET": "errand",
        "ERRAND_APP_URL": "",
        "ERRAND_PUBLIC_URL": "",
    }.items():
        monkeypatch.setenv(name, value)
    send_mails.sender.cache_clear()
    ses = client("sesv2", read_timeout=1)
    ses.create_email_identity(EmailIdentity="example.com")
    ses.create_configuration_set(ConfigurationSetName="errand")
    yield moto_tables
    send_mails.sender.cache_clear()


@pytest.mark.parametrize("name", ["mail-recovery", "mail-verification"])
def test_handler(deployed: Tables, name: str) -> None:
    deployed.account()
    assert send_mails.handler(sample(name), None) == {"batchItemFailures": []}
    assert len(deployed.kept()) == 1


@pytest.mark.usefixtures("deployed")
def test_handler_reports_poison() -> None:
    event = sample("mail-poison")
    assert send_mails.handler(event, None) == {
        "batchItemFailures": [
            {"itemIdentifier": record["messageId"]} for record in event["Records"][1:]
        ]
    }


@pytest.mark.deep
def test_cold_start_loads_nothing_that_it_does_not_use() -> None:
    code = (
        "import sys, send_mails\n"
        "print({'pynamodb', 'pydantic', 'fastapi', 'idna', 'jinja2'} & sys.modules.keys())"
    )
    done = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert done.stdout == "set()\n"
