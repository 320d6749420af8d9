"""What moto spends most of its time on, left out: a third of what a call of it takes.

It serialises an answer by looking every member of it up under all names that other services would
give it, and before a transaction copies each table whole, with its schema and its indexes, once for
each item that is written.
tests/repositories/test_emulation.py holds what is answered against moto's own answers.
"""

from copy import copy, deepcopy
from typing import Any

import pytest
from moto.core.responses import ActionResult
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.table import Table
from moto.dynamodb.models.utilities import dynamo_json_dump
from moto.dynamodb.responses import DynamoHandler

# Their results are what is sent: items as they are on the wire, and a few numbers.
_PLAIN = frozenset(
    {"BatchGetItem", "GetItem", "PutItem", "Query", "TransactWriteItems"} | {"Scan", "UpdateItem"}
)
_serialized = DynamoHandler.serialized
_transact = DynamoDBBackend.transact_write_items
# Of the tables of the transaction that is under way, by where each is in memory.
_copies: dict[int, Table] = {}


def empty() -> None:
    """All tables, which stay: to make one takes longer than most tests."""
    for regions in dynamodb_backends.values():
        for backend in regions.values():
            for table in backend.tables.values():
                table.items.clear()


def make_quick(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(DynamoHandler, "serialized", _plain)
    patch.setattr(DynamoDBBackend, "transact_write_items", _with_one_copy)


def _plain(handler: DynamoHandler, result: ActionResult) -> Any:
    answer = result.result
    if not isinstance(answer, dict) or handler._get_action() not in _PLAIN:
        return _serialized(handler, result)
    headers = {"Content-Type": "application/x-amz-json-1.0"} | handler.response_headers
    body = {name: value for name, value in answer.items() if value is not None}
    return 200, headers, dynamo_json_dump(body)


def _with_one_copy(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Table, "__deepcopy__", _with_items_copied, raising=False)
        try:
            _transact(backend, transact_items)
        finally:
            _copies.clear()


def _with_items_copied(table: Table, memo: dict[int, Any]) -> Table:
    """A transaction changes nothing else of it, and nothing before all are copied."""
    if id(table) not in _copies:
        twin = copy(table)
        twin.items = deepcopy(table.items, memo)
        _copies[id(table)] = twin
    return _copies[id(table)]
