"""Short ways into the tables: one thing each, without the rest of what makes it in real life."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from errand import ids, opaque
from errand.calendar.model import Feed
from errand.calendar.repository import DynamoFeeds
from errand.clock import Clock
from errand.identity.access_tokens import TokenIssuer
from errand.identity.accounts.model import Account, MailTopic
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.audit.model import Act, AuditRecord, record_of
from errand.identity.audit.repository import DynamoAuditLog
from errand.identity.mfa.model import Factor, Pending
from errand.identity.mfa.repository import DynamoFactors
from errand.identity.personal_tokens.model import PersonalToken, digest_of, make
from errand.identity.personal_tokens.repository import DynamoTokens
from errand.identity.recovery.model import MailedToken, Purpose
from errand.identity.scopes import Scope, allowed
from errand.identity.sessions.model import Session
from errand.identity.sessions.repository import DynamoSessions
from errand.identity.throttling.model import Attempt, Counter, Place
from errand.identity.throttling.repository import DynamoCounters
from errand.keys import Keys
from errand.mails.model import UnsubscribeToken
from errand.push.model import KEY_KEPT_SECONDS, PublicKey, Registration, Subscription
from errand.push.repository import DynamoSubscriptions
from errand.reminding.model import SnoozeToken
from errand.storage.kinds import (
    COUNTER,
    MAILED_TOKEN,
    PUSH_KEY,
    SNOOZE_TOKEN,
    UNSUBSCRIBE_TOKEN,
)
from errand.storage.mapper import mapper
from errand.storage.operations import Put, get
from errand.storage.unit import DynamoStore, Unit, already_done
from errand.uploads.model import Upload
from errand.uploads.repository import DynamoUploads
from errand.webhooks.delivery import Delivery, Status
from errand.webhooks.model import Webhook
from errand.webhooks.repository import DynamoDeliveries, DynamoWebhooks
from errand_testkit.people import ORIGIN


def commit(*stage: Callable[[Unit], Any]) -> None:
    """What each of them adds, as one unit."""
    unit = Unit()
    for add in stage:
        add(unit)
    DynamoStore().commit(unit)


def store_account(account: Account) -> Account:
    commit(lambda unit: DynamoAccounts().add(unit, account))
    return account


def change_account(account: Account, *, now: int, **changes: Any) -> Account:
    """By another request."""
    commit(lambda unit: DynamoAccounts().change(unit, account, changes, now=now))
    return account.changed(changes, now=now)


def remove_account(account: Account) -> None:
    commit(lambda unit: DynamoAccounts().remove(unit, account))


def present(account: Account) -> Account:
    """The account as it is now."""
    found = DynamoAccounts().read(account.id)
    assert found is not None
    return found


def new_session(
    account: Account, *, now: int, scopes: frozenset[Scope] | None = None
) -> tuple[Session, opaque.Opaque]:
    """A session of `account`, which is not in the table, and its refresh token."""
    token = opaque.make(account.id, ids.new_id())
    session = Session(
        id=token.ids[1],
        user_id=account.id,
        scopes=allowed(admin=account.admin) if scopes is None else scopes,
        device="a test",
        address=ORIGIN.address,
        seed=b"seed",
        digest=token.digest,
        created_at=now,
        last_used_at=now,
    )
    return session, token


def store_session(session: Session) -> Session:
    commit(lambda unit: DynamoSessions().open(unit, session))
    return session


def session_token(
    account: Account, *, ring: Keys, clock: Clock, scopes: frozenset[Scope] | None = None
) -> str:
    """The access token of a new session that is in the table, and on record."""
    session, _ = new_session(account, now=clock(), scopes=scopes)
    record = record_of(
        Act.LOGGED_IN, user_id=account.id, actor=account.id, origin=ORIGIN, now=clock()
    )
    commit(
        lambda unit: DynamoSessions().open(unit, session),
        lambda unit: DynamoAuditLog().append(unit, record),
    )
    tokens = TokenIssuer(ring=ring, clock=clock)
    return tokens.issue(user_id=account.id, session_id=session.id, scopes=session.scopes)


def store_personal_token(
    account: Account, *, now: int, scopes: frozenset[Scope] = frozenset(Scope)
) -> tuple[PersonalToken, str]:
    """And its text."""
    token_id = ids.new_id()
    text = make(user_id=account.id, token_id=token_id)
    token = PersonalToken(
        id=token_id,
        user_id=account.id,
        name="A script",
        scopes=scopes,
        digest=digest_of(text),
        created_at=now,
    )
    commit(lambda unit: DynamoTokens().add(unit, token))
    return token, text


def store_feed(account: Account, *, now: int) -> tuple[Feed, str]:
    """And the token of its address."""
    token = opaque.make(account.id, ids.new_id())
    feed = Feed(
        id=token.ids[1], user_id=account.id, name="Feed", digest=token.digest, created_at=now
    )
    commit(lambda unit: DynamoFeeds().add(unit, feed))
    return feed, token.text


def store_upload(user_id: str, *, now: int, known: str = "todoist") -> Upload:
    """An import that waits for its file."""
    fields = {"format": known, "dry_run": False}
    upload = Upload.new(ids.new_id(), fields, user_id=user_id, by=None, timezone="UTC", now=now)
    commit(lambda unit: DynamoUploads().add(unit, upload))
    return upload


def store_webhook(account: Account, *, now: int, **fields: Any) -> Webhook:
    """`fields`: those that are not as usual."""
    told = {"url": "https://hooks.example.com/errand", **fields}
    webhook = Webhook.new(ids.new_id(), account.id, told, now=now)
    commit(lambda unit: DynamoWebhooks().add(unit, webhook))
    return webhook


def store_delivery(webhook: Webhook, *, now: int, **fields: Any) -> Delivery:
    """One that has arrived. `fields`: those that are not as usual."""
    pending = Delivery.new(
        user_id=webhook.user_id,
        webhook_id=webhook.id,
        event_id=ids.new_id(),
        event_type="task.created",
        at=now,
        body=b'{"type":"task.created"}',
        now=now,
    )
    delivery = replace(pending, status=Status.DELIVERED, attempts=1, response_status=204, **fields)
    commit(lambda unit: DynamoDeliveries().add(unit, delivery))
    return delivery


def store_subscription(
    account: Account, said: Registration, *, session: Session, now: int, **fields: Any
) -> Subscription:
    """`fields`: those that are not as usual."""
    new = Subscription.of(said, user_id=account.id, session_id=session.id, now=now)
    new = replace(new, **fields)
    browsers = DynamoSubscriptions()
    known = browsers.known(user_id=account.id, subscription_id=new.id)
    commit(lambda unit: browsers.register(unit, new, known=known))
    return new


def store_push_key(text: str, *, now: int) -> None:
    """As whoever has the private one publishes it."""
    keys = mapper(PUSH_KEY, PublicKey)
    key = PublicKey(text=text, expires_at=now // 1000 + KEY_KEPT_SECONDS)
    put = Put(keys.item(PUSH_KEY.key("vapid"), key), keys.is_free | keys.exists)
    commit(lambda unit: unit.add(put, already_done))


def store_pending_factor(account: Account, pending: Pending) -> None:
    commit(lambda unit: DynamoFactors().begin(unit, account.id, pending))


def store_factor(account: Account, factor: Factor, *, now: int) -> Account:
    """Confirms what is pending: two-step log-in is on."""
    changes = {"mfa_enabled": True}
    commit(
        lambda unit: DynamoFactors().enable(unit, account.id, factor),
        lambda unit: DynamoAccounts().change(unit, account, changes, now=now),
    )
    return account.changed(changes, now=now)


def store_mailed_token(account: Account, purpose: Purpose, *, now: int) -> str:
    """Its text."""
    token = opaque.make(account.id)
    mailed = MailedToken(
        user_id=account.id,
        purpose=purpose,
        digest=token.digest,
        email=account.email or "",
        created_at=now,
    )
    items = mapper(MAILED_TOKEN, MailedToken)
    item = items.item(MAILED_TOKEN.key(account.id, purpose, token.digest), mailed)
    commit(lambda unit: unit.add(Put(item, items.is_free), already_done))
    return token.text


def store_unsubscribe_token(
    account: Account, *, now: int, topic: MailTopic = MailTopic.REMINDERS
) -> str:
    """Its text."""
    token = opaque.make(account.id)
    mailed = UnsubscribeToken(user_id=account.id, digest=token.digest, topic=topic, created_at=now)
    items = mapper(UNSUBSCRIBE_TOKEN, UnsubscribeToken)
    item = items.item(UNSUBSCRIBE_TOKEN.key(account.id, token.digest), mailed)
    commit(lambda unit: unit.add(Put(item, items.is_free), already_done))
    return token.text


def store_snooze_token(account: Account, *, task_id: str | None, at: int, now: int) -> str:
    """Its text."""
    token = opaque.make(account.id)
    mailed = SnoozeToken(
        user_id=account.id, digest=token.digest, task_id=task_id, at=at, created_at=now
    )
    items = mapper(SNOOZE_TOKEN, SnoozeToken)
    item = items.item(SNOOZE_TOKEN.key(account.id, token.digest), mailed)
    commit(lambda unit: unit.add(Put(item, items.is_free), already_done))
    return token.text


def records(user_id: str) -> list[AuditRecord]:
    """Of the security log, the oldest first."""
    return [*reversed(DynamoAuditLog().slice(user_id=user_id, after=None, limit=1000).items)]


def acts(user_id: str) -> list[Act]:
    """Of the security log, the oldest first."""
    return [record.act for record in records(user_id)]


def sessions_of(account: Account) -> list[Session]:
    """All that are in the table, the newest first."""
    return DynamoSessions().newest(user_id=account.id, limit=1000)


def personal_tokens_of(account: Account) -> list[PersonalToken]:
    """All that are in the table, the newest first."""
    return DynamoTokens().newest(user_id=account.id, limit=1000)


def counted(attempt: Attempt) -> Counter | None:
    """The run that this is an attempt of, None if there is none."""
    counters = mapper(COUNTER, Counter)
    item = get(counters.model, COUNTER.key(f"{attempt.policy.name}#{attempt.key}"))
    return counters.of(item) if item else None


def attempts(attempt: Attempt) -> int:
    """How many are counted."""
    counter = counted(attempt)
    return counter.attempts if counter else 0


def remember(place: Place, *, now: int) -> None:
    """Somebody logs in from there."""
    commit(lambda unit: DynamoCounters().remember(unit, place, now=now))
