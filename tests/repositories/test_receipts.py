"""A receipt commits with what it stands for, keeps the first answer, and lasts a day."""

from dataclasses import replace
from typing import Any

import pytest

from errand.accounts.repository import IdentityItem
from errand.errors import IdempotencyKeyReused
from errand.storage.operations import Put, TransactionFailed
from errand.storage.receipts import LIFETIME_SECONDS, Receipt, commit_once
from errand_testkit.fakes import ManualClock

pytestmark = pytest.mark.usefixtures("tables")

MILK = Receipt(pk="USER#1", sk="IDEMPOTENCY#/tasks#1", fingerprint="milk")
BREAD = Receipt(pk=MILK.pk, sk=MILK.sk, fingerprint="bread")


def _claim(name: str) -> Put:
    return Put(IdentityItem(name, "IDENTITY", uid="1"), IdentityItem.pk.does_not_exist())


def _commit(name: str, clock: ManualClock, *, receipt: Receipt = MILK) -> str | None:
    return commit_once([_claim(name)], receipt=receipt, answer=f"made {name}", now_ms=clock())


def _names(client: Any) -> list[str]:
    items = client.scan(TableName="DataTable")["Items"]
    return sorted(item["pk"]["S"] for item in items)


def test_receipt_is_kept_for_a_day(client: Any, clock: ManualClock) -> None:
    assert _commit("milk", clock) is None
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
    assert _commit("bread", clock, receipt=receipt) is None
    assert _commit("butter", clock, receipt=receipt) == "made bread"
    assert _names(client) == ["bread", "milk"]


def test_failed_condition_leaves_no_receipt(client: Any, clock: ManualClock) -> None:
    _commit("milk", clock)
    other = Receipt(pk="USER#2", sk=MILK.sk, fingerprint="milk")
    with pytest.raises(TransactionFailed) as caught:
        _commit("milk", clock, receipt=other)
    assert [failure is not None for failure in caught.value.failures] == [True, False]
    assert len(client.scan(TableName="EphemeralTable")["Items"]) == 1


@pytest.mark.parametrize(
    "other",
    [
        Receipt(pk="USER#2", sk=MILK.sk, fingerprint="milk"),
        Receipt(pk=MILK.pk, sk="IDEMPOTENCY#/tasks#2", fingerprint="milk"),
    ],
    ids=["user", "key"],
)
def test_receipts_of_others_are_apart(client: Any, clock: ManualClock, other: Receipt) -> None:
    _commit("milk", clock)
    assert _commit("bread", clock, receipt=other) is None
    assert _names(client) == ["bread", "milk"]
