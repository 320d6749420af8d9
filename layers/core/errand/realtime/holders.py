"""Whether those who listen still may, for a process that reads with PynamoDB."""

from collections.abc import Collection
from typing import Protocol

from errand.clock import Clock
from errand.identity.accounts.model import Account
from errand.identity.personal_tokens.model import PersonalToken
from errand.identity.sessions.model import Session
from errand.realtime.model import Grant, Holder, is_good


class Sessions(Protocol):
    def read(self, *, user_id: str, session_id: str) -> tuple[Account | None, Session | None]: ...


class Tokens(Protocol):
    def read(
        self, *, user_id: str, token_id: str
    ) -> tuple[Account | None, PersonalToken | None]: ...


class Holders:
    def __init__(self, *, sessions: Sessions, tokens: Tokens, clock: Clock) -> None:
        self._sessions = sessions
        self._tokens = tokens
        self._clock = clock

    def good(self, user_id: str, holders: Collection[Holder]) -> set[Holder]:
        """Those whose session or token is good. Raises StorageUnavailable."""
        return {holder for holder in holders if self._is_good(user_id, holder)}

    def _is_good(self, user_id: str, holder: Holder) -> bool:
        account, grant = self._read(user_id, holder)
        return is_good(account, grant, now=self._clock())

    def _read(self, user_id: str, holder: Holder) -> tuple[Account | None, Grant]:
        if holder.session_id is not None:
            return self._sessions.read(user_id=user_id, session_id=holder.session_id)
        return self._tokens.read(user_id=user_id, token_id=holder.token_id or "")
