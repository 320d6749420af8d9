"""Personal access tokens in DataTable, in the collection of their account."""

from datetime import date

from errand.errors import NotFound
from errand.identity.accounts.model import Account
from errand.identity.personal_tokens.model import PersonalToken
from errand.storage.kinds import ACCOUNT, PERSONAL_TOKEN, collection
from errand.storage.mapper import mapper
from errand.storage.operations import Delete, Put, Update, get_together
from errand.storage.ranges import KeyRange, read
from errand.storage.unit import Unit, already_done, made_before

_TOKENS = mapper(PERSONAL_TOKEN, PersonalToken)
_ACCOUNTS = mapper(ACCOUNT, Account)


class DynamoTokens:
    """TokenRepository on DataTable."""

    def add(self, unit: Unit, token: PersonalToken) -> None:
        item = _TOKENS.item(PERSONAL_TOKEN.key(token.user_id, token.id), token)
        unit.add(Put(item, _TOKENS.is_free), made_before)

    def read(self, *, user_id: str, token_id: str) -> tuple[Account | None, PersonalToken | None]:
        """Both in one round trip."""
        account, token = get_together(
            (_ACCOUNTS.model, ACCOUNT.key(user_id)),
            (_TOKENS.model, PERSONAL_TOKEN.key(user_id, token_id)),
        )
        return (
            _ACCOUNTS.of(account) if account else None,
            _TOKENS.of(token) if token else None,
        )

    def used(self, unit: Unit, token: PersonalToken, *, day: date) -> None:
        """Notes the day, unless the token has been revoked meanwhile."""
        item = _TOKENS.at(PERSONAL_TOKEN.key(token.user_id, token.id))
        unit.add(Update(item, _TOKENS.actions({"last_used_on": day}), _TOKENS.exists), already_done)

    def newest(self, *, user_id: str, limit: int) -> list[PersonalToken]:
        keys = KeyRange(
            model=_TOKENS.model, partition=collection(user_id), prefix=PERSONAL_TOKEN.prefix
        )
        return _TOKENS.all(read(keys, after=None, limit=limit).items)

    def remove(self, unit: Unit, *, user_id: str, token_id: str) -> None:
        """Refused as NotFound."""
        item = _TOKENS.at(PERSONAL_TOKEN.key(user_id, token_id))
        unit.add(Delete(item, _TOKENS.exists), lambda _: NotFound("Token not found"))
