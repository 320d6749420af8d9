"""Mailed tokens in EphemeralTable. What mails them writes them, too: errand.mails.store."""

from collections.abc import Sequence
from typing import Protocol

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from errand import opaque
from errand.errors import InvalidGrant, PreconditionFailed
from errand.recovery.model import MailedToken, Purpose, sort_key
from errand.storage.operations import Delete, TransactionFailed, Write, get, transact
from errand.storage.tables import EphemeralItem, user_key


class MailedItem(EphemeralItem):
    em = UnicodeAttribute()
    ca = NumberAttribute()


class MailedTokens(Protocol):
    def find(self, text: str, *, purpose: Purpose, now: int) -> MailedToken: ...

    def spend(self, token: MailedToken, writes: Sequence[Write]) -> None: ...


class DynamoMailedTokens:
    """MailedTokens on EphemeralTable."""

    def find(self, text: str, *, purpose: Purpose, now: int) -> MailedToken:
        """Raises InvalidGrant."""
        presented = opaque.parse(text)
        pk, sk = user_key(presented.user_id), sort_key(purpose, presented.digest)
        item = get(MailedItem, pk, sk, consistent=True)
        if item is None:
            raise InvalidGrant
        found = MailedToken(
            user_id=presented.user_id,
            purpose=purpose,
            digest=presented.digest,
            email=item["em"]["S"],
            created_at=int(item["ca"]["N"]),
        )
        # DynamoDB may leave an expired item in place for days.
        if not found.is_alive(now):
            raise InvalidGrant
        return found

    def spend(self, token: MailedToken, writes: Sequence[Write]) -> None:
        """Commits `writes` if nobody has spent what `find` found, who else tries gets nothing.

        Raises InvalidGrant; PreconditionFailed if a condition of `writes` did not hold.
        """
        item = MailedItem(user_key(token.user_id), token.sort_key)
        try:
            transact([Delete(item, MailedItem.pk.exists()), *writes])
        except TransactionFailed as failed:
            if failed.failures[0]:
                raise InvalidGrant from None
            raise PreconditionFailed from None
