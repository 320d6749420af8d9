"""A batch that DynamoDB answers in part, on answers that moto would not give."""

from collections.abc import Callable
from typing import Any

import pytest

from errand.errors import StorageUnavailable
from errand.storage.kinds import Key
from errand.storage.operations import get_together
from errand.storage.tables import DataItem, EphemeralItem
from errand_testkit.wire import Answer, Wire

type Answers = Callable[..., Wire]

ACCOUNT = (DataItem, Key("USER#1", "ACCOUNT"))
SESSION = (EphemeralItem, Key("USER#1", "SESSION#1"))
TASK = (DataItem, Key("USER#1", "TASK#1"))


def _item(sk: str) -> dict[str, Any]:
    return {"pk": {"S": "USER#1"}, "sk": {"S": sk}}


def _keys(*sks: str) -> dict[str, Any]:
    return {"Keys": [_item(sk) for sk in sks], "ConsistentRead": True}


def _answer(unprocessed: dict[str, Any] | None = None, **tables: list[dict[str, Any]]) -> Answer:
    return Answer({"Responses": tables, "UnprocessedKeys": unprocessed or {}})


def test_both_tables_are_read_consistently(answer_with: Answers) -> None:
    wire = answer_with(_answer())
    get_together(ACCOUNT, SESSION, TASK)
    (request,) = wire.requests
    assert request["RequestItems"] == {
        "DataTable": _keys("ACCOUNT", "TASK#1"),
        "EphemeralTable": _keys("SESSION#1"),
    }


def test_what_was_left_unprocessed_is_asked_for_again(
    answer_with: Answers, pauses: list[float]
) -> None:
    left = {"EphemeralTable": _keys("SESSION#1")}
    wire = answer_with(
        _answer(left, DataTable=[_item("ACCOUNT")]),
        _answer(left),
        _answer(EphemeralTable=[_item("SESSION#1")]),
    )
    assert get_together(ACCOUNT, SESSION) == [_item("ACCOUNT"), _item("SESSION#1")]
    assert [request["RequestItems"] for request in wire.requests[1:]] == [left, left]
    assert len(pauses) == 2
    assert 0 < sum(pauses) < 1


def test_what_stays_unprocessed_asks_to_come_back(answer_with: Answers) -> None:
    wire = answer_with(_answer({"DataTable": _keys("ACCOUNT")}))
    with pytest.raises(StorageUnavailable):
        get_together(ACCOUNT, SESSION)
    assert len(wire.requests) == 3
