"""Everything that handles what is stored knows every kind of it."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages
from typing import Any, get_args

import pytest
from pynamodb.models import Model

import errand
from errand.export.schemas import Export
from errand.fields import Shown, table_of
from errand.identity.accounts.purge import AccountPurger
from errand.ids import new_id
from errand.records import load
from errand.schemas import View
from errand.storage.kinds import (
    ACCOUNT,
    AUDIT,
    CALENDAR_FEED,
    CHANGE,
    IDENTITY,
    KINDS,
    MIGRATION,
    PERSONAL_TOKEN,
    PUSH_SENDS,
    REMINDED,
    SEARCH_INDEX,
    SEARCH_PIECE,
    SECOND_FACTOR,
    SENT_MAIL,
    SESSION,
    SOCKET,
    SOCKET_OWNER,
    TASK,
    WEBHOOK,
    WEBHOOK_PLACE,
    WEBHOOK_SENDS,
    Gone,
    Key,
    Kind,
    Table,
    kind_at,
    logged,
    owned,
    record_of,
)
from errand.storage.mapper import Mapper
from errand.storage.tables import BASES
from errand.tasks.repository import DynamoTasks
from errand_api import snapshot
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.stack import event_sources, properties

EVERY_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
OWNED = pytest.mark.parametrize("kind", [*owned()], ids=lambda kind: kind.name)
TOLD = pytest.mark.parametrize(
    "kind", [kind for kind in owned() if kind.section], ids=lambda kind: kind.name
)
NAMES = {
    Table.DATA: "DataTable",
    Table.EPHEMERAL: "EphemeralTable",
    Table.LOG: "LogTable",
}
# Written without PynamoDB.
WITHOUT_MODEL = {
    CHANGE,
    MIGRATION,
    PUSH_SENDS,
    REMINDED,
    SEARCH_INDEX,
    SEARCH_PIECE,
    SENT_MAIL,
    SOCKET,
    SOCKET_OWNER,
    WEBHOOK_PLACE,
    WEBHOOK_SENDS,
}
# Made of what is told otherwise, for machines: nothing in it is an owner's that they have not got.
DERIVED = {SEARCH_INDEX, SEARCH_PIECE}
SECTIONS = {name: field for name, field in Export.model_fields.items() if name != "exported_at"}


@pytest.fixture(scope="module")
def models() -> set[type[Model]]:
    """Every model of items that the layer has, wherever it is made."""
    for module in walk_packages(errand.__path__, "errand."):
        import_module(module.name)
    # They are made when something is first written with them.
    modules = [module for name, module in sys.modules.items() if name.startswith("errand.")]
    mappers = [one for module in modules for one in vars(module).values()]
    for found in (*mappers, DynamoTasks()._items):
        if isinstance(found, Mapper):
            assert found._model
    return {
        model
        for base in BASES.values()
        for model in base.__subclasses__()
        if model.__module__.startswith("errand.")
    }


def test_every_model_is_of_a_kind_and_in_its_table(models: set[type[Model]]) -> None:
    for model in models:
        kind: Any = vars(model)["kind"]
        assert kind in KINDS
        assert kind.record == f"{model.__module__}.{model.__name__.removesuffix('Item')}"
        assert issubclass(model, BASES[kind.table])


def test_every_kind_is_written_by_somebody(models: set[type[Model]]) -> None:
    assert {vars(model)["kind"] for model in models} | WITHOUT_MODEL == set(KINDS)


@EVERY_KIND
def test_every_kind_has_its_table_of_fields(kind: Kind) -> None:
    assert table_of(record_of(kind)).kept()


# --------------------------------------------------------------------------------------- the export


def test_sections_of_the_export_are_those_of_the_kinds() -> None:
    assert {kind.section for kind in KINDS if kind.section} == set(SECTIONS)


@EVERY_KIND
def test_owner_gets_every_kind_that_is_theirs(kind: Kind) -> None:
    assert (kind.is_owned and kind not in DERIVED) == (kind.section is not None)


def test_what_no_section_tells_of_comes_last_in_its_table() -> None:
    """So the export need not read it."""
    told = [kind for kind in owned() if kind.section]
    for kind in DERIVED:
        assert all(other.sort < kind.sort for other in told if other.table is kind.table)
    assert all("A" <= kind.sort < "a" for kind in KINDS)


def _views(annotation: Any) -> Iterator[type[View]]:
    """Those that a section is made of."""
    if isinstance(annotation, type) and issubclass(annotation, View):
        yield annotation
    for part in get_args(annotation):
        yield from _views(part)


@TOLD
def test_section_tells_the_fields_of_its_kinds(kind: Kind) -> None:
    [view] = _views(SECTIONS[kind.section or ""].annotation)
    exported = {column.name for column in table_of(record_of(kind)).shown(Shown.EXPORTS)}
    assert exported
    assert {*view.model_fields} == exported


# ---------------------------------------------------------------------------------------- the purge


@OWNED
def test_purge_removes_every_kind_that_an_account_leaves_behind(kind: Kind) -> None:
    fake = FakeDynamo()
    for user_id in ("ada", "bob"):
        key = kind.key(user_id, "1")
        fake.items[NAMES[kind.table]][key] = {"pk": {"S": key.pk}, "sk": {"S": key.sk}}
    data, *others = NAMES.values()
    purger = AccountPurger(dynamodb=fake, data_table=data, others=others)
    assert purger.purge("ada", has_time=lambda: True) == 1
    assert [item["pk"]["S"] for item in fake.all(NAMES[kind.table])] == ["USER#bob"]


def test_purge_reaches_all_tables_where_it_is_deployed() -> None:
    variables = properties("PurgeAccountsFunction")["Environment"]["Variables"]
    tables = {value["Ref"] for value in variables.values() if "Ref" in value}
    assert set(NAMES.values()) <= tables


@EVERY_KIND
def test_nothing_stays_for_ever(kind: Kind) -> None:
    """The account goes with its own transaction, and takes its names along."""
    if kind.gone is Gone.PURGED:
        assert kind.is_owned
    elif kind.gone is Gone.EXPIRED:
        assert not kind.is_owned
        assert kind.table is Table.EPHEMERAL
    else:
        assert kind.table is Table.DATA


@EVERY_KIND
def test_what_is_ephemeral_expires(kind: Kind) -> None:
    """But for what stays as long as its account, and can be made anew."""
    stored = {column.stored for column in table_of(record_of(kind)).stored()}
    attribute = properties("EphemeralTable")["TimeToLiveSpecification"]["AttributeName"]
    if kind.table is Table.EPHEMERAL and kind not in DERIVED:
        assert attribute in stored


# --------------------------------------------------------------------------------------- the stream


def test_events_are_made_of_the_log() -> None:
    """So a kind with events is logged; entries that go with time or their account have none."""
    assert all(kind.logged_as for kind in KINDS if kind.is_streamed)
    [source] = [s for one, s in event_sources("DynamoDB") if "Publish" in one.name]
    assert source["FilterCriteria"]["Filters"] == [{"Pattern": '{"eventName":["INSERT"]}'}]


# --------------------------------------------------------------------------------- history and sync

# What guards the account, and what it is kept in, is no client's to keep a copy of.
NOT_LOGGED = {PERSONAL_TOKEN, CALENDAR_FEED, WEBHOOK, SECOND_FACTOR, AUDIT, IDENTITY}


@EVERY_KIND
def test_log_tells_of_every_kind_that_clients_keep(kind: Kind) -> None:
    is_kept = kind.table is Table.DATA and kind not in NOT_LOGGED
    assert is_kept == (kind.logged_as is not None)


def test_names_in_the_log_are_different() -> None:
    names = [kind.logged_as for kind in logged()]
    assert len(names) == len(set(names))


# ---------------------------------------------------------------------------------------- SnapStart


def test_answers_before_a_snapshot_are_items_of_their_kinds() -> None:
    user_id, session_id = new_id(), new_id()
    answer = snapshot._answers(user_id, session_id)
    keys = [ACCOUNT.key(user_id), SESSION.key(user_id, session_id)]
    asked = {"Keys": [{"pk": {"S": key.pk}, "sk": {"S": key.sk}} for key in keys]}
    found = answer("BatchGetItem", {"RequestItems": {"Table": asked}})["Responses"]["Table"]
    found += answer("Query", {})["Items"]
    kinds = [kind_at(Key(item["pk"]["S"], item["sk"]["S"])) for item in found]
    assert kinds == [ACCOUNT, SESSION, TASK]
    for kind, item in zip(kinds, found, strict=True):
        assert load(record_of(kind), item)
