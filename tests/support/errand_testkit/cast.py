"""Who sends requests in the authorization matrix: people who each have one of everything."""

from dataclasses import dataclass, field

from pyotp import TOTP

from errand import ids, opaque
from errand.accounts.model import Account
from errand.accounts.repository import DynamoAccounts
from errand.accounts.scopes import Scope
from errand.audit.model import Act, AuditRecord, record_of
from errand.mfa.model import Factor, Pending, digest_of, new_secret
from errand.mfa.repository import DynamoFactors
from errand.personal_tokens.model import PersonalToken, make
from errand.personal_tokens.model import digest_of as digest_of_token
from errand.personal_tokens.repository import DynamoTokens
from errand.recovery.model import MailedToken, Purpose
from errand.recovery.repository import MailedItem
from errand.sessions.repository import DynamoSessions
from errand.storage.tables import user_key
from errand_testkit.fakes import ManualClock
from errand_testkit.sessions import ORIGIN, new_session
from errand_testkit.storage import Tasks

RECOVERY_CODE = "k5xq-2vbn-7ojw-4dta"


@dataclass(frozen=True, kw_only=True)
class Person:
    """With a task, a session, a personal access token and mails, all in the tables."""

    account: Account
    task_id: str
    session_id: str
    token_id: str
    mailed: dict[Purpose, str] = field(repr=False)
    totp_secret: str = field(repr=False)
    clock: ManualClock

    @classmethod
    def make(cls, account: Account, clock: ManualClock) -> "Person":
        DynamoAccounts().add(account, receipt=None, answer="")
        session, _ = new_session(account, now=clock())
        DynamoSessions().open(session, record=_record(account, clock))
        return cls(
            account=account,
            task_id=Tasks(clock).create(user_id=account.id).id,
            session_id=session.id,
            token_id=personal_token(account, clock, frozenset(Scope))[0],
            mailed={purpose: _mailed(account, clock, purpose) for purpose in Purpose},
            totp_secret=new_secret(),
            clock=clock,
        )

    def names(self) -> dict[str, str]:
        """For the parameters of a path."""
        return {
            "user_id": self.account.id,
            "task_id": self.task_id,
            "session_id": self.session_id,
            "token_id": self.token_id,
        }

    def otp(self) -> str:
        return TOTP(self.totp_secret).at(self.clock() // 1000)

    def begin_two_steps(self) -> None:
        """A secret that waits for its first code."""
        pending = Pending(secret=self.totp_secret, expires_at=self.clock() // 1000 + 60)
        DynamoFactors().begin(self.account.id, pending)

    def take_two_steps(self) -> None:
        """Two-step log-in is on, with one recovery code."""
        self.begin_two_steps()
        factor = Factor(
            secret=self.totp_secret,
            recovery_digests=frozenset({digest_of(RECOVERY_CODE)}),
            last_step=0,
        )
        record = _record(self.account, self.clock)
        DynamoFactors().enable(self.account, factor, now=self.clock(), record=record)


def personal_token(
    account: Account, clock: ManualClock, scopes: frozenset[Scope]
) -> tuple[str, str]:
    """Id and text of a new one."""
    token_id = ids.new_id()
    text = make(user_id=account.id, token_id=token_id)
    token = PersonalToken(
        id=token_id,
        user_id=account.id,
        name="A script",
        scopes=scopes,
        digest=digest_of_token(text),
        created_at=clock(),
        expires_at=None,
    )
    DynamoTokens().add(token, record=_record(account, clock))
    return token_id, text


def new_account(
    name: str, password_hash: str, now: int, *, disabled: bool = False, admin: bool = False
) -> Account:
    return Account(
        id=ids.new_id(),
        username=name,
        email=f"{name}@example.com",
        password_hash=password_hash,
        disabled=disabled,
        admin=admin,
        created_at=now,
        updated_at=now,
    )


def _mailed(account: Account, clock: ManualClock, purpose: Purpose) -> str:
    token = opaque.make(account.id)
    kept = MailedToken(
        user_id=account.id,
        purpose=purpose,
        digest=token.digest,
        email=account.email or "",
        created_at=clock(),
    )
    item = MailedItem(
        user_key(account.id),
        kept.sort_key,
        em=kept.email,
        ca=kept.created_at,
        expires_at=kept.expires_at,
    )
    item.save()
    return token.text


def _record(account: Account, clock: ManualClock) -> AuditRecord:
    return record_of(
        Act.LOGGED_IN, user_id=account.id, actor=account.id, origin=ORIGIN, now=clock()
    )
