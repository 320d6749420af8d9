"""An account of which there is whatever a request may be about, made again once it is gone."""

from collections.abc import Collection
from dataclasses import replace

from errand import ids
from errand.clock import Clock
from errand.comments.schemas import CommentCreate
from errand.identity.access_tokens import TokenIssuer
from errand.identity.accounts.model import Account
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.caller import Caller
from errand.identity.mfa.codes import new_secret
from errand.identity.mfa.model import PENDING_SECONDS, Factor, Pending
from errand.identity.mfa.repository import DynamoFactors
from errand.identity.personal_tokens.model import TOKENS_MAX
from errand.identity.scopes import Scope
from errand.identity.sessions.model import Session
from errand.keys import Keys
from errand.labels.schemas import LabelCreate
from errand.projects.model import INBOX
from errand.projects.schemas import ProjectCreate
from errand.saved_filters.schemas import FilterCreate
from errand.sections.schemas import SectionCreate
from errand.tasks.schemas import TaskCreate
from errand.webhooks.model import Webhook
from errand_api.features import comments, labels, projects, saved_filters, sections, tasks
from errand_api.services import Services
from errand_testkit.people import password_hash
from errand_testkit.push import ENDPOINT, REGISTRATION
from errand_testkit.stored import (
    new_session,
    store_account,
    store_delivery,
    store_factor,
    store_feed,
    store_pending_factor,
    store_personal_token,
    store_push_key,
    store_session,
    store_snooze_token,
    store_subscription,
    store_unsubscribe_token,
    store_upload,
    store_webhook,
)

_TASK = {
    "title": "Buy milk",
    "links": ["https://example.com/"],
    "due_date": "2030-01-01",
    "recurrence": {"rule": "FREQ=DAILY"},
}


class Somebody:
    """An administrator; methods have the names of the path's parameters that they are for."""

    def __init__(self, services: Services, *, ring: Keys, clock: Clock) -> None:
        self._services = services
        self._clock = clock
        self._tokens = TokenIssuer(ring=ring, clock=clock)
        self._other = self._new()
        self._begin()

    def access_token(self) -> str:
        account = self._present()
        return self._tokens.issue(
            user_id=account.id, session_id=self._session.id, scopes=frozenset(Scope)
        )

    def place(self, names: Collection[str]) -> dict[str, str]:
        """Of something that there is: values for all parameters of its path."""
        if "section_id" in names:
            return {"project_id": INBOX, "section_id": self._section_id()}
        if "comment_id" in names:
            task_id = self.task_id()
            return {"task_id": task_id, "comment_id": self._comment_id(task_id)}
        if "delivery_id" in names:
            webhook = self._webhook()
            return {
                "webhook_id": webhook.id,
                "delivery_id": store_delivery(webhook, now=self._clock()).id,
            }
        return {name: getattr(self, name)() for name in names}

    def task_id(self) -> str:
        new = TaskCreate.model_validate(_TASK)
        service = self._services.of(tasks.service)
        return service.create(caller=self._caller(), new=new).id

    def _comment_id(self, task_id: str) -> str:
        service = self._services.of(comments.service)
        new = CommentCreate(text="None left")
        return service.create(caller=self._caller(), task_id=task_id, new=new).id

    def filter_id(self) -> str:
        service = self._services.of(saved_filters.service)
        new = FilterCreate(name="Late", query="overdue")
        return service.create(caller=self._caller(), new=new).id

    def import_id(self) -> str:
        return store_upload(self._present().id, now=self._clock()).id

    def completion_id(self) -> str:
        return ids.new_id()

    def project_id(self) -> str:
        service = self._services.of(projects.service)
        return service.create(caller=self._caller(), new=ProjectCreate(name="Home")).id

    def _section_id(self) -> str:
        """Of the Inbox."""
        service = self._services.of(sections.service)
        new = SectionCreate(name="Later")
        return service.create(caller=self._caller(), project_id=INBOX, new=new).id

    def label_id(self) -> str:
        service = self._services.of(labels.service)
        new = LabelCreate(name=f"bank {ids.new_id()}")
        return service.create(caller=self._caller(), new=new).id

    def session_id(self) -> str:
        return self._open(self._present()).id

    def token_id(self) -> str:
        return store_personal_token(self._present(), now=self._clock())[0].id

    def feed_id(self) -> str:
        return store_feed(self._present(), now=self._clock())[0].id

    def webhook_id(self) -> str:
        return self._webhook().id

    def subscription_id(self) -> str:
        own = replace(REGISTRATION, endpoint=f"{ENDPOINT}-{self._present().id}")
        return store_subscription(self._present(), own, session=self._session, now=self._clock()).id

    def _webhook(self) -> Webhook:
        return store_webhook(self._present(), now=self._clock())

    def token(self) -> str:
        """Of a feed."""
        return store_feed(self._present(), now=self._clock())[1]

    def mail_token(self) -> str:
        return store_unsubscribe_token(self._present(), now=self._clock())

    def snooze_token(self) -> str:
        now = self._clock()
        return store_snooze_token(self._present(), task_id=self.task_id(), at=now, now=now)

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
        if operation == "create_import":
            # One at a time, and a few a day.
            self._begin()
        if operation in {"create_feed", "create_webhook", "register_push_subscription"}:
            self._begin()
        if operation == "read_push_key":
            store_push_key("BP4z9KsN6nGR", now=self._clock())

    def _has_factor(self) -> bool:
        return DynamoFactors().read(self._present().id).factor is not None

    def _enrol(self) -> Pending:
        pending = Pending(secret=new_secret(), expires_at=self._clock() // 1000 + PENDING_SECONDS)
        store_pending_factor(self._present(), pending)
        return pending

    def _enable(self) -> None:
        if self._has_factor():
            return
        self._begin()
        pending, now = self._enrol(), self._clock()
        factor = Factor(secret=pending.secret, recovery_digests=frozenset(), last_step=0)
        store_factor(self._account, factor, now=now)

    def _present(self) -> Account:
        is_gone = DynamoAccounts().read(self._account.id) is None
        if is_gone or self._session.has_ended(self._account, now=self._clock()):
            self._begin()
        return self._account

    def _begin(self) -> None:
        self._account = self._new()
        self._session = self._open(self._account)
        self._tokens_left = TOKENS_MAX

    def _open(self, account: Account) -> Session:
        return store_session(new_session(account, now=self._clock())[0])

    def _caller(self) -> Caller:
        return Caller(user_id=self._present().id, scopes=frozenset(Scope), session_id="1")

    def _new(self) -> Account:
        user_id = ids.new_id()
        account = Account(
            id=user_id,
            username=user_id,
            email=f"{user_id}@example.com",
            password_hash=password_hash(),
            admin=True,
            created_at=self._clock(),
            updated_at=self._clock(),
            version=1,
        )
        return store_account(account)
