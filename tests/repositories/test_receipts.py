"""A receipt commits with what it stands for, keeps the first answer, and lasts a day."""

from dataclasses import replace
from typing import Any

import pytest

from errand.errors import AnsweredBefore, IdempotencyKeyReused, Overtaken
from errand.identity.accounts.model import Claim
from errand.storage.kinds import IDENTITY, Key
from errand.storage.mapper import mapper
from errand.storage.operations import Put
from errand.storage.receipts import (
    LIFETIME_SECONDS,
    Receipt,
    check_unanswered,
    commit_once_with,
)
from errand.storage.unit import DynamoStore, Unit, overtaken
from errand_testkit.fakes import ManualClock

pytestmark = pytest.mark.usefixtures("tables")

MILK = Receipt(path="/tasks", name="1", fingerprint="milk")
BREAD = replace(MILK, fingerprint="bread")
CLAIMS = mapper(IDENTITY, Claim)


def _commit(name: str, clock: ManualClock, *, receipt: Receipt = MILK, owner: str = "1") -> str:
    """What is answered, by this request or an earlier one."""
    unit = Unit()
    claim = CLAIMS.item(Key(name, "IDENTITY"), Claim(user_id="1"))
    unit.add(Put(claim, CLAIMS.is_free), overtaken)
    commit_once_with(unit, receipt, owner=owner, answer=f"made {name}", now=clock())
    try:
        DynamoStore().commit(unit)
    except AnsweredBefore as before:
        return before.answer
    return f"made {name}"


def _names(client: Any) -> list[str]:
    items = client.scan(TableName="DataTable")["Items"]
    return sorted(item["pk"]["S"] for item in items)


def test_receipt_is_kept_for_a_day(client: Any, clock: ManualClock) -> None:
    assert _commit("milk", clock) == "made milk"
    assert client.scan(TableName="EphemeralTable")["Items"] == [
        {
            "pk": {"S": "USER#1"},
            "sk": {"S": "IDEMPOTENCY#/tasks#1"},
            "fp": {"S": "milk"},
            "b": {"S": "made milk"},
            "expires_at": {"N": str(clock() // 1000 + 24 * 60 * 60)},
        }
    ]


def test_second_commit_gets_the_first_answer(client: Any, clock: ManualClock) -> None:
    _commit("milk", clock)
    clock.advance(seconds=LIFETIME_SECONDS - 1)
    assert _commit("butter", clock) == "made milk"
    assert _names(client) == ["milk"]


def test_receipt_comes_before_a_condition_that_fails_as_well(clock: ManualClock) -> None:
    _commit("milk", clock)
    assert _commit("milk", clock) == "made milk"


def test_receipt_of_another_request_commits_nothing(client: Any, clock: ManualClock) -> None:
    _commit("milk", clock)
    with pytest.raises(IdempotencyKeyReused):
        _commit("bread", clock, receipt=BREAD)
    assert _names(client) == ["milk"]


def test_fingerprint_made_with_another_signing_key_is_recognised(
    client: Any, clock: ManualClock
) -> None:
    _commit("milk", clock)
    rotated = replace(MILK, fingerprint="new milk", recognises=MILK.fingerprint.__eq__)
    assert _commit("butter", clock, receipt=rotated) == "made milk"
    assert _names(client) == ["milk"]


def test_reuse_is_told_before_a_condition_that_fails_as_well(clock: ManualClock) -> None:
    _commit("milk", clock)
    with pytest.raises(IdempotencyKeyReused):
        _commit("milk", clock, receipt=BREAD)


@pytest.mark.parametrize("receipt", [MILK, BREAD], ids=["same", "other"])
def test_expired_receipt_is_replaced(client: Any, clock: ManualClock, receipt: Receipt) -> None:
    _commit("milk", clock)
    clock.advance(seconds=LIFETIME_SECONDS)
    assert _commit("bread", clock, receipt=receipt) == "made bread"
    assert _commit("butter", clock, receipt=receipt) == "made bread"
    assert _names(client) == ["bread", "milk"]


def test_failed_condition_leaves_no_receipt(client: Any, clock: ManualClock) -> None:
    _commit("milk", clock)
    with pytest.raises(Overtaken):
        _commit("milk", clock, owner="2")
    assert len(client.scan(TableName="EphemeralTable")["Items"]) == 1


@pytest.mark.parametrize(
    "other",
    [{"owner": "2"}, {"receipt": replace(MILK, name="2")}, {"receipt": replace(MILK, path="/")}],
    ids=["user", "key", "path"],
)
def test_receipts_of_others_are_apart(
    client: Any, clock: ManualClock, other: dict[str, Any]
) -> None:
    _commit("milk", clock)
    assert _commit("bread", clock, **other) == "made bread"
    assert _names(client) == ["bread", "milk"]


def test_answer_is_found_without_a_commit(clock: ManualClock) -> None:
    check_unanswered(MILK, owner="1", now=clock())
    _commit("milk", clock)
    check_unanswered(None, owner="1", now=clock())
    check_unanswered(MILK, owner="2", now=clock())
    with pytest.raises(AnsweredBefore) as before:
        check_unanswered(MILK, owner="1", now=clock())
    assert before.value.answer == "made milk"
    with pytest.raises(IdempotencyKeyReused):
        check_unanswered(BREAD, owner="1", now=clock())
    clock.advance(seconds=LIFETIME_SECONDS)
    check_unanswered(BREAD, owner="1", now=clock())
