"""Records of every kind: the API's way to items and JSON and the plain one are the same.

The plain one is that of functions that start faster without Pydantic and PynamoDB.
"""

import json
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from errand import codecs, ids
from errand.acting import Actor
from errand.errors import MalformedRecord
from errand.fields import Column, Shown, table_of
from errand.history.changes import Action
from errand.history.counts import Counted
from errand.identity.accounts.model import MailTopic, Undeliverable
from errand.identity.audit.model import Act
from errand.identity.recovery.model import Purpose
from errand.identity.scopes import SCOPES, Scope
from errand.labels.model import LABELS_TEXT, Label
from errand.records import LONG_MARK, flat, kept, load, show
from errand.storage.kinds import KINDS, SEARCH_INDEX, SEARCH_PIECE, TASK, Kind, record_of
from errand.storage.mapper import Mapper, mapper
from errand.tasks.due import DUE, Due
from errand.tasks.recurrence import MOVED, RECURRENCE, MovedOccurrence, Recurrence
from errand.tasks.reminders import REMINDERS, Reminder
from errand.views import JsonView
from errand.webhooks.delivery import Status
from errand.webhooks.model import Why
from errand_testkit.depth import times

# But for the index of texts, which functions write and the API only reads.
WITH_RECORDS = [kind for kind in KINDS if kind.record and kind not in {SEARCH_INDEX, SEARCH_PIECE}]
EVERY_KIND = pytest.mark.parametrize("kind", WITH_RECORDS, ids=lambda kind: kind.name)

# Until the year 9999, which ends what can be written.
_MILLISECONDS = st.integers(min_value=0, max_value=253_402_300_799_999 - 2 * 366 * 86_400_000)
_TEXTS = st.text(max_size=20)
_ID = st.builds(ids.new_id)
_VALUES: dict[codecs.Codec, st.SearchStrategy[Any]] = {
    codecs.TEXT: _TEXTS,
    codecs.NUMBER: st.integers(min_value=0, max_value=2**53),
    codecs.FLAG: st.booleans(),
    codecs.DAY: st.dates(min_value=date(1, 1, 1)),
    codecs.INSTANT: _MILLISECONDS,
    codecs.SECONDS: _MILLISECONDS.map(lambda instant: instant // 1000),
    DUE: st.builds(Due, st.dates() | st.datetimes().map(lambda at: at.replace(microsecond=0)))
    | st.builds(
        Due, st.datetimes().map(lambda at: at.replace(microsecond=0)), st.just("Europe/Berlin")
    ),
    codecs.FIRST_ID: _ID,
    codecs.LAST_ID: _ID,
    LABELS_TEXT: st.lists(
        st.builds(
            Label,
            id=_ID,
            name=_TEXTS,
            colour=st.none() | _TEXTS,
            created_at=_MILLISECONDS,
            updated_at=_MILLISECONDS,
            version=st.integers(min_value=1),
        ),
        max_size=3,
    ).map(tuple),
    RECURRENCE: st.builds(
        Recurrence, st.just("FREQ=DAILY"), st.sampled_from(["due", "completion"])
    ),
    MOVED: st.just((MovedOccurrence(Due(date(2026, 12, 24)), None),)),
    REMINDERS: st.lists(
        st.builds(Reminder, at=_MILLISECONDS)
        | st.builds(
            Reminder,
            before=st.sampled_from(["due", "start"]),
            minutes=st.integers(min_value=0, max_value=9999),
        ),
        max_size=3,
    ).map(tuple),
    codecs.TEXTS: st.lists(_TEXTS, max_size=3).map(tuple),
    codecs.TEXT_SET: st.frozensets(_TEXTS, max_size=3),
    codecs.BYTES: st.binary(max_size=40),
    codecs.ID: _ID,
    SCOPES: st.frozensets(st.sampled_from(Scope), max_size=4),
}
_OF_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "act": st.sampled_from(Act),
    "number": st.integers(min_value=1, max_value=10**15 - 1),
    "action": st.sampled_from(Action),
    "by": st.builds(Actor, user_id=_ID, session_id=_ID)
    | st.builds(Actor, user_id=_ID, token_id=_ID),
    "place": _ID.map(lambda task_id: TASK.key("1", task_id).sk),
    "before": st.builds(lambda title: {"t": {"S": title}}, _TEXTS),
    "after": st.builds(lambda due: {"du": {"S": due.isoformat()}}, st.dates()),
    "besides": st.builds(lambda at: {"ca": {"N": f"{at}"}}, _MILLISECONDS),
    "counts": st.dictionaries(st.sampled_from(Counted), st.integers(min_value=1)),
    "status": st.sampled_from(Status),
    "disabled_reason": st.sampled_from(Why),
    "body": st.binary(max_size=40),
    "topic": st.sampled_from(MailTopic),
    "undeliverable_reason": st.sampled_from(Undeliverable),
    "purpose": st.sampled_from(Purpose),
    "lines": st.lists(
        st.tuples(st.integers(0, 10**6), st.sampled_from(["changed", "refused"]), _TEXTS)
    ).map(tuple),
    "digest": st.text(alphabet="0123456789abcdef", min_size=1),
}


# A slow machine fails nothing.
tries = settings(
    max_examples=times(1, deep=30), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def _value(column: Column) -> st.SearchStrategy[Any]:
    if not column.stored:
        return st.just(column.default)
    in_place = column.name == "place" and column.stored == "k"
    known = column.codec in _VALUES and not in_place
    value = _VALUES[column.codec] if known else _OF_FIELDS[column.name]
    return value if column.is_required else value | st.just(column.default)


@cache
def _records(kind: Kind) -> st.SearchStrategy[Any]:
    columns = table_of(record_of(kind)).kept()
    return st.builds(record_of(kind), **{column.name: _value(column) for column in columns})


def _mapper(kind: Kind) -> Mapper[Any]:
    record: Any = record_of(kind)
    made: Mapper[Any] = mapper(kind, record)
    return made


@cache
def _view(kind: Kind) -> JsonView[Any]:
    return JsonView(record_of(kind))


def _item(kind: Kind, record: Any) -> dict[str, Any]:
    """As the API writes it, with a key that says what the record has of it."""
    in_key = [column for column in table_of(type(record)).kept() if column.stored == "sk"]
    in_key.sort(key=lambda column: column.codec is codecs.LAST_ID)
    of_key = [column.codec.keep(getattr(record, column.name)) for column in in_key]
    owner = getattr(record, "user_id", "") if kind.is_owned else ""
    key = kind.key(owner or getattr(record, "id", "1"), *of_key)
    written = _mapper(kind).item(key, record).serialize()
    return {name: _wired(value) for name, value in written.items()}


def _wired(value: dict[str, Any]) -> dict[str, Any]:
    """Sets in one order: they have none."""
    return {tag: sorted(content) if tag == "SS" else content for tag, content in value.items()}


def _without_key(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name not in {"pk", "sk"}}


@EVERY_KIND
@tries
@given(data=st.data())
def test_both_ways_write_and_read_the_same(kind: Kind, data: st.DataObject) -> None:
    record = data.draw(_records(kind))
    item = _item(kind, record)
    assert _without_key(item) == kept(record)
    assert _mapper(kind).all([item]) == [record] == [load(type(record), item)]


@EVERY_KIND
@tries
@given(data=st.data())
def test_what_is_written_is_what_pynamodb_would_make_of_it(kind: Kind, data: st.DataObject) -> None:
    item = _item(kind, data.draw(_records(kind)))
    read = _mapper(kind)._model.from_raw_data(item)
    made = read._container_serialize(null_check=True)
    assert {name: _wired(value) for name, value in made.items()} == item


@EVERY_KIND
@tries
@given(data=st.data())
def test_both_ways_show_the_same(kind: Kind, data: st.DataObject) -> None:
    record = data.draw(_records(kind))
    shown = json.loads(json.dumps(show(record, Shown.API)))
    assert json.loads(_view(kind).one(record)) == shown
    assert json.loads(_view(kind).many([record, record])) == [shown, shown]


@EVERY_KIND
def test_no_two_fields_share_a_name_or_an_attribute(kind: Kind) -> None:
    table = table_of(record_of(kind))
    stored = [column.stored for column in table.stored() if column.stored != "sk"]
    assert len(set(stored)) == len(stored)
    assert len(set(table)) == len(table)


@EVERY_KIND
def test_what_must_not_be_told_is_shown_nowhere(kind: Kind) -> None:
    # Whoever keeps another secret adds its name.
    secrets = {
        "password_hash",
        "seed",
        "digest",
        "secret",
        "previous_secret",
        "recovery_digests",
        "fingerprint",
    }
    table = table_of(record_of(kind))
    assert not {column.name for column in table.values() if column.shown} & secrets
    assert not {column.name for column in table.values() if column.by.name == "CLIENT"} & secrets


@EVERY_KIND
@tries
@given(data=st.data())
def test_damage_is_told_by_the_name_of_the_attribute_alone(kind: Kind, data: st.DataObject) -> None:
    item = _item(kind, data.draw(_records(kind)))
    required = [c.stored for c in table_of(record_of(kind)).kept() if c.is_required]
    name = data.draw(st.sampled_from(required))
    damaged = {**item, name or "": {"NULL": True}}
    with pytest.raises(MalformedRecord, match=f"^{name} is missing") as caught:
        load(record_of(kind), damaged)
    assert caught.value.__cause__ is None
    with pytest.raises(ValidationError):
        _mapper(kind).of(damaged)


@EVERY_KIND
@tries
@given(data=st.data())
def test_difference_leads_from_one_record_to_the_next(kind: Kind, data: st.DataObject) -> None:
    """What changes is what is written; what becomes its default goes."""
    old, other = data.draw(_records(kind)), data.draw(_records(kind))
    columns = table_of(type(old)).kept()
    of_key = {c.name: getattr(old, c.name) for c in columns if c.stored in {"pk", "sk"}}
    new = replace(other, **of_key)
    assert _mapper(kind).difference(old, old) == []
    head = table_of(type(old)).head
    before, after = flat(kept(old), table_of(type(old))), flat(kept(new), table_of(type(new)))
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    actions: list[Any] = _mapper(kind).difference(old, new)
    written = {action.values[0].path[-1] for action in actions}
    assert changed - {head} <= written
    # What is long is taken away from where it is not, too.
    assert {name.removesuffix(LONG_MARK) for name in written} == {
        name.removesuffix(LONG_MARK) for name in changed - {head}
    }
