"""An account of which there is whatever a request may be about, made again once it is gone."""

from errand import ids
from errand.accounts.model import Account, Caller
from errand.accounts.repository import DynamoAccounts
from errand.accounts.scopes import Scope
from errand.accounts.tokens import TokenIssuer
from errand.audit.model import Act, record_of
from errand.clock import Clock
from errand.keys import Keys
from errand.mfa.model import PENDING_SECONDS, Factor, Pending, new_secret
from errand.mfa.repository import DynamoFactors
from errand.personal_tokens.model import TOKENS_MAX
from errand.personal_tokens.schemas import TokenCreate
from errand.sessions.model import Session
from errand.sessions.repository import DynamoSessions
from errand.tasks.schemas import TaskCreate
from errand_api.services import Services
from errand_testkit.sessions import ORIGIN, new_session


class Somebody:
    """An administrator; methods have the names of the path's parameters that they are for."""

    def __init__(self, services: Services, *, ring: Keys, clock: Clock, password_hash: str) -> None:
        self._services = services
        self._clock = clock
        self._password_hash = password_hash
        self._accounts = DynamoAccounts()
        self._factors = DynamoFactors()
        self._tokens = TokenIssuer(ring=ring, clock=clock)
        self._other = self._new()
        self._begin()

    def access_token(self) -> str:
        account = self._present()
        return self._tokens.issue(
            user_id=account.id, session_id=self._session.id, scopes=frozenset(Scope)
        )

    def task_id(self) -> str:
        new = TaskCreate(title="Buy milk", links=["https://example.com/"])
        return self._services.tasks.create(user_id=self._present().id, new=new).id

    def session_id(self) -> str:
        return self._open(self._present()).id

    def token_id(self) -> str:
        caller = Caller(user_id=self._present().id, scopes=frozenset(Scope), session_id="1")
        new = TokenCreate(name="A script", scopes=[Scope.TASKS_READ])
        return self._services.personal_tokens.create(caller=caller, new=new, origin=ORIGIN).id

    def user_id(self) -> str:
        """Of somebody else."""
        return self._other.id

    def prepare(self, operation: str) -> None:
        """The state in which the operation can be carried out."""
        if operation == "disable_totp":
            self._enable()
        if operation in {"enrol_totp", "confirm_totp"} and self._has_factor():
            self._begin()
        if operation == "confirm_totp":
            self._enrol()
        if operation == "create_token":
            self._tokens_left -= 1
            if not self._tokens_left:
                self._begin()

    def _has_factor(self) -> bool:
        return self._factors.read(self._present().id).factor is not None

    def _enrol(self) -> Pending:
        pending = Pending(secret=new_secret(), expires_at=self._clock() // 1000 + PENDING_SECONDS)
        self._factors.begin(self._present().id, pending)
        return pending

    def _enable(self) -> None:
        if self._has_factor():
            return
        self._begin()
        pending, now = self._enrol(), self._clock()
        factor = Factor(secret=pending.secret, recovery_digests=frozenset(), last_step=0)
        record = record_of(
            Act.MFA_ENABLED, user_id=self._account.id, actor=None, origin=ORIGIN, now=now
        )
        self._factors.enable(self._account, factor, now=now, record=record)

    def _present(self) -> Account:
        is_gone = self._accounts.read(self._account.id) is None
        if is_gone or self._session.has_ended(self._account, now=self._clock()):
            self._begin()
        return self._account

    def _begin(self) -> None:
        self._account = self._new()
        self._session = self._open(self._account)
        self._tokens_left = TOKENS_MAX

    def _open(self, account: Account) -> Session:
        session, _ = new_session(account, now=self._clock())
        record = record_of(
            Act.LOGGED_IN, user_id=account.id, actor=None, origin=ORIGIN, now=self._clock()
        )
        DynamoSessions().open(session, record=record)
        return session

    def _new(self) -> Account:
        user_id = ids.new_id()
        account = Account(
            id=user_id,
            username=user_id,
            email=f"{user_id}@example.com",
            password_hash=self._password_hash,
            admin=True,
            created_at=self._clock(),
            updated_at=self._clock(),
        )
        self._accounts.add(account, receipt=None, answer="")
        return account
