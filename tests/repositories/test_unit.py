"""Units of work: carried out as one, each refusal asked, and who has to hear of it told."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from errand.errors import AlreadyTaken, Contended, NotFound, Overtaken, StorageUnavailable
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.personal_tokens.model import PersonalToken
from errand.identity.scopes import OF_EVERYBODY
from errand.storage.attempts import ATTEMPTS as SEND_ATTEMPTS
from errand.storage.attempts import ConditionFailed, Unanswered
from errand.storage.kinds import ACCOUNT, PERSONAL_TOKEN, SESSION, TASK, Key, Kind
from errand.storage.mapper import Mapper, mapper
from errand.storage.operations import _TRANSACTION_ATTEMPTS as TRANSACTION_ATTEMPTS
from errand.storage.operations import Delete, Put, Update, Write
from errand.storage.unit import (
    ATTEMPTS,
    DynamoStore,
    Refusal,
    Unit,
    already_done,
    made_before,
    overtaken,
    repeated,
)
from errand.tasks.model import Task
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.items import head_of
from errand_testkit.people import ADA, LATER, NOW
from errand_testkit.stored import new_session, store_account
from errand_testkit.wire import Answer, Wire, cancelled, condition_failed, error

TASKS: Mapper[Task] = mapper(TASK, Task)
TOKEN = PersonalToken(
    id="1", user_id=ADA.id, name="Backup", scopes=OF_EVERYBODY, created_at=NOW, digest="digest"
)
FIRST, SECOND, THIRD = (TASK.key(ADA.id, number) for number in "123")


def _task() -> Task:
    return Task(id="", title="Buy milk", created_at=NOW, updated_at=NOW, version=1)


def _put(key: Key = FIRST) -> Put:
    """Refused where one is."""
    return Put(TASKS.item(key, _task()), TASKS.is_free)


def _update(key: Key = FIRST) -> Update:
    """Refused where none is."""
    return Update(TASKS.at(key), TASKS.actions({"title": "Buy bread"}), TASKS.exists)


def _delete(key: Key = FIRST) -> Delete:
    """Refused where none is."""
    return Delete(TASKS.at(key), TASKS.exists)


def _unit(*guarded: tuple[Write, Refusal], is_once: bool = False) -> Unit:
    unit = Unit(is_once=is_once)
    for write, refusal in guarded:
        unit.add(write, refusal)
    return unit


def _as(error: type[Exception], asked: list[type[Exception]]) -> Refusal:
    """Notes that it was asked."""

    def refused(_: ConditionFailed) -> Exception:
        asked.append(error)
        return Overtaken() if error is Overtaken else error("no")

    return refused


def _titles(fake: FakeDynamo) -> dict[str, str]:
    return {item["sk"]["S"]: head_of(item)["t"]["S"] for item in fake.all() if "h" in item}


@pytest.mark.parametrize(
    ("write", "operation"),
    [(_put, "PutItem"), (_update, "UpdateItem"), (_delete, "DeleteItem")],
    ids=["put", "update", "delete"],
)
@pytest.mark.parametrize("is_once", [False, True], ids=["any", "once"])
def test_single_write_is_one_operation_unless_it_is_to_be_once(
    fake: FakeDynamo, write: Callable[[], Write], operation: str, *, is_once: bool
) -> None:
    if write is not _put:
        DynamoStore().commit(_unit((_put(), overtaken)))
        fake.operations.clear()
    DynamoStore().commit(_unit((write(), overtaken), is_once=is_once))
    assert fake.operations == ["TransactWriteItems" if is_once else operation]


def test_several_writes_are_one_transaction(fake: FakeDynamo) -> None:
    DynamoStore().commit(_unit((_put(FIRST), overtaken), (_put(SECOND), overtaken)))
    assert fake.operations == ["TransactWriteItems"]
    assert _titles(fake) == {"TASK#1": "Buy milk", "TASK#2": "Buy milk"}


def test_unit_of_nothing_asks_nothing(fake: FakeDynamo) -> None:
    assert DynamoStore().commit(Unit()) == {}
    assert fake.operations == []


def test_single_update_answers_the_item_as_it_is_now(fake: FakeDynamo) -> None:
    DynamoStore().commit(_unit((_put(), overtaken)))
    item = DynamoStore().commit(_unit((_update(), overtaken)))
    assert [item] == fake.all()
    assert head_of(item)["t"] == {"S": "Buy bread"}


def test_every_refusal_is_asked_and_the_first_error_raised(fake: FakeDynamo) -> None:
    asked: list[type[Exception]] = []
    unit = _unit(
        (_put(FIRST), _as(AssertionError, asked)),
        (_update(SECOND), _as(NotFound, asked)),
        (_delete(THIRD), _as(AlreadyTaken, asked)),
    )
    with pytest.raises(NotFound):
        DynamoStore().commit(unit)
    assert asked == [NotFound, AlreadyTaken]
    assert fake.all() == []


def test_refusal_added_first_explains_those_of_all_others(fake: FakeDynamo) -> None:
    unit = _unit((_update(FIRST), lambda _: NotFound("no")))
    unit.add_first(_update(SECOND), overtaken)
    with pytest.raises(Overtaken):
        DynamoStore().commit(unit)
    assert fake.operations == ["TransactWriteItems"]


def test_refusal_gets_the_item_that_is_there(fake: FakeDynamo) -> None:
    found: list[object] = []

    def refused(failed: ConditionFailed) -> Exception:
        found.append(failed.item)
        return Overtaken()

    DynamoStore().commit(_unit((_put(), overtaken)))
    for unit in (_unit((_put(), refused)), _unit((_put(), refused), (_put(SECOND), refused))):
        with pytest.raises(Overtaken):
            DynamoStore().commit(unit)
    assert found == fake.all() * 2


@pytest.mark.parametrize("error", [NotFound, Overtaken])
def test_error_outweighs_a_write_that_is_not_needed(
    fake: FakeDynamo, error: type[Exception]
) -> None:
    unit = _unit((_delete(FIRST), already_done), (_update(SECOND), _as(error, [])))
    with pytest.raises(error):
        DynamoStore().commit(unit)
    assert fake.all() == []


def test_write_refused_without_an_error_is_left_out(fake: FakeDynamo) -> None:
    unit = _unit(
        (_delete(FIRST), already_done), (_put(SECOND), overtaken), (_put(THIRD), overtaken)
    )
    DynamoStore().commit(unit)
    assert fake.operations == ["TransactWriteItems"] * 2
    assert set(_titles(fake)) == {"TASK#2", "TASK#3"}


def test_last_write_that_is_left_is_one_operation(fake: FakeDynamo) -> None:
    unit = _unit((_delete(FIRST), already_done), (_put(SECOND), overtaken))
    DynamoStore().commit(unit)
    assert fake.operations == ["TransactWriteItems", "PutItem"]


def test_unit_whose_writes_are_all_not_needed_is_done(fake: FakeDynamo) -> None:
    DynamoStore().commit(_unit((_delete(FIRST), already_done), (_delete(SECOND), already_done)))
    DynamoStore().commit(_unit((_delete(FIRST), already_done)))
    assert fake.operations == ["TransactWriteItems", "DeleteItem"]


@pytest.mark.parametrize("retried", [True, False], ids=["again", "once"])
def test_new_item_that_is_there_is_our_own_if_it_was_sent_before(*, retried: bool) -> None:
    failed = ConditionFailed({}, retried=retried)
    assert made_before(failed) is (None if retried else failed)


@pytest.mark.parametrize("position", [0, 1])
def test_held_item_is_told_as_its_write_says(
    answer_with: Callable[..., Wire], position: int
) -> None:
    codes = ["None", "None"]
    codes[position] = "TransactionConflict"
    answer_with(cancelled(*codes))
    unit = Unit()
    unit.add(_put(FIRST), overtaken, contended=lambda: NotFound("first"))
    unit.add(_put(SECOND), overtaken)
    with pytest.raises([NotFound, StorageUnavailable][position]):
        DynamoStore().commit(unit)


@pytest.mark.parametrize(
    ("kind", "record", "changes"),
    [
        (ACCOUNT, ADA, {"disabled": True}),
        (PERSONAL_TOKEN, TOKEN, {"name": "Another"}),
        (SESSION, new_session(ADA, now=NOW)[0], {"digest": "next"}),
    ],
    ids=["account", "token", "session"],
)
@pytest.mark.usefixtures("fake")
def test_owner_is_told_of_a_changed_account_and_of_whatever_authorizes_that_goes(
    kind: Kind, record: Any, changes: dict[str, Any]
) -> None:
    told: list[str] = []
    items: Mapper[Any] = Mapper(kind, type(record))
    store = DynamoStore(changed=told.append)
    key = kind.key(ADA.id, "1")
    store.commit(_unit((Put(items.item(key, record), items.is_free), overtaken)))
    assert told == []
    item = items.at(key)
    store.commit(_unit((Update(item, items.actions(changes), items.exists), overtaken)))
    changed = [ADA.id] if kind is ACCOUNT else []
    assert told == changed
    store.commit(_unit((Delete(item, items.exists), overtaken)))
    assert told == [*changed, ADA.id]


@pytest.mark.usefixtures("fake")
def test_nobody_is_told_of_what_authorizes_nothing() -> None:
    told: list[str] = []
    store = DynamoStore(changed=told.append)
    for write in (_put(), _update(), _delete()):
        store.commit(_unit((write, overtaken)))
    assert told == []


@pytest.mark.usefixtures("fake")
def test_nobody_is_told_of_what_was_refused() -> None:
    store_account(ADA)
    told: list[str] = []
    unit = Unit()
    DynamoAccounts().change(unit, ADA, {"disabled": True}, now=LATER)
    unit.add(_update(), overtaken)
    with pytest.raises(Overtaken):
        DynamoStore(changed=told.append).commit(unit)
    assert told == []


def test_owner_is_told_once_it_is_done(fake: FakeDynamo) -> None:
    store_account(ADA)
    seen: list[bool] = []
    unit = Unit()
    DynamoAccounts().change(unit, ADA, {"disabled": True}, now=LATER)
    DynamoStore(changed=lambda _: seen.append("ds" in str(fake.all()))).commit(unit)
    assert seen == [True]


class _Counted:
    """A state that is read, and a change that others overtake so many times."""

    def __init__(self, overtaken: int) -> None:
        self._overtaken = overtaken
        self.reads = 0
        self.changed: list[int] = []

    def read(self) -> int:
        self.reads += 1
        return self.reads

    def change(self, state: int) -> str:
        self.changed.append(state)
        if len(self.changed) <= self._overtaken:
            raise Overtaken
        return f"changed {state}"


def test_change_is_decided_anew_on_a_fresh_read() -> None:
    counted = _Counted(overtaken=2)
    assert repeated(counted.read, counted.change) == "changed 3"
    assert counted.changed == [1, 2, 3]


def test_what_is_known_is_not_read_at_first() -> None:
    counted = _Counted(overtaken=1)
    assert repeated(counted.read, counted.change, known=7) == "changed 1"
    assert counted.changed == [7, 1]


def test_change_that_is_always_overtaken_is_given_up() -> None:
    counted = _Counted(overtaken=100)
    with pytest.raises(Contended):
        repeated(counted.read, counted.change)
    assert counted.changed == [*range(1, ATTEMPTS + 1)]


def test_others_are_left_a_longer_while_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("errand.storage.unit.time.sleep", pauses.append)
    monkeypatch.setattr("random.uniform", lambda least, most: most - least)
    counted = _Counted(overtaken=ATTEMPTS - 1)
    assert repeated(counted.read, counted.change) == f"changed {ATTEMPTS}"
    assert pauses == [0.04, 0.08, 0.16, 0.32]


def test_other_errors_are_not_repeated() -> None:
    asked: list[int] = []

    def change(state: int) -> None:
        asked.append(state)
        raise NotFound("no")

    with pytest.raises(NotFound):
        repeated(lambda: 1, change)
    assert asked == [1]


def _with_optional(*needed: Write) -> Unit:
    unit = _unit(*((write, made_before) for write in needed))
    unit.add_optional(_put(THIRD), already_done)
    return unit


HELD = cancelled("None", "TransactionConflict")


@pytest.mark.parametrize(
    "answers",
    [[HELD] * TRANSACTION_ATTEMPTS, [error("ThrottlingException")] * SEND_ATTEMPTS],
    ids=["held by another transaction", "throttled"],
)
def test_optional_write_that_cannot_be_made_is_left_out(
    answer_with: Callable[..., Wire], answers: list[Answer]
) -> None:
    wire = answer_with(*answers, Answer())
    DynamoStore().commit(_with_optional(_put()))
    assert len(wire.requests) == len(answers) + 1
    last = wire.requests[-1]
    assert (last["TableName"], last["Item"]["sk"]) == ("DataTable", {"S": FIRST.sk})


def test_outage_of_what_is_needed_is_one(answer_with: Callable[..., Wire]) -> None:
    answer_with(error("ThrottlingException"))
    with pytest.raises(StorageUnavailable):
        DynamoStore().commit(_with_optional(_put()))


def test_what_may_have_been_carried_out_is_not_tried_without_the_optional(
    answer_with: Callable[..., Wire],
) -> None:
    """As another transaction it would be carried out twice."""
    wire = answer_with(ReadTimeoutError(endpoint_url="https://dynamodb"))
    with pytest.raises(Unanswered):
        DynamoStore().commit(_with_optional(_put()))
    tokens = {request["ClientRequestToken"] for request in wire.requests}
    assert len(tokens) == 1


def test_own_write_of_an_attempt_before_is_known_again_without_the_optional(
    answer_with: Callable[..., Wire],
) -> None:
    """The first attempt was carried out unseen, and those after it were throttled."""
    throttled = [error("ThrottlingException")] * (SEND_ATTEMPTS - 1)
    lost = ReadTimeoutError(endpoint_url="https://dynamodb")
    answer_with(lost, *throttled, condition_failed({"pk": {"S": "USER#1"}}))
    DynamoStore().commit(_with_optional(_put()))
