"""Who gets a mail with a token, and the token in it, without PynamoDB."""

from errand.identity.accounts.identities import key_of
from errand.identity.accounts.model import Account, Claim
from errand.identity.recovery.model import MailedToken, Purpose
from errand.identity.recovery.requests import MailRequest, PasswordRecovery
from errand.records import load
from errand.storage.kinds import ACCOUNT, IDENTITY, MAILED_TOKEN
from errand.storage.plain import PlainTables


class Recipients:
    def __init__(self, tables: PlainTables) -> None:
        self._tables = tables

    def of(self, request: MailRequest) -> Account | None:
        """None if nobody is to get a mail."""
        account = self._account(request)
        if account is None or account.disabled or account.email is None:
            return None
        if request.kind == Purpose.EMAIL_VERIFICATION and account.email_verified:
            return None
        return account

    def keep(self, token: MailedToken) -> None:
        key = MAILED_TOKEN.key(token.user_id, token.purpose, token.digest)
        self._tables.put(MAILED_TOKEN, key, token)

    def _account(self, request: MailRequest) -> Account | None:
        if isinstance(request, PasswordRecovery):
            claim = self._tables.get(IDENTITY, key_of("email", request.email))
            user_id = load(Claim, claim).user_id if claim else None
        else:
            user_id = request.user_id
        item = self._tables.get(ACCOUNT, ACCOUNT.key(user_id)) if user_id else None
        return load(Account, item) if item else None
