"""Who sends requests in the authorization matrix: people who each have one of everything."""

from dataclasses import dataclass, field, replace
from datetime import date

from pyotp import TOTP

from errand.comments.model import Comment
from errand.comments.repository import DynamoComments
from errand.identity.accounts.model import Account
from errand.identity.mfa.codes import digest_of, new_secret
from errand.identity.mfa.model import Factor, Pending
from errand.identity.recovery.model import Purpose
from errand.identity.sessions.model import Session
from errand.ids import new_id
from errand.labels.model import Label, LabelSet
from errand.labels.repository import DynamoLabels
from errand.projects.model import Project
from errand.projects.repository import DynamoProjects
from errand.saved_filters.model import SavedFilter
from errand.saved_filters.repository import DynamoSavedFilters
from errand.sections.model import Section
from errand.sections.repository import DynamoSections
from errand.tasks.due import Due
from errand.tasks.model import Completion, Trashed
from errand.tasks.recurrence import Recurrence
from errand.tasks.trash_repository import DynamoTrash
from errand_testkit.fakes import ManualClock
from errand_testkit.push import ENDPOINT, REGISTRATION
from errand_testkit.storage import Tasks
from errand_testkit.stored import (
    commit,
    new_session,
    store_account,
    store_delivery,
    store_factor,
    store_feed,
    store_mailed_token,
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

RECOVERY_CODE = "k5xq-2vbn-7ojw-4dta"


def _project(account: Account, *, now: int) -> str:
    """The id of one of theirs."""
    project = Project.new(new_id(), {"name": "Home"}, now=now)
    commit(lambda unit: DynamoProjects().add(unit, project, user_id=account.id))
    return project.id


def _section(account: Account, project_id: str, *, now: int) -> str:
    """The id of one of that project."""
    section = Section.new(new_id(), project_id, {"name": "Later"}, now=now)
    commit(lambda unit: DynamoSections().add(unit, section, user_id=account.id))
    return section.id


def _label(account: Account, *, now: int) -> str:
    """The id of one of theirs."""
    label = Label.new(new_id(), {"name": "bank"}, now=now)
    labels = LabelSet.empty().with_new(label)
    commit(lambda unit: DynamoLabels().write(unit, LabelSet.empty(), labels, user_id=account.id))
    return label.id


def _comment(account: Account, task_id: str, *, now: int) -> str:
    """The id of one on that task."""
    said = {"text": "The shop has none"}
    comment = Comment.new(new_id(), task_id, said, author_id=account.id, now=now)
    commit(lambda unit: DynamoComments().add(unit, comment, user_id=account.id))
    return comment.id


def _filter(account: Account, *, now: int) -> str:
    """The id of one of theirs."""
    saved = SavedFilter.new(new_id(), {"name": "Late", "query": "overdue"}, now=now)
    commit(lambda unit: DynamoSavedFilters().add(unit, saved, user_id=account.id))
    return saved.id


def _subscription(account: Account, session: Session, *, now: int) -> str:
    """Of a browser of their own."""
    own = replace(REGISTRATION, endpoint=f"{ENDPOINT}-{account.id}")
    return store_subscription(account, own, session=session, now=now).id


@dataclass(frozen=True, kw_only=True)
class Person:
    """With a task, a session, a personal access token and mails, all in the tables."""

    account: Account
    task_id: str
    session_id: str
    token_id: str
    feed_id: str
    feed_token: str = field(repr=False)
    completion_id: str
    project_id: str
    section_id: str
    label_id: str
    comment_id: str
    filter_id: str
    import_id: str
    webhook_id: str
    delivery_id: str
    subscription_id: str
    mailed: dict[Purpose, str] = field(repr=False)
    mail_token: str = field(repr=False)
    snooze_token: str = field(repr=False)
    totp_secret: str = field(repr=False)
    clock: ManualClock

    @classmethod
    def make(cls, account: Account, clock: ManualClock) -> "Person":
        store_account(account)
        project_id = _project(account, now=clock())
        feed, feed_token = store_feed(account, now=clock())
        task_id = Tasks(clock).create(user_id=account.id).id
        webhook = store_webhook(account, now=clock())
        session = store_session(new_session(account, now=clock())[0])
        return cls(
            account=account,
            task_id=task_id,
            session_id=session.id,
            token_id=store_personal_token(account, now=clock())[0].id,
            feed_id=feed.id,
            feed_token=feed_token,
            completion_id=new_id(),
            project_id=project_id,
            section_id=_section(account, project_id, now=clock()),
            label_id=_label(account, now=clock()),
            comment_id=_comment(account, task_id, now=clock()),
            filter_id=_filter(account, now=clock()),
            import_id=store_upload(account.id, now=clock()).id,
            webhook_id=webhook.id,
            delivery_id=store_delivery(webhook, now=clock()).id,
            subscription_id=_subscription(account, session, now=clock()),
            mailed={
                purpose: store_mailed_token(account, purpose, now=clock()) for purpose in Purpose
            },
            mail_token=store_unsubscribe_token(account, now=clock()),
            snooze_token=store_snooze_token(account, task_id=task_id, at=clock(), now=clock()),
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
            "feed_id": self.feed_id,
            "token": self.feed_token,
            "mail_token": self.mail_token,
            "snooze_token": self.snooze_token,
            "completion_id": self.completion_id,
            "project_id": self.project_id,
            "section_id": self.section_id,
            "label_id": self.label_id,
            "comment_id": self.comment_id,
            "filter_id": self.filter_id,
            "import_id": self.import_id,
            "webhook_id": self.webhook_id,
            "delivery_id": self.delivery_id,
            "subscription_id": self.subscription_id,
        }

    def has_push_key(self) -> None:
        """Somebody has asked for it before."""
        store_push_key("BP4z9KsN6nGR", now=self.clock())

    def comes_again(self) -> None:
        """The task does, every day, and has been completed once."""
        tasks = Tasks(self.clock)
        task = tasks.repository.read(user_id=self.account.id, task_id=self.task_id)
        daily = {"due": Due(date(2030, 1, 1)), "recurrence": Recurrence("FREQ=DAILY")}
        tasks.rewrite(task, task.changed(daily, now=self.clock()), user_id=self.account.id)
        completion = Completion.of(task, self.completion_id, at=self.clock())
        commit(
            lambda unit: tasks.repository.add_completion(unit, completion, user_id=self.account.id)
        )

    def throws_away(self) -> None:
        """The task is in the trash."""
        tasks = Tasks(self.clock)
        task = tasks.repository.read(user_id=self.account.id, task_id=self.task_id)
        trashed = Trashed.of(task, now=self.clock())
        tasks.delete(task, user_id=self.account.id)
        commit(lambda unit: DynamoTrash().add(unit, trashed, user_id=self.account.id))

    def otp(self) -> str:
        return TOTP(self.totp_secret).at(self.clock() // 1000)

    def begin_two_steps(self) -> None:
        """A secret that waits for its first code."""
        pending = Pending(secret=self.totp_secret, expires_at=self.clock() // 1000 + 60)
        store_pending_factor(self.account, pending)

    def take_two_steps(self) -> None:
        """Two-step log-in is on, with one recovery code."""
        self.begin_two_steps()
        factor = Factor(
            secret=self.totp_secret,
            recovery_digests=frozenset({digest_of(RECOVERY_CODE)}),
            last_step=0,
        )
        store_factor(self.account, factor, now=self.clock())
