"""A forgotten password, and the proof that an e-mail address is one's own."""

from errand.clock import Clock
from errand.errors import InvalidGrant, InvalidInput, InvalidToken
from errand.folding import folded
from errand.identity.accounts.model import (
    Account,
    AccountChanges,
    all_ended,
    deliverable_again,
    next_generation,
)
from errand.identity.accounts.password_policy import check_new_password
from errand.identity.accounts.passwords import hash_password
from errand.identity.accounts.ports import AccountRepository
from errand.identity.audit.model import Act
from errand.identity.audit.service import AuditTrail
from errand.identity.caller import Caller
from errand.identity.recovery.model import MailedToken, Purpose
from errand.identity.recovery.repository import MailedTokens
from errand.identity.recovery.requests import EmailVerification, PasswordRecovery
from errand.identity.throttling.model import RECOVER_ACCOUNT, RECOVER_ADDRESS
from errand.identity.throttling.service import Throttle
from errand.mails.outbox import Outbox
from errand.origin import Origin
from errand.storage.unit import Store, Unit, repeated


class RecoveryService:
    def __init__(
        self,
        *,
        accounts: AccountRepository,
        mailed: MailedTokens,
        store: Store,
        trail: AuditTrail,
        outbox: Outbox,
        throttle: Throttle,
        refuse_common_passwords: bool,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._mailed = mailed
        self._store = store
        self._trail = trail
        self._outbox = outbox
        self._throttle = throttle
        self._refuse_common = refuse_common_passwords
        self._clock = clock

    def request_password(self, *, email: str, origin: Origin) -> None:
        """The same for an address that nobody has: whose it is, is looked up where mails are sent.

        Raises TooManyAttempts, MailNotConfigured.
        """
        self._count(email, origin)
        # Folded here: it takes a package that the function at the other end starts faster without.
        request = PasswordRecovery(email=folded(email), request_id=origin.request_id)
        self._outbox.send(request)

    def reset_password(self, *, token: str, password: str, origin: Origin) -> None:
        """Ends whatever was issued before. Raises InvalidGrant, WeakPassword."""
        found = self._mailed.find(token, purpose=Purpose.PASSWORD_RECOVERY, now=self._clock())
        account = self._owner(found)
        check_new_password(
            password,
            username=account.username,
            email=account.email,
            refuse_common=self._refuse_common,
        )
        changes = {"password_hash": hash_password(password)}
        self._prove(found, changes, act=Act.PASSWORD_RESET, origin=origin)

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
        """The first proof of an address ends whatever was issued before. Raises InvalidGrant."""
        found = self._mailed.find(token, purpose=Purpose.EMAIL_VERIFICATION, now=self._clock())
        self._prove(found, {}, act=Act.EMAIL_VERIFIED, origin=origin)

    def _count(self, email: str, origin: Origin) -> None:
        address = [RECOVER_ADDRESS.by(origin.address)] if origin.address else []
        self._throttle.count(RECOVER_ACCOUNT.by(email), *address)

    def _owner(self, found: MailedToken) -> Account:
        """Whose address it still is. Raises InvalidGrant."""
        account = self._accounts.read(found.user_id)
        if account is None or account.disabled or account.email != found.email:
            raise InvalidGrant
        # One new password, or one forced log-out, spends all that were mailed before it. To end
        # sessions does not: whoever stole an access token could keep the owner from recovering.
        if found.created_at <= (account.mails_from or 0):
            raise InvalidGrant
        return account

    def _prove(
        self, found: MailedToken, changes: AccountChanges, *, act: Act, origin: Origin
    ) -> None:
        def prove(account: Account) -> None:
            now = self._clock()
            # Until an address is proved, somebody else may have registered it and taken tokens.
            is_first = not account.email_verified
            ended = all_ended(now) if is_first or act is Act.PASSWORD_RESET else {}
            unit = Unit()
            self._mailed.spend(unit, found)
            proved = {**changes, **ended, "email_verified": True, **deliverable_again()}
            if "password_hash" in changes:
                proved |= next_generation(account)
            self._accounts.change(unit, account, proved, now=now)
            # Whoever has the token is the owner, as far as anybody can tell.
            self._trail.add(unit, act, user_id=account.id, actor=account.id, origin=origin)
            self._store.commit(unit)

        repeated(lambda: self._owner(found), prove)
