"""Reads and conditional writes of single items, and transactions of them."""

import time
from collections.abc import Collection, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import uuid4

from pynamodb.constants import ALL_NEW, ALL_OLD
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from errand.errors import StorageUnavailable
from errand.records import Item
from errand.storage.attempts import (
    ConditionFailed,
    TransactionConflict,
    Unanswered,
    pause,
    send,
)
from errand.storage.kinds import Key, attributes

_TRANSACTION_ATTEMPTS = 4
_BATCH_ATTEMPTS = 3


@dataclass(frozen=True)
class Put:
    """`content`: the item as it is stored, if it is not the model's own."""

    item: Model
    condition: Condition
    content: Item | None = None

    @cached_property
    def request(self) -> dict[str, Any]:
        request: dict[str, Any] = self.item.get_save_kwargs_from_instance(
            condition=self.condition, return_values_on_condition_failure=ALL_OLD
        )
        return request if self.content is None else {**request, "Item": self.content}


@dataclass(frozen=True)
class Update:
    item: Model
    actions: list[Action]
    condition: Condition

    @cached_property
    def request(self) -> dict[str, Any]:
        return self.item.get_update_kwargs_from_instance(
            self.actions, self.condition, return_values_on_condition_failure=ALL_OLD
        )


@dataclass(frozen=True)
class Delete:
    item: Model
    condition: Condition

    @cached_property
    def request(self) -> dict[str, Any]:
        return self.item.get_delete_kwargs_from_instance(
            self.condition, return_values_on_condition_failure=ALL_OLD
        )


type Write = Put | Update | Delete


# What of the request that is being answered waits to be written at its end, for those that read
# (errand.storage.staging); None: nothing, all is written at once.
overlay: ContextVar[Any] = ContextVar("what waits to be written", default=None)


def get(model: type[Model], key: Key, *, consistent: bool = True) -> Item | None:
    over = overlay.get()
    if over is None:
        return fetch(model, key, consistent=consistent)
    item: Item | None = over.get(model, key)
    return item


def get_together(
    *keys: tuple[type[Model], Key], eventually: Collection[type[Model]] = ()
) -> list[Item | None]:
    """Items of either table in one round trip, in the order of `keys`.

    Consistently, but from the tables of `eventually`: for half of the price, as some replica has
    it, mostly less than a second late.
    """
    over = overlay.get()
    if over is None:
        return fetch_together(*keys, eventually=eventually)
    items: list[Item | None] = over.get_together(*keys)
    return items


def fetch(model: type[Model], key: Key, *, consistent: bool = True) -> Item | None:
    """As DynamoDB has it, whatever waits."""
    request = {"TableName": model.Meta.table_name, "Key": attributes(key)}
    item: Item | None = ask("GetItem", {**request, "ConsistentRead": consistent}).get("Item")
    return item


def fetch_together(
    *keys: tuple[type[Model], Key], eventually: Collection[type[Model]] = ()
) -> list[Item | None]:
    """As `fetch`."""
    late = {model.Meta.table_name for model in eventually}
    wanted: dict[str, Any] = {}
    for model, key in keys:
        name = model.Meta.table_name
        table = wanted.setdefault(name, {"Keys": [], "ConsistentRead": name not in late})
        table["Keys"].append(attributes(key))
    found: dict[tuple[str, str, str], Item] = {}
    for attempt in range(_BATCH_ATTEMPTS):
        if attempt:
            time.sleep(pause(attempt))
        answer = ask("BatchGetItem", {"RequestItems": wanted})
        for table, items in answer["Responses"].items():
            found |= {(table, item["pk"]["S"], item["sk"]["S"]): item for item in items}
        wanted = answer.get("UnprocessedKeys", {})
        if not wanted:
            return [found.get((model.Meta.table_name, *key)) for model, key in keys]
    raise StorageUnavailable


def ask(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """Any operation that reads, by its name; errors are those of errand.storage.attempts."""
    return send(operation, request)


def execute(write: Write) -> Item:
    """The item as it is after an Update, empty for the others. Raises ConditionFailed."""
    # A copy: here and in PynamoDB more is put into it.
    request = {**write.request}
    if isinstance(write, Update):
        request["ReturnValues"] = ALL_NEW
    try:
        answer = send(f"{type(write).__name__}Item", request, is_once=isinstance(write, Put))
    except Unanswered:
        if not isinstance(write, Put):
            raise
        raise _outcome(write) from None
    item: Item = answer.get("Attributes", {})
    return item


def _outcome(write: Put) -> Exception:
    """Of a Put without an answer, by looking at what is there.

    It is not repeated: carried out when its item has been deleted, it would bring it back.
    """
    stored = write.request["Item"]
    item = fetch(type(write.item), Key(stored["pk"]["S"], stored["sk"]["S"]))
    return ConditionFailed(item, retried=True) if item else StorageUnavailable()


def transact(writes: Sequence[Write]) -> None:
    """All of `writes` or none. Raises TransactionFailed; TransactionConflict if it stays."""
    items = [{type(write).__name__: write.request} for write in writes]
    for attempt in range(1, _TRANSACTION_ATTEMPTS + 1):
        # DynamoDB carries out what has the same token once, for ten minutes.
        request = {"TransactItems": items, "ClientRequestToken": str(uuid4())}
        try:
            send("TransactWriteItems", request)
        except TransactionConflict:
            if attempt == _TRANSACTION_ATTEMPTS:
                raise
            time.sleep(pause(attempt))
        else:
            return
