"""Mailed tokens in EphemeralTable. What mails them writes them, too: recovery.mails."""

from typing import Protocol

from errand import opaque
from errand.errors import InvalidGrant
from errand.identity.recovery.model import MailedToken, Purpose
from errand.storage.kinds import MAILED_TOKEN
from errand.storage.mapper import mapper
from errand.storage.operations import Delete, get
from errand.storage.unit import Unit

_TOKENS = mapper(MAILED_TOKEN, MailedToken)


class MailedTokens(Protocol):
    def find(self, text: str, *, purpose: Purpose, now: int) -> MailedToken: ...

    def spend(self, unit: Unit, token: MailedToken) -> None: ...


class DynamoMailedTokens:
    """MailedTokens on EphemeralTable."""

    def find(self, text: str, *, purpose: Purpose, now: int) -> MailedToken:
        """Raises InvalidGrant."""
        presented = opaque.parse(text)
        key = MAILED_TOKEN.key(presented.user_id, purpose, presented.digest)
        item = get(_TOKENS.model, key)
        if item is None:
            raise InvalidGrant
        found: MailedToken = _TOKENS.of(item)
        # DynamoDB may leave an expired item in place for days.
        if not found.is_alive(now):
            raise InvalidGrant
        return found

    def spend(self, unit: Unit, token: MailedToken) -> None:
        """Refused as InvalidGrant if somebody has spent what `find` found."""
        item = _TOKENS.at(MAILED_TOKEN.key(token.user_id, token.purpose, token.digest))
        unit.add_first(Delete(item, _TOKENS.exists), lambda _: InvalidGrant())
