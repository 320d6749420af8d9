"""What of ministack's state outlives it: the data file takes the place of its memory.

Items and changes are in the file only and written as they come; what is small (messages, schedules,
secrets, how far the streams' readers are) is copied there. Reaches into ministack (pinned in
tools/requirements-ministack.txt), because its API can neither write items without putting them on
the stream nor read messages without receiving them.
"""
# ruff: noqa: SLF001

import time
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from tools.local.changes import Changes
from tools.local.items import Items
from tools.local.key_ranges import NAME, View, make_index, view_of
from tools.local.queries import Queries
from tools.local.schedules import Schedules
from tools.local.store import Store


class Memory:
    """`resources`: logical id -> (type, physical id). Use it on ministack's event loop only."""

    def __init__(
        self,
        store: Store,
        resources: Mapping[str, tuple[str, str]],
        *,
        account: str,
        region: str,
    ) -> None:
        self._store = store
        self._resources = resources
        self._scope = import_module("ministack.core.responses").request_scope, account, region
        self._dynamodb: Any = import_module("ministack.services.dynamodb")
        self._functions = import_module("ministack.services.lambda_svc")
        self._queues = import_module("ministack.services.sqs")
        self._secrets = import_module("ministack.services.secretsmanager")
        self._schedules = Schedules(
            import_module("ministack.services.scheduler"),
            import_module("ministack.services.eventbridge"),
        )
        self._items: dict[str, Items] = {}
        self._changes: dict[str, Changes] = {}

    def attach(self) -> None:
        """Once, after the deployment. What the template no longer has stays in the file, unused."""
        scope, *owner = self._scope
        values = self._store.values()
        with scope(*owner):
            for name, table in self._of_type("AWS::DynamoDB::Table"):
                self._attach_table(name, self._dynamodb._tables[table], values)
            for name, url in self._of_type("AWS::SQS::Queue"):
                messages = values.get(f"messages/{name}", [])
                self._queues._queues[url]["messages"].extend(messages)
            for name, arn in self._of_type("AWS::SecretsManager::Secret"):
                if saved := values.get(f"secret/{name}"):
                    self._current_version(arn)["SecretString"] = saved
            self._schedules.restore(values.get("schedules", []), dict(self._queue_arns()))
        self._schedules.install()
        Queries(self._dynamodb).install()
        self._keep_replaced_items()
        self._take_over_expiry()
        self._store.commit()

    def keep(self) -> None:
        """Copies what is small into the file. Raises sqlite3.Error if it cannot be written."""
        scope, *owner = self._scope
        with scope(*owner):
            self._store.keep(dict(self._values()))
        self._store.commit()

    def expire(self) -> None:
        """Removes the items whose time to live is over."""
        scope, *owner = self._scope
        with scope(*owner):
            for name, items in self._items.items():
                setting = self._dynamodb._ttl_settings.get(name, {})
                attribute = setting.get("AttributeName", "")
                if setting.get("TimeToLiveStatus") != "ENABLED" or not NAME.fullmatch(attribute):
                    continue
                items.expire_by(attribute)
                for pk, sk in items.expired(attribute, time.time()):
                    self._dynamodb._remove_item(self._dynamodb._tables[name], pk, sk)
        self._store.commit()

    def _attach_table(self, name: str, table: dict[str, Any], values: Mapping[str, Any]) -> None:
        items = Items(self._store.database, name)
        for view in _views(table):
            make_index(items, view)
        self._items[table["TableName"]] = table["items"] = items
        table["ItemCount"] = items.count()
        # The stream's readers stand at its start: they will get what was not delivered.
        changes = Changes(self._store.database, name, delivered=values.get(f"delivered/{name}", 0))
        self._changes[name] = changes
        self._dynamodb._stream_records[table["TableName"]] = changes

    def _keep_replaced_items(self) -> None:
        """To take back a PartiQL transaction, ministack puts copies in place of all items."""
        count_again = self._dynamodb._items_replaced

        def replaced(table: dict[str, Any]) -> None:
            items = self._items.get(table["TableName"])
            if items is not None and table["items"] is not items:
                copies, table["items"] = table["items"], items
                items.clear()
                items.update(copies)
            count_again(table)

        self._dynamodb._items_replaced = replaced

    def _take_over_expiry(self) -> None:
        """Ministack's reaper reads every item each minute: it finds the settings of others only."""
        settings = self._dynamodb._ttl_settings
        kind = type(settings)

        def all_items(self: Any) -> list[Any]:
            return [each for each in kind.all_items(self) if each[0][-1] not in ours]

        ours = self._items.keys()
        hiding: Any = type("Settings", (kind,), {"all_items": all_items})
        self._dynamodb._ttl_settings = hiding.from_dict(settings.to_dict())

    def _of_type(self, kind: str) -> Iterator[tuple[str, str]]:
        """Pairs of logical and physical id."""
        for logical_id, (type_, physical_id) in self._resources.items():
            if type_ == kind:
                yield logical_id, physical_id

    def _values(self) -> Iterator[tuple[str, Any]]:
        for name, table in self._of_type("AWS::DynamoDB::Table"):
            yield f"delivered/{name}", self._delivered(name, table)
        # Whoever deletes the stack, as the drill does, takes these with it.
        for name, url in self._of_type("AWS::SQS::Queue"):
            if url in self._queues._queues:
                yield f"messages/{name}", list(self._queues._queues[url]["messages"])
        yield "schedules", [*self._schedules.kept(dict(self._queue_arns()))]
        for name, arn in self._of_type("AWS::SecretsManager::Secret"):
            if self._secrets._resolve(arn, use_arn_scope=True)[1] is not None:
                yield f"secret/{name}", self._current_version(arn)["SecretString"]

    def _queue_arns(self) -> Iterator[tuple[str, str]]:
        """Pairs of logical id and ARN."""
        for name, url in self._of_type("AWS::SQS::Queue"):
            if url in self._queues._queues:
                yield name, self._queues._queues[url]["attributes"]["QueueArn"]

    def _delivered(self, name: str, table: str) -> int:
        """Number of the first change that a reader of the table's stream has yet to take."""
        positions = [
            self._functions._dynamodb_stream_positions.get(reader["UUID"], 0)
            for reader in self._functions._esms.values()
            if f":table/{table}/stream/" in reader["EventSourceArn"]
        ]
        changes = self._changes[name]
        trimmed: int = self._dynamodb._stream_trimmed.get(table, 0)
        unread = min(positions, default=trimmed + len(changes)) - trimmed
        return changes.first + max(unread, 0)

    def _current_version(self, arn: str) -> dict[str, Any]:
        _, secret = self._secrets._resolve(arn, use_arn_scope=True)
        _, version = self._secrets._find_stage_version(secret, "AWSCURRENT")
        current: dict[str, Any] = version
        return current


def _views(table: Mapping[str, Any]) -> Iterator[View]:
    for kind in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
        for index in table.get(kind) or []:
            if view := view_of(table, index["IndexName"]):
                yield view
