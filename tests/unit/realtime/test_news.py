"""Which records of streams mean something to whoever waits."""

import json
from itertools import product
from typing import Any

import pytest

from errand.errors import MalformedRecord
from errand.identity.audit.model import Act
from errand.realtime.news import ENDS, News, news_of
from errand.storage.kinds import ACCOUNT, KINDS, Kind, Table
from errand_testkit.dynamo import stream_record
from errand_testkit.patterns import lets_through
from errand_testkit.stack import event_sources, target

ADA = "06h04o2vndpa700bqsem70d6f8"


def record(sk: str, event: str, pk: str = f"USER#{ADA}", **attributes: Any) -> dict[str, Any]:
    item = {"pk": {"S": pk}, "sk": {"S": sk}, **attributes}
    old, new = {"INSERT": (None, item), "REMOVE": (item, None)}.get(event, (item, item))
    return stream_record(1, old, new)


def test_an_entry_of_the_log_is_a_change() -> None:
    news = news_of(record("CHANGE#000000000000042", "INSERT"))
    assert news == News(user_id=ADA, number=42)


def test_an_entry_that_expires_is_none() -> None:
    assert news_of(record("CHANGE#000000000000042", "REMOVE")) is None


@pytest.mark.parametrize(
    ("sk", "event"),
    [("ACCOUNT", "MODIFY"), ("ACCOUNT", "REMOVE"), (f"PAT#{ADA}", "REMOVE")],
)
def test_something_may_have_ended(sk: str, event: str) -> None:
    assert news_of(record(sk, event)) == News(user_id=ADA)


@pytest.mark.parametrize("act", [*Act])
def test_acts_that_end_a_session_alone_are_on_record(act: Act) -> None:
    found = news_of(record(f"AUDIT#{ADA}", "INSERT", a={"S": str(act)}))
    assert found == (News(user_id=ADA) if act in ENDS else None)


@pytest.mark.parametrize(
    ("sk", "event"),
    [
        ("ACCOUNT", "INSERT"),
        (f"PAT#{ADA}", "INSERT"),
        (f"PAT#{ADA}", "MODIFY"),
        (f"TASK#{ADA}", "INSERT"),
        (f"AUDIT#{ADA}", "REMOVE"),
        ("SOMETHING", "INSERT"),
    ],
)
def test_the_rest_means_nothing(sk: str, event: str) -> None:
    assert news_of(record(sk, event)) is None


def filters() -> dict[str, list[Any]]:
    """Table -> the patterns that stand before the function, of which one must let a record in."""
    return {
        target(source["Stream"]): [
            json.loads(one["Pattern"]) for one in source["FilterCriteria"]["Filters"]
        ]
        for function, source in event_sources("DynamoDB")
        if function.name == "PushHintsFunction"
    }


@pytest.mark.parametrize(
    "kind",
    [kind for kind in KINDS if kind.table is not Table.EPHEMERAL],
    ids=lambda kind: kind.name,
)
def test_function_is_called_for_what_means_something_and_nothing_else(kind: Kind) -> None:
    key = kind.key(ADA) if kind is ACCOUNT else kind.key(ADA, "000000000000042")
    patterns = filters()["LogTable" if kind.table is Table.LOG else "DataTable"]
    for event, act in product(("INSERT", "MODIFY", "REMOVE"), Act):
        told = record(key.sk, event, key.pk, a={"S": str(act)})
        is_let_through = any(lets_through(pattern, told) for pattern in patterns)
        assert is_let_through == (news_of(told) is not None), (event, act)


@pytest.mark.parametrize(
    "broken",
    [
        None,
        {},
        {"dynamodb": {"Keys": {"pk": {"S": f"USER#{ADA}"}, "sk": {"S": "ACCOUNT"}}}},
        record("CHANGE#x", "INSERT"),
        record("CHANGE#²", "INSERT"),
        record(f"AUDIT#{ADA}", "INSERT"),
        record(f"AUDIT#{ADA}", "INSERT", a={"N": "1"}),
    ],
)
def test_what_our_tables_do_not_make_is_refused(broken: object) -> None:
    with pytest.raises(MalformedRecord):
        news_of(broken)
