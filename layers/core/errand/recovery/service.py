"""A forgotten password, and the proof that an e-mail address is one's own."""

from errand.accounts.model import Account, AccountChanges, Caller
from errand.accounts.password_policy import check_new_password
from errand.accounts.passwords import hash_password
from errand.accounts.repository import AccountRepository, change_of
from errand.audit.model import Act, record_of
from errand.audit.repository import append
from errand.clock import Clock
from errand.errors import (
    InvalidGrant,
    InvalidInput,
    InvalidToken,
    PreconditionFailed,
    StorageUnavailable,
)
from errand.mails.outbox import Outbox
from errand.mails.requests import EmailVerification, PasswordRecovery
from errand.origin import Origin
from errand.recovery.model import MailedToken, Purpose
from errand.recovery.repository import MailedTokens
from errand.throttling.model import RECOVER_ACCOUNT, RECOVER_ADDRESS
from errand.throttling.service import Throttle

_ATTEMPTS = 3


class RecoveryService:
    def __init__(
        self,
        *,
        accounts: AccountRepository,
        mailed: MailedTokens,
        outbox: Outbox,
        throttle: Throttle,
        refuse_common_passwords: bool,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._mailed = mailed
        self._outbox = outbox
        self._throttle = throttle
        self._refuse_common = refuse_common_passwords
        self._clock = clock

    def request_password(self, *, email: str, origin: Origin) -> None:
        """The same for an address that nobody has: whose it is, is looked up where mails are sent.

        Raises TooManyAttempts, MailNotConfigured.
        """
        self._count(email, origin)
        self._outbox.send(PasswordRecovery(email=email, request_id=origin.request_id))

    def reset_password(self, *, token: str, password: str, origin: Origin) -> str:
        """Ends all sessions; the user's id. Raises InvalidGrant, WeakPassword."""
        found = self._mailed.find(token, purpose=Purpose.PASSWORD_RECOVERY, now=self._clock())
        account = self._owner(found)
        check_new_password(
            password,
            username=account.username,
            email=account.email,
            refuse_common=self._refuse_common,
        )
        changes = {"password_hash": hash_password(password), "email_verified": True}
        self._spend(found, changes, act=Act.PASSWORD_RESET, ends_sessions=True, origin=origin)
        return account.id

    def request_verification(self, *, caller: Caller, origin: Origin) -> None:
        """Raises InvalidInput without an address to verify; TooManyAttempts, MailNotConfigured."""
        account = self._accounts.read(caller.user_id)
        if account is None:
            raise InvalidToken
        if account.email is None:
            raise InvalidInput("The account has no e-mail address")
        self._count(account.email, origin)
        self._outbox.send(EmailVerification(user_id=account.id, request_id=origin.request_id))

    def verify_email(self, *, token: str, origin: Origin) -> None:
        """Raises InvalidGrant."""
        found = self._mailed.find(token, purpose=Purpose.EMAIL_VERIFICATION, now=self._clock())
        self._spend(found, {"email_verified": True}, act=Act.EMAIL_VERIFIED, origin=origin)

    def _count(self, email: str, origin: Origin) -> None:
        address = [RECOVER_ADDRESS.by(origin.address)] if origin.address else []
        self._throttle.count(RECOVER_ACCOUNT.by(email), *address)

    def _owner(self, found: MailedToken) -> Account:
        """Whose address it still is. Raises InvalidGrant."""
        account = self._accounts.read(found.user_id)
        if account is None or account.disabled or account.email != found.email:
            raise InvalidGrant
        # One password reset, or one forced log-out, spends all that were mailed before it.
        if found.created_at <= (account.sessions_from or 0):
            raise InvalidGrant
        return account

    def _spend(
        self,
        found: MailedToken,
        changes: AccountChanges,
        *,
        act: Act,
        origin: Origin,
        ends_sessions: bool = False,
    ) -> None:
        for _ in range(_ATTEMPTS):
            account = self._owner(found)
            now = self._clock()
            ended = {"sessions_from": now, "kept_session": None} if ends_sessions else {}
            _, writes = change_of(account, {**changes, **ended}, now=now)
            # Whoever has the token is the owner, as far as anybody can tell.
            record = record_of(act, user_id=account.id, actor=account.id, origin=origin, now=now)
            try:
                self._mailed.spend(found, [*writes, append(record)])
            except PreconditionFailed:
                continue
            return
        raise StorageUnavailable
