"""Tokens to unsubscribe with, in EphemeralTable; mails.unsubscribing writes them."""

from typing import Protocol

from errand import opaque
from errand.errors import InvalidGrant, NotFound
from errand.mails.model import UnsubscribeToken
from errand.storage.kinds import UNSUBSCRIBE_TOKEN
from errand.storage.mapper import mapper
from errand.storage.operations import Update, get
from errand.storage.unit import Unit, overtaken

_TOKENS = mapper(UNSUBSCRIBE_TOKEN, UnsubscribeToken)


class UnsubscribeTokens(Protocol):
    def find(self, text: str, *, now: int) -> UnsubscribeToken: ...

    def spend(self, unit: Unit, token: UnsubscribeToken, *, now: int) -> None: ...


class DynamoUnsubscribeTokens:
    """UnsubscribeTokens on EphemeralTable."""

    def find(self, text: str, *, now: int) -> UnsubscribeToken:
        """Raises NotFound."""
        try:
            presented = opaque.parse(text)
        except InvalidGrant:
            raise NotFound(_NOT_FOUND) from None
        key = UNSUBSCRIBE_TOKEN.key(presented.user_id, presented.digest)
        item = get(_TOKENS.model, key)
        found: UnsubscribeToken | None = _TOKENS.of(item) if item else None
        # DynamoDB may leave an expired item in place for days.
        if found is None or not found.is_alive(now):
            raise NotFound(_NOT_FOUND)
        return found

    def spend(self, unit: Unit, token: UnsubscribeToken, *, now: int) -> None:
        """Refused as Overtaken if somebody has used what `find` found."""
        item = _TOKENS.at(UNSUBSCRIBE_TOKEN.key(token.user_id, token.digest))
        unused = _TOKENS.exists & _TOKENS["used_at"].does_not_exist()
        unit.add(Update(item, _TOKENS.actions({"used_at": now}), unused), overtaken)


_NOT_FOUND = "There is nothing to unsubscribe from with this"
