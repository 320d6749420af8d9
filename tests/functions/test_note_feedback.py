"""What becomes of bounces and complaints, however often and whenever they come."""

import json
import logging
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

import note_feedback
from errand.identity.accounts.model import Account, Undeliverable
from errand.mails import feedback
from errand.records import load
from errand.storage.guarded import GuardedTables
from errand.storage.kinds import Table
from errand_testkit.fakes import ManualClock
from errand_testkit.mails import ADA, EMAIL, Tables, account, sample
from note_feedback import FeedbackWriter


def writer(dynamodb: Any, clock: ManualClock | None = None) -> FeedbackWriter:
    tables = GuardedTables(dynamodb=dynamodb, names={Table.DATA: "DataTable"})
    return FeedbackWriter(tables=tables, clock=clock or ManualClock())


def told(name: str = "feedback-bounce", **changes: Any) -> list[dict[str, Any]]:
    """The messages of a sample. `changes`: of what its event tells of the bounce or complaint."""
    messages: list[dict[str, Any]] = sample(name)["Records"]
    for message in messages:
        event = json.loads(message["body"])
        event["detail"][event["detail"]["eventType"].lower()] |= changes
        message["body"] = json.dumps(event)
    return messages


def stored(tables: Tables) -> Account:
    key = {"pk": {"S": f"USER#{ADA}"}, "sk": {"S": "ACCOUNT"}}
    return load(Account, tables.client.get_item(TableName="DataTable", Key=key)["Item"])


@pytest.mark.parametrize(
    ("name", "reason"),
    [("feedback-bounce", Undeliverable.BOUNCE), ("feedback-complaint", Undeliverable.COMPLAINT)],
)
def test_account_is_marked(tables: Tables, name: str, reason: Undeliverable) -> None:
    tables.account(ev=True, wb="sx")
    clock = ManualClock()
    before = stored(tables)
    assert writer(tables.client, clock).work(told(name)) == []
    assert stored(tables) == replace(
        before,
        undeliverable_since=clock.now,
        undeliverable_reason=reason,
        updated_at=clock.now,
        version=2,
    )


def test_nobody_who_asked_is_told_to_have_done_it(tables: Tables) -> None:
    tables.account(wb="s06h04o2vndpa700bqsem70d6f8")
    writer(tables.client).work(told())
    [item] = [one for one in tables.client.scan(TableName="DataTable")["Items"] if "em" in one]
    assert "wb" not in item


def test_what_comes_again_changes_nothing(tables: Tables) -> None:
    tables.account()
    writer(tables.client).work(told())
    first = stored(tables)
    assert writer(tables.client).work([*told(), *told("feedback-complaint")]) == []
    assert stored(tables) == first


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("feedback-bounce", {"bounceType": "Transient", "bounceSubType": "MailboxFull"}),
        ("feedback-bounce", {"bounceType": "Undetermined"}),
        ("feedback-complaint", {"complaintFeedbackType": "not-spam"}),
        ("feedback-complaint", {"complaintFeedbackType": "auth-failure"}),
    ],
    ids=str,
)
def test_what_says_nothing_against_an_address_changes_nothing(
    tables: Tables, name: str, changes: dict[str, Any]
) -> None:
    tables.account()
    before = stored(tables)
    assert writer(tables.client).work(told(name, **changes)) == []
    assert stored(tables) == before


@pytest.mark.parametrize("kind", ["abuse", "fraud", "virus", "other", None], ids=str)
def test_every_other_complaint_counts(tables: Tables, kind: str | None) -> None:
    tables.account()
    writer(tables.client).work(told("feedback-complaint", complaintFeedbackType=kind))
    assert stored(tables).undeliverable_reason is Undeliverable.COMPLAINT


@pytest.mark.parametrize("email", ["another@example.com", None])
def test_an_address_that_the_account_no_longer_has_is_nobodys(
    tables: Tables, email: str | None
) -> None:
    tables.account(email=email)
    before = stored(tables)
    assert writer(tables.client).work(told()) == []
    assert stored(tables) == before


def test_an_account_that_is_gone_is_not_missed(tables: Tables) -> None:
    assert writer(tables.client).work(told()) == []
    assert tables.client.scan(TableName="DataTable")["Items"] == []


class Contending:
    """The tables of somebody who gives the account another address after it was read."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.put_item = tables.client.put_item
        self.update_item = tables.client.update_item
        self.delete_item = tables.client.delete_item
        self.query = tables.client.query

    def get_item(self, **request: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._tables.client.get_item(**request)
        self._tables.client.update_item(
            TableName="DataTable",
            Key={"pk": {"S": f"USER#{ADA}"}, "sk": {"S": "ACCOUNT"}},
            UpdateExpression="SET em = :new, v = :v",
            ExpressionAttributeValues={":new": {"S": "new@example.com"}, ":v": {"N": "7"}},
        )
        return answer


def test_a_new_address_is_never_marked_for_the_old_one(tables: Tables) -> None:
    tables.account()
    [message] = told()
    assert writer(Contending(tables)).work([message]) == [message["messageId"]]
    account = stored(tables)
    assert (account.email, account.undeliverable_since) == ("new@example.com", None)
    # The message comes again, and finds out.
    assert writer(tables.client).work([message]) == []
    assert stored(tables) == account


class Broken:
    def get_item(self, **_: Any) -> dict[str, Any]:
        raise ReadTimeoutError(endpoint_url="https://dynamodb.eu-central-1.amazonaws.com")

    put_item = update_item = get_item


def test_tables_that_are_away_bring_the_message_back() -> None:
    [message] = told()
    assert writer(Broken()).work([message]) == [message["messageId"]]


def test_poison_fails_alone(tables: Tables) -> None:
    tables.account()
    records = sample("feedback-poison")["Records"]
    assert writer(tables.client).work(records) == [one["messageId"] for one in records[1:]]
    assert stored(tables).undeliverable_since


@pytest.mark.parametrize(
    "path",
    [
        {"source": "errand"},
        {"detail": None},
        {"detail": {"eventType": "Delivery"}},
        {"detail": {"mail": []}},
        {"detail": {"mail": {"tags": {}}}},
        {"detail": {"mail": {"tags": {"account": []}}}},
        {"detail": {"mail": {"tags": {"account": ["06h04o2vndpa700bqsem70d6f8#"]}}}},
        {"detail": {"mail": {"tags": {"account": ADA}}}},
        {"detail": {"mail": {"tags": {"address": [7]}}}},
        {"detail": {"bounce": {"bounceType": None}}},
        {"detail": {"bounce": None}},
    ],
    ids=str,
)
def test_what_is_no_feedback_is_refused(tables: Tables, path: dict[str, Any]) -> None:
    tables.account()
    [message] = told()
    message["body"] = json.dumps(_changed(json.loads(message["body"]), path))
    assert writer(tables.client).work([message]) == [message["messageId"]]
    assert stored(tables).undeliverable_since is None


def _changed(content: Any, changes: Any) -> Any:
    if not isinstance(changes, dict) or not changes or not isinstance(content, dict):
        return changes
    return {**content, **{name: _changed(content.get(name), new) for name, new in changes.items()}}


def test_tags_are_such_as_ses_takes() -> None:
    for owner in (account(), account(email="ada@straße.example")):
        for name, value in feedback.tags(owner).items():
            assert name.isalnum()
            assert value.isalnum()
            assert len(value) <= 256


def test_logs_are_without_personal_data(tables: Tables, caplog: pytest.LogCaptureFixture) -> None:
    tables.account()
    with caplog.at_level(logging.INFO):
        writer(tables.client).work(sample("feedback-poison")["Records"])
    assert len(caplog.records) == 3
    for record in caplog.records:
        assert not any(personal in str(vars(record)) for personal in (EMAIL, ADA))


def test_handler(moto_tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    moto_tables.account()
    monkeypatch.setenv("ERRAND_DATA_TABLE", "DataTable")
    note_feedback.writer.cache_clear()
    answer = note_feedback.handler(sample("feedback-poison"), None)
    note_feedback.writer.cache_clear()
    assert len(answer["batchItemFailures"]) == 2
    assert stored(moto_tables).undeliverable_reason is Undeliverable.BOUNCE


@pytest.mark.deep
def test_cold_start_loads_nothing_that_it_does_not_use() -> None:
    code = "import sys, note_feedback; print({'pynamodb', 'pydantic', 'jinja2'} & {*sys.modules})"
    done = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    )
    assert done.stdout == "set()\n"
