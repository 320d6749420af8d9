"""All items of an account, in every table: written as features write them, read for the export."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from errand.calendar.model import Feed
from errand.calendar.repository import DynamoFeeds
from errand.comments.model import Comment
from errand.comments.repository import DynamoComments
from errand.cursors import Position
from errand.export import service
from errand.export.repository import DynamoCollection
from errand.export.service import ExportService
from errand.history.recording import change_of
from errand.identity.accounts.model import MailTopic
from errand.identity.audit.model import Act, record_of
from errand.identity.audit.repository import DynamoAuditLog
from errand.identity.caller import Caller
from errand.identity.mfa.model import Factor, Pending
from errand.identity.recovery.model import Purpose
from errand.identity.throttling.model import Known, Place
from errand.ids import new_id
from errand.keys import KeyRing
from errand.labels.model import Label, LabelSet
from errand.labels.repository import DynamoLabels
from errand.mails.model import UnsubscribeToken
from errand.pages import Pager
from errand.projects.model import Project
from errand.projects.repository import DynamoProjects
from errand.realtime.model import Socket, Ticket
from errand.records import Item, kept
from errand.reminding.model import SnoozeToken
from errand.reminding.sent import Reminded
from errand.saved_filters.model import SavedFilter
from errand.saved_filters.repository import DynamoSavedFilters
from errand.sections.model import Section
from errand.sections.repository import DynamoSections
from errand.storage.kinds import (
    IMPORT_LINES,
    REMINDED,
    SNOOZE_TOKEN,
    SOCKET,
    TASK,
    TICKET,
    UNSUBSCRIBE_TOKEN,
    Key,
    attributes,
    collection,
    kind_at,
    owned,
)
from errand.storage.mapper import mapper
from errand.storage.receipts import Receipt
from errand.tasks.model import Completion, Task, Trashed
from errand.tasks.trash_repository import DynamoTrash
from errand.uploads.model import ReportPage
from errand_testkit.dynamo import stream_record
from errand_testkit.fakes import ManualClock
from errand_testkit.log import change_log
from errand_testkit.people import ADA, BOB, NOW, ORIGIN
from errand_testkit.push import REGISTRATION
from errand_testkit.storage import Tasks
from errand_testkit.stored import (
    commit,
    new_session,
    remember,
    store_account,
    store_delivery,
    store_factor,
    store_feed,
    store_mailed_token,
    store_pending_factor,
    store_personal_token,
    store_session,
    store_subscription,
    store_upload,
    store_webhook,
)

pytestmark = pytest.mark.usefixtures("tables")
# The tables come first.
everything = pytest.mark.usefixtures("tables", "_everything")

SECRET = "JBSWY3DPEHPK3PXP"
SOON = NOW // 1000 + 3600
# But for what is made of the rest: it is written by no repository, and no export reads it.
OWNED = {kind.name for kind in owned() if kind.section}
ALL = 100

items_of = DynamoCollection()


@pytest.fixture
def _everything(tasks: Tasks, client: Any) -> None:
    """One of each kind, of Ada's, and an account of Bob's."""
    for account in (ADA, BOB):
        store_account(account)
    receipt = Receipt(path="/tasks", name="0123", fingerprint=SECRET)
    task = tasks.create(user_id=ADA.id, receipt=receipt)
    completion = Completion.of(task, new_id(), at=NOW)
    commit(lambda unit: tasks.repository.add_completion(unit, completion, user_id=ADA.id))
    project = Project.new(new_id(), {"name": "Home"}, now=NOW)
    commit(lambda unit: DynamoProjects().add(unit, project, user_id=ADA.id))
    section = Section.new(new_id(), project.id, {"name": "Later"}, now=NOW)
    commit(lambda unit: DynamoSections().add(unit, section, user_id=ADA.id))
    label = Label.new(new_id(), {"name": "bank"}, now=NOW)
    labels = LabelSet.empty().with_new(label)
    commit(lambda unit: DynamoLabels().write(unit, LabelSet.empty(), labels, user_id=ADA.id))
    feed = Feed(id=new_id(), user_id=ADA.id, name="Phone", created_at=NOW, digest=SECRET)
    commit(lambda unit: DynamoFeeds().add(unit, feed))
    said = {"text": "None left"}
    comment = Comment.new(new_id(), task.id, said, author_id=ADA.id, now=NOW)
    commit(lambda unit: DynamoComments().add(unit, comment, user_id=ADA.id))
    saved = SavedFilter.new(new_id(), {"name": "Late", "query": "overdue"}, now=NOW)
    commit(lambda unit: DynamoSavedFilters().add(unit, saved, user_id=ADA.id))
    trashed = Trashed.of(replace(task, id=new_id()), now=NOW)
    commit(lambda unit: DynamoTrash().add(unit, trashed, user_id=ADA.id))
    session = store_session(new_session(ADA, now=NOW)[0])
    record = record_of(Act.LOGGED_IN, user_id=ADA.id, actor=ADA.id, origin=ORIGIN, now=NOW)
    commit(lambda unit: DynamoAuditLog().append(unit, record))
    store_personal_token(ADA, now=NOW)
    store_feed(ADA, now=NOW)
    store_mailed_token(ADA, Purpose.PASSWORD_RECOVERY, now=NOW)
    pending = Pending(secret=SECRET, expires_at=SOON)
    store_pending_factor(ADA, pending)
    store_factor(
        ADA, Factor(secret=SECRET, recovery_digests=frozenset({SECRET}), last_step=1), now=NOW
    )
    store_pending_factor(ADA, pending)
    remember(Place.of(Known(ADA.id, 0), "192.0.2.1"), now=NOW)
    webhook = store_webhook(ADA, now=NOW)
    store_delivery(webhook, now=NOW)
    store_subscription(ADA, REGISTRATION, session=session, now=NOW)
    upload = store_upload(ADA.id, now=NOW)
    for key, kept_without_pynamodb in _plain(upload.id):
        there = {**kept(kept_without_pynamodb), **attributes(key)}
        client.put_item(TableName="EphemeralTable", Item=there)
    item = mapper(TASK, Task).item(TASK.key(ADA.id, task.id), task).serialize()
    for told in (stream_record(1, None, item), stream_record(2, item, None)):
        change = change_of(told)
        assert change
        change_log(client).append(change)


def _plain(upload_id: str) -> Iterator[tuple[Key, Any]]:
    """Of kinds that functions write."""
    token = UnsubscribeToken(
        user_id=ADA.id, digest=SECRET, topic=MailTopic.REMINDERS, created_at=NOW
    )
    yield UNSUBSCRIBE_TOKEN.key(ADA.id, SECRET), token
    snooze = SnoozeToken(user_id=ADA.id, digest=SECRET, task_id=new_id(), at=NOW, created_at=NOW)
    yield SNOOZE_TOKEN.key(ADA.id, SECRET), snooze
    ticket = Ticket(user_id=ADA.id, digest=SECRET, expires_at=SOON)
    yield TICKET.key(ADA.id, SECRET), ticket
    socket = Socket(id="one", user_id=ADA.id, opened_at=NOW, expires_at=SOON)
    yield SOCKET.key(ADA.id, "one"), socket
    task_id = new_id()
    reminded = Reminded(task_id=task_id, claimed_until=0, expires_at=SOON)
    yield REMINDED.key(ADA.id, task_id, str(NOW), "mail"), reminded
    page = ReportPage(import_id=upload_id, lines=((1, "left_out", "Why"),), expires_at=SOON)
    yield IMPORT_LINES.key(ADA.id, upload_id, "0"), page


def _kind(item: Item) -> str:
    return kind_at(Key(item["pk"]["S"], item["sk"]["S"])).name


def _slices(
    user_id: str = ADA.id, limit: int = ALL
) -> Iterator[tuple[list[Item], Position | None]]:
    after: Position | None = None
    while True:
        found = items_of.slice(user_id=user_id, after=after, limit=limit)
        after = found.reached
        yield list(found.items), after
        if after is None:
            return


def _walked(user_id: str = ADA.id, limit: int = ALL) -> tuple[list[Item], int]:
    """All items, and in how many slices they came."""
    slices = list(_slices(user_id, limit))
    return [item for items, _ in slices for item in items], len(slices)


@everything
def test_every_kind_is_read_in_one_page(sent: list[str]) -> None:
    sent.clear()
    found = items_of.slice(user_id=ADA.id, after=None, limit=ALL)
    assert {_kind(item) for item in found.items} == OWNED
    assert {item["pk"]["S"] for item in found.items} == {collection(ADA.id)}
    assert found.reached is None
    assert sent == ["Query", "Query", "Query"]


@everything
def test_every_kind_is_exported_as_it_was_written(ring: KeyRing) -> None:
    export = ExportService(collection=items_of, pager=Pager(ring), clock=ManualClock())
    page = export.page(caller=Caller(user_id=ADA.id, scopes=frozenset()), cursor=None)
    assert page.cursor is None
    (document,) = page.items
    assert all(document.values())
    assert SECRET not in str(document)
    assert len(document["pending"]) == 5
    assert len(document["security_log"]) == 1


@everything
def test_items_of_somebody_else_are_theirs() -> None:
    assert [_kind(item) for item in _walked(BOB.id)[0]] == ["account"]
    assert _walked(new_id()) == ([], 1)


@everything
def test_slice_goes_on_where_another_ended() -> None:
    whole, _ = _walked()
    in_each = Counter(kind_at(Key(item["pk"]["S"], item["sk"]["S"])).table for item in whole)
    for limit in range(1, 16):
        sliced, slices = _walked(limit=limit)
        assert sliced == whole
        assert (slices > 1) is (limit < max(in_each.values()))


@everything
def test_position_tells_in_which_table_a_slice_ended() -> None:
    positions = [reached for _, reached in _slices(limit=1) if reached]
    assert len({tuple(position.items()) for position in positions}) == len(positions)
    tables = [position["table"] for position in positions]
    assert tables == sorted(tables)
    assert set(tables) == {"data", "ephemeral", "log"}


@everything
def test_export_goes_on_behind_its_cursor(ring: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_ITEMS", 1)
    export = ExportService(collection=items_of, pager=Pager(ring), clock=ManualClock())
    caller = Caller(user_id=ADA.id, scopes=frozenset())
    page = export.page(caller=caller, cursor=None)
    found = [page.items[0]]
    while page.cursor:
        page = export.page(caller=caller, cursor=page.cursor)
        found.append(page.items[0])
    assert sum(document["account"] is not None for document in found) == 1
    assert sum(len(document["pending"]) for document in found) == 5


@pytest.mark.deep
def test_slice_ends_at_a_megabyte(tasks: Tasks, clock: ManualClock) -> None:
    clock.advance(seconds=1)
    for _ in range(30):
        tasks.create(user_id=ADA.id, title="x" * 40_000)
    items, slices = _walked()
    assert len(items) == 30
    assert slices == 2


def test_what_was_removed_meanwhile_stops_no_slice(client: Any, tasks: Tasks) -> None:
    for _ in range(3):
        tasks.create(user_id=ADA.id)
    slices = _slices(limit=1)
    (first,), _ = next(slices)
    client.delete_item(TableName="DataTable", Key={name: first[name] for name in ("pk", "sk")})
    assert sum(len(items) for items, _ in slices) == 2
