"""Personal access tokens in memory."""

from dataclasses import replace

from errand.accounts.model import Account
from errand.audit.model import AuditRecord
from errand.errors import NotFound
from errand.personal_tokens.model import PersonalToken
from errand_testkit.fakes import InMemoryAccounts


class InMemoryTokens:
    """TokenRepository of the people in `accounts`; `calls` tells what would be round trips."""

    def __init__(self, accounts: InMemoryAccounts) -> None:
        self.stored: dict[tuple[str, str], PersonalToken] = {}
        self.calls: list[str] = []
        self._accounts = accounts

    def add(self, token: PersonalToken, *, record: AuditRecord) -> None:
        self.calls.append("add")
        self.stored[token.user_id, token.id] = token
        self._accounts.audit.add(record)

    def read(self, *, user_id: str, token_id: str) -> tuple[Account | None, PersonalToken | None]:
        self.calls.append("read")
        return self._accounts.read(user_id), self.stored.get((user_id, token_id))

    def used(self, token: PersonalToken, *, day: str) -> None:
        self.calls.append("used")
        stored = self.stored.get((token.user_id, token.id))
        if stored:
            self.stored[token.user_id, token.id] = replace(stored, last_used_on=day)

    def all(self, *, user_id: str, limit: int) -> list[PersonalToken]:
        self.calls.append("all")
        found = sorted(self.stored.items(), reverse=True)
        return [token for (owner, _), token in found if owner == user_id][:limit]

    def remove(self, *, user_id: str, token_id: str, record: AuditRecord) -> None:
        self.calls.append("remove")
        if self.stored.pop((user_id, token_id), None) is None:
            raise NotFound("Token not found")
        self._accounts.audit.add(record)
