"""Tokens of the links of mails, in EphemeralTable; what sends mails writes them."""

from errand import opaque
from errand.errors import InvalidGrant, NotFound
from errand.mails.model import UnsubscribeToken
from errand.mails.ports import LinkToken
from errand.storage.kinds import UNSUBSCRIBE_TOKEN
from errand.storage.mapper import Mapper, mapper
from errand.storage.operations import Update, get
from errand.storage.unit import Unit, overtaken


class DynamoLinkTokens[Token: LinkToken]:
    """LinkTokens of the kind of `items`, on EphemeralTable."""

    def __init__(self, items: Mapper[Token]) -> None:
        self._items = items

    def find(self, text: str, *, now: int) -> Token:
        """Raises NotFound."""
        try:
            presented = opaque.parse(text)
        except InvalidGrant:
            raise NotFound(_NOT_FOUND) from None
        item = get(self._items.model, self._items.kind.key(presented.user_id, presented.digest))
        found: Token | None = self._items.of(item) if item else None
        # DynamoDB may leave an expired item in place for days.
        if found is None or not found.is_alive(now):
            raise NotFound(_NOT_FOUND)
        return found

    def spend(self, unit: Unit, token: Token, *, now: int) -> None:
        """Refused as Overtaken if somebody has used what `find` found."""
        item = self._items.at(self._items.kind.key(token.user_id, token.digest))
        unused = self._items.exists & self._items["used_at"].does_not_exist()
        unit.add(Update(item, self._items.actions({"used_at": now}), unused), overtaken)


UNSUBSCRIBE_TOKENS = mapper(UNSUBSCRIBE_TOKEN, UnsubscribeToken)
_NOT_FOUND = "This link leads nowhere: it is too old, or not as it was mailed"
