"""Keys: each is of one kind, and leads back to it."""

import pytest

from errand.fields import table_of
from errand.storage.kinds import (
    ACCOUNT,
    KINDS,
    KNOWN_ADDRESS,
    TASK,
    Gone,
    Key,
    Kind,
    Table,
    collection,
    kind_at,
    owned,
    record_of,
)
from errand.storage.mapper import Mapper

every = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


def _keys(kind: Kind) -> list[Key]:
    return [kind.key("1"), kind.key("1", "2"), kind.key("one#1", "/tasks", "3")]


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (ACCOUNT.key("1"), Key("USER#1", "ACCOUNT")),
        (TASK.key("1", "2"), Key("USER#1", "TASK#2")),
        (KNOWN_ADDRESS.key("1", "0", "2"), Key("USER#1", "ADDRESS#0#2")),
    ],
    ids=["single", "one of several", "nested"],
)
def test_key(key: Key, expected: Key) -> None:
    assert key == expected


@every
def test_every_key_is_of_one_kind(kind: Kind) -> None:
    for key in _keys(kind):
        assert [other for other in KINDS if other.is_at(key)] == [kind]


@every
def test_kind_is_found_by_key(kind: Kind) -> None:
    assert {kind_at(key) for key in _keys(kind)} == {kind}


@pytest.mark.parametrize(
    "key",
    [
        Key("USER#1", "TASKS#1"),
        Key("USER#1", "NOTHING#1"),
        Key("GROUP#1", "ACCOUNT"),
        Key("USER#1", "task#1"),
        Key("USERS#1", "TASK#1"),
        Key("USER", "ACCOUNT"),
        Key("", ""),
    ],
    ids=str,
)
def test_item_of_no_kind_is_a_defect(key: Key) -> None:
    with pytest.raises(LookupError):
        kind_at(key)


@every
def test_prefix_is_that_of_its_keys_and_no_others(kind: Kind) -> None:
    assert kind.key("1", "2").sk.startswith(kind.prefix)
    others = [other for other in KINDS if other.sort != kind.sort]
    assert not any(other.key("1", "2").sk.startswith(kind.prefix) for other in others)


def test_owned_kinds_are_those_of_a_collection() -> None:
    assert {kind for kind in KINDS if kind.key("1").pk == collection("1")} == set(owned())


@every
def test_what_nobody_deletes_goes_by_its_ttl(kind: Kind) -> None:
    if kind.gone is Gone.EXPIRED:
        assert (kind.table, kind.is_owned) == (Table.EPHEMERAL, False)
        assert "expires_at" in {column.stored for column in table_of(record_of(kind)).stored()}
    else:
        assert kind.is_owned or kind.gone is Gone.RELEASED


@every
def test_every_record_can_be_mapped(kind: Kind) -> None:
    assert Mapper(kind, record_of(kind)).kind is kind
