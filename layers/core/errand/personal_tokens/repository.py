"""Personal access tokens in DataTable, in the collection of their account."""

from collections.abc import Sequence
from typing import Protocol

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from errand.accounts.model import Account
from errand.accounts.repository import AccountItem, account_of
from errand.accounts.scopes import Scope, joined
from errand.audit.model import AuditRecord
from errand.audit.repository import append
from errand.errors import NotFound
from errand.personal_tokens.model import PersonalToken
from errand.storage.operations import (
    ConditionFailed,
    Delete,
    Put,
    RawItem,
    TransactionFailed,
    Update,
    execute,
    get_together,
    query,
    transact,
)
from errand.storage.tables import DataItem, user_key

PREFIX = "PAT#"


class TokenItem(DataItem):
    nm = UnicodeAttribute()
    sc = UnicodeAttribute()
    h = UnicodeAttribute()
    ca = NumberAttribute()
    ex = NumberAttribute(null=True)
    lu = UnicodeAttribute(null=True)


class TokenRepository(Protocol):
    def add(self, token: PersonalToken, *, record: AuditRecord) -> None: ...

    def read(
        self, *, user_id: str, token_id: str
    ) -> tuple[Account | None, PersonalToken | None]: ...

    def used(self, token: PersonalToken, *, day: str) -> None: ...

    def all(self, *, user_id: str, limit: int) -> Sequence[PersonalToken]: ...

    def remove(self, *, user_id: str, token_id: str, record: AuditRecord) -> None: ...


class DynamoTokens:
    """TokenRepository on DataTable."""

    def add(self, token: PersonalToken, *, record: AuditRecord) -> None:
        item = TokenItem(
            user_key(token.user_id),
            PREFIX + token.id,
            nm=token.name,
            sc=joined(token.scopes),
            h=token.digest,
            ca=token.created_at,
            ex=token.expires_at,
        )
        transact([Put(item, TokenItem.pk.does_not_exist()), append(record)])

    def read(self, *, user_id: str, token_id: str) -> tuple[Account | None, PersonalToken | None]:
        """Both in one round trip."""
        pk = user_key(user_id)
        account, token = get_together(
            (AccountItem, pk, "ACCOUNT"), (TokenItem, pk, PREFIX + token_id)
        )
        return account_of(account) if account else None, token_of(token) if token else None

    def used(self, token: PersonalToken, *, day: str) -> None:
        """Notes the day, unless the token has been revoked meanwhile."""
        item = TokenItem(user_key(token.user_id), PREFIX + token.id)
        try:
            execute(Update(item, [TokenItem.lu.set(day)], TokenItem.pk.exists()))
        except ConditionFailed:
            return

    def all(self, *, user_id: str, limit: int) -> list[PersonalToken]:
        """Newest first."""
        items, _ = query(
            TokenItem,
            user_key(user_id),
            prefix=("sk", PREFIX),
            limit=limit,
            ascending=False,
        )
        return [token_of(item) for item in items]

    def remove(self, *, user_id: str, token_id: str, record: AuditRecord) -> None:
        """Raises NotFound."""
        item = TokenItem(user_key(user_id), PREFIX + token_id)
        try:
            transact([Delete(item, TokenItem.pk.exists()), append(record)])
        except TransactionFailed:
            raise NotFound("Token not found") from None


def token_of(item: RawItem) -> PersonalToken:
    return PersonalToken(
        id=item["sk"]["S"].removeprefix(PREFIX),
        user_id=item["pk"]["S"].removeprefix("USER#"),
        name=item["nm"]["S"],
        scopes=frozenset(map(Scope, item["sc"]["S"].split())),
        digest=item["h"]["S"],
        created_at=int(item["ca"]["N"]),
        expires_at=int(item["ex"]["N"]) if "ex" in item else None,
        last_used_on=item["lu"]["S"] if "lu" in item else None,
    )
