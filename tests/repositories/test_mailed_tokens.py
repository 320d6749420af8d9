"""Tokens that came by mail: found for an hour, spent once, with all that depends on it."""

from typing import Any

import pytest

from errand import opaque
from errand.errors import InvalidGrant, Overtaken
from errand.identity.recovery.mails import keep_token
from errand.identity.recovery.model import MailedToken, Purpose
from errand.identity.recovery.repository import DynamoMailedTokens
from errand.storage.kinds import Table
from errand.storage.operations import Put
from errand.storage.plain import PlainTables
from errand.storage.tables import DataItem
from errand.storage.unit import overtaken
from errand_testkit.fakes import ManualClock
from errand_testkit.storage import ADA, BOB
from errand_testkit.stored import commit

RECOVERY, VERIFICATION = Purpose.PASSWORD_RECOVERY, Purpose.EMAIL_VERIFICATION
HOUR = 60 * 60

pytestmark = pytest.mark.usefixtures("tables")


class Tokens:
    """As they are mailed, and as whoever has one can use it."""

    def __init__(self, client: Any, clock: ManualClock) -> None:
        names = {Table.DATA: "DataTable", Table.EPHEMERAL: "EphemeralTable"}
        self._tables = PlainTables(dynamodb=client, names=names)
        self._clock = clock
        self.repository = DynamoMailedTokens()

    def mail(self, purpose: Purpose = RECOVERY, *, user_id: str = ADA) -> str:
        token = opaque.make(user_id)
        keep_token(
            self._tables,
            MailedToken(
                user_id=user_id,
                purpose=purpose,
                digest=token.digest,
                email="ada@example.com",
                created_at=self._clock(),
            ),
        )
        return token.text

    def find(self, text: str, purpose: Purpose = RECOVERY) -> MailedToken:
        return self.repository.find(text, purpose=purpose, now=self._clock())

    def spend(self, token: MailedToken, *dependent: Put) -> None:
        """With what depends on it, in the order in which features add them."""
        commit(
            *(lambda unit, put=put: unit.add(put, overtaken) for put in dependent),
            lambda unit: self.repository.spend(unit, token),
        )


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
    tokens.spend(found, new_item())
    assert sent == ["TransactWriteItems"]
    assert client.scan(TableName="EphemeralTable")["Items"] == []
    assert [item["pk"] for item in client.scan(TableName="DataTable")["Items"]] == [{"S": "USER#1"}]


def test_of_two_who_found_it_one_can_spend_it(tokens: Tokens, client: Any) -> None:
    text = tokens.mail()
    first, second = tokens.find(text), tokens.find(text)
    tokens.spend(first, new_item("USER#1"))
    with pytest.raises(InvalidGrant):
        tokens.spend(second, new_item("USER#2"))
    assert [item["pk"] for item in client.scan(TableName="DataTable")["Items"]] == [{"S": "USER#1"}]
    with pytest.raises(InvalidGrant):
        tokens.find(text)


def test_not_spent_if_what_depends_on_it_fails(tokens: Tokens) -> None:
    text, other = tokens.mail(), tokens.mail()
    tokens.spend(tokens.find(other), new_item())
    with pytest.raises(Overtaken):
        tokens.spend(tokens.find(text), new_item())
    tokens.spend(tokens.find(text))


def test_one_spent_leaves_the_others(tokens: Tokens) -> None:
    first, second = tokens.mail(), tokens.mail()
    tokens.spend(tokens.find(first))
    tokens.find(second)
