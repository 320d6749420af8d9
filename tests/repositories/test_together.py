"""Items of both tables in one round trip."""

from typing import Any

import pytest

from errand.storage.kinds import Key
from errand.storage.operations import get_together
from errand.storage.tables import DataItem, EphemeralItem

pytestmark = pytest.mark.usefixtures("tables")

ACCOUNT = (DataItem, Key("USER#1", "ACCOUNT"))
SESSION = (EphemeralItem, Key("USER#1", "SESSION#1"))
TASK = (DataItem, Key("USER#1", "TASK#1"))


def _item(sk: str, pk: str = "USER#1") -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def test_items_come_in_the_order_they_were_asked_for(client: Any, sent: list[str]) -> None:
    items = [("DataTable", "ACCOUNT"), ("DataTable", "TASK#1"), ("EphemeralTable", "SESSION#1")]
    for table, sk in items:
        client.put_item(TableName=table, Item=_item(sk))
    sent.clear()
    for keys in ((ACCOUNT, SESSION, TASK), (TASK, ACCOUNT, SESSION), (SESSION,)):
        assert get_together(*keys) == [_item(sk) for _, (_, sk) in keys]
    assert sent == ["BatchGetItem"] * 3


def test_what_is_missing_is_none(client: Any) -> None:
    client.put_item(TableName="DataTable", Item=_item("TASK#1"))
    assert get_together(ACCOUNT, TASK, SESSION) == [None, _item("TASK#1"), None]
    assert get_together(SESSION) == [None]


def test_same_key_of_both_tables_is_two_items(client: Any) -> None:
    client.put_item(TableName="EphemeralTable", Item=_item("X"))
    keys = (DataItem, Key("USER#1", "X")), (EphemeralItem, Key("USER#1", "X"))
    assert get_together(*keys) == [None, _item("X")]
