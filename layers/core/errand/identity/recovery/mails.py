"""The mails that carry a token."""

from collections.abc import Mapping
from typing import Any

from errand import opaque
from errand.errors import MalformedRecord
from errand.identity.accounts.identities import key_of
from errand.identity.accounts.model import Account, Claim
from errand.identity.recovery.model import LIFETIME_SECONDS, MailedToken, Purpose
from errand.identity.recovery.requests import EmailVerification, PasswordRecovery
from errand.mails.kinds import Desk, MailKind, account_of
from errand.messages import id_in, text_in
from errand.records import load
from errand.storage.kinds import IDENTITY, MAILED_TOKEN
from errand.storage.plain import PlainTables


def keep_token(tables: PlainTables, token: MailedToken) -> None:
    """Without PynamoDB: the repository, which finds and spends it, is the API's."""
    key = MAILED_TOKEN.key(token.user_id, token.purpose, token.digest)
    tables.put(MAILED_TOKEN, key, token)


def _email_in(content: object, name: str) -> str:
    email = text_in(content, name)
    if "@" not in email:
        raise MalformedRecord(f"{name} is not an address")
    return email


def _who_has(desk: Desk, request: PasswordRecovery) -> Account | None:
    claim = desk.tables.get(IDENTITY, key_of("email", request.email))
    return account_of(desk, load(Claim, claim).user_id) if claim else None


def _recovery(desk: Desk, _: PasswordRecovery, account: Account) -> Mapping[str, Any]:
    return _with_token(desk, account, Purpose.PASSWORD_RECOVERY, page="reset-password")


def _verification(desk: Desk, _: EmailVerification, account: Account) -> Mapping[str, Any] | None:
    if account.email_verified and account.undeliverable_since is None:
        return None
    return _with_token(desk, account, Purpose.EMAIL_VERIFICATION, page="verify-email")


def _with_token(desk: Desk, account: Account, purpose: Purpose, *, page: str) -> Mapping[str, Any]:
    """`page`: of the web client, that takes the token."""
    token = opaque.make(account.id)
    # Kept first: a mail whose token is worth nothing is worse than a token that nobody has.
    keep_token(
        desk.tables,
        MailedToken(
            user_id=account.id,
            purpose=purpose,
            digest=token.digest,
            email=account.email or "",
            created_at=desk.now,
        ),
    )
    # Behind a #, a browser keeps it to itself: it gets into no server's log and no Referer.
    link = f"{desk.app_url.rstrip('/')}/{page}#token={token.text}" if desk.app_url else ""
    return {
        # Only for an address that is proved, else a stranger may have chosen both.
        "username": account.username if account.email_verified else None,
        "text": token.text,
        "link": link,
        "minutes": LIFETIME_SECONDS // 60,
    }


PASSWORD_RECOVERY = MailKind(
    request=PasswordRecovery,
    fields={"email": _email_in},
    recipient=_who_has,
    data=_recovery,
    template="identity/recovery/password_recovery.jinja",
    is_proof=True,
)
EMAIL_VERIFICATION = MailKind(
    request=EmailVerification,
    fields={"user_id": id_in},
    data=_verification,
    template="identity/recovery/email_verification.jinja",
    is_proof=True,
)
