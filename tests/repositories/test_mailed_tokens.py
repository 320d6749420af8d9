"""Tokens that came by mail: found for an hour, spent once, with all that depends on it."""

from typing import Any

import pytest

from errand import opaque
from errand.errors import InvalidGrant, PreconditionFailed
from errand.mails.store import MailStore
from errand.recovery.model import MailedToken, Purpose
from errand.recovery.repository import DynamoMailedTokens
from errand.storage.operations import Put
from errand.storage.tables import DataItem
from errand_testkit.fakes import ManualClock
from errand_testkit.storage import ADA, BOB

RECOVERY, VERIFICATION = Purpose.PASSWORD_RECOVERY, Purpose.EMAIL_VERIFICATION
HOUR = 60 * 60

pytestmark = pytest.mark.usefixtures("tables")


class Tokens:
    """As they are mailed, and as whoever has one can use it."""

    def __init__(self, client: Any, clock: ManualClock) -> None:
        self._store = MailStore(
            dynamodb=client, data_table="DataTable", ephemeral_table="EphemeralTable"
        )
        self._clock = clock
        self.repository = DynamoMailedTokens()

    def mail(self, purpose: Purpose = RECOVERY, *, user_id: str = ADA) -> str:
        token = opaque.make(user_id)
        self._store.keep(
            MailedToken(
                user_id=user_id,
                purpose=purpose,
                digest=token.digest,
                email="ada@example.com",
                created_at=self._clock(),
            )
        )
        return token.text

    def find(self, text: str, purpose: Purpose = RECOVERY) -> MailedToken:
        return self.repository.find(text, purpose=purpose, now=self._clock())


@pytest.fixture
def tokens(client: Any, clock: ManualClock) -> Tokens:
    return Tokens(client, clock)


def new_item(pk: str = "USER#1") -> Put:
    return Put(DataItem(pk, "ITEM"), DataItem.pk.does_not_exist())


def test_found_with_all_that_was_kept(tokens: Tokens, clock: ManualClock) -> None:
    text = tokens.mail()
    assert tokens.find(text) == MailedToken(
        user_id=ADA,
        purpose=RECOVERY,
        digest=opaque.parse(text).digest,
        email="ada@example.com",
        created_at=clock.now,
    )


def test_kept_as_a_digest_until_the_ttl(tokens: Tokens, client: Any, clock: ManualClock) -> None:
    text = tokens.mail()
    [item] = client.scan(TableName="EphemeralTable")["Items"]
    assert item["sk"]["S"] == f"MAILED#password_recovery#{opaque.parse(text).digest}"
    assert item["expires_at"]["N"] == str(clock.now // 1000 + HOUR)
    assert text not in str(item)


def test_valid_for_an_hour_though_dynamodb_keeps_it_longer(
    tokens: Tokens, clock: ManualClock
) -> None:
    text = tokens.mail()
    clock.advance(HOUR - 0.001)
    tokens.find(text)
    clock.advance(0.001)
    with pytest.raises(InvalidGrant):
        tokens.find(text)


def test_good_for_its_purpose_only(tokens: Tokens) -> None:
    text = tokens.mail(VERIFICATION)
    with pytest.raises(InvalidGrant):
        tokens.find(text, RECOVERY)
    tokens.find(text, VERIFICATION)


def test_a_guess_is_not_found(tokens: Tokens) -> None:
    tokens.mail()
    with pytest.raises(InvalidGrant):
        tokens.find(opaque.make(ADA).text)


def test_of_no_use_for_another_account(tokens: Tokens) -> None:
    mine = opaque.parse(tokens.mail())
    with pytest.raises(InvalidGrant):
        tokens.find(opaque.Opaque((BOB,), mine.secret).text)


@pytest.mark.parametrize("text", ["", "x", "x" * 64, "ä" * 64, "!" * 64])
def test_what_is_no_token(tokens: Tokens, text: str) -> None:
    with pytest.raises(InvalidGrant):
        tokens.find(text)


def test_spent_in_one_transaction_with_what_depends_on_it(
    tokens: Tokens, sent: list[str], client: Any
) -> None:
    found = tokens.find(tokens.mail())
    sent.clear()
    tokens.repository.spend(found, [new_item()])
    assert sent == ["TransactWriteItems"]
    assert client.scan(TableName="EphemeralTable")["Items"] == []
    assert [item["pk"] for item in client.scan(TableName="DataTable")["Items"]] == [{"S": "USER#1"}]


def test_of_two_who_found_it_one_can_spend_it(tokens: Tokens, client: Any) -> None:
    text = tokens.mail()
    first, second = tokens.find(text), tokens.find(text)
    tokens.repository.spend(first, [new_item("USER#1")])
    with pytest.raises(InvalidGrant):
        tokens.repository.spend(second, [new_item("USER#2")])
    assert [item["pk"] for item in client.scan(TableName="DataTable")["Items"]] == [{"S": "USER#1"}]
    with pytest.raises(InvalidGrant):
        tokens.find(text)


def test_not_spent_if_what_depends_on_it_fails(tokens: Tokens) -> None:
    text, other = tokens.mail(), tokens.mail()
    tokens.repository.spend(tokens.find(other), [new_item()])
    with pytest.raises(PreconditionFailed):
        tokens.repository.spend(tokens.find(text), [new_item()])
    tokens.repository.spend(tokens.find(text), [])


def test_one_spent_leaves_the_others(tokens: Tokens) -> None:
    first, second = tokens.mail(), tokens.mail()
    tokens.repository.spend(tokens.find(first), [])
    tokens.find(second)
