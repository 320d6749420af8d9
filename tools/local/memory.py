"""The data inside ministack's memory: taken out to be kept, put back after a start.

Reaches into ministack (pinned in tools/requirements-ministack.txt), because its API can neither
write items without putting them on the stream nor read messages without receiving them.
"""
# ruff: noqa: SLF001

import copy
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from tools.local.image import Image, Items

ALL = 1_000_000  # records; a stream keeps them for a day


class Memory:
    """`resources`: logical id -> (type, physical id). Use it on ministack's event loop only."""

    def __init__(
        self, resources: Mapping[str, tuple[str, str]], *, account: str, region: str
    ) -> None:
        self._resources = resources
        self._scope = import_module("ministack.core.responses").request_scope, account, region
        self._dynamodb = import_module("ministack.services.dynamodb")
        self._functions = import_module("ministack.services.lambda_svc")
        self._queues = import_module("ministack.services.sqs")
        self._secrets = import_module("ministack.services.secretsmanager")

    def take(self) -> Image:
        """A consistent copy. Items themselves are shared: ministack never edits one."""
        scope, *owner = self._scope
        with scope(*owner):
            tables: dict[str, Items] = {
                name: {pk: dict(found) for pk, found in list(self._items(table).items())}
                for name, table in self._of_type("AWS::DynamoDB::Table")
            }
            return Image(tables, dict(self._values()))

    def put(self, image: Image) -> None:
        """What the template no longer has is left out."""
        scope, *owner = self._scope
        with scope(*owner):
            for name, table in self._of_type("AWS::DynamoDB::Table"):
                definition = self._dynamodb._tables[table]
                for pk, collection in image.tables.get(name, {}).items():
                    for sk, item in collection.items():
                        self._dynamodb._set_item(definition, pk, sk, item)
                # The stream is empty and its readers stand at its start: they will get these.
                self._dynamodb._stream_records[table] = image.values.get(f"changes/{name}", [])
            for name, url in self._of_type("AWS::SQS::Queue"):
                messages = image.values.get(f"messages/{name}", [])
                self._queues._queues[url]["messages"].extend(messages)
            for name, arn in self._of_type("AWS::SecretsManager::Secret"):
                if saved := image.values.get(f"secret/{name}"):
                    self._current_version(arn)["SecretString"] = saved

    def _of_type(self, kind: str) -> Iterator[tuple[str, str]]:
        """Pairs of logical and physical id."""
        for logical_id, (type_, physical_id) in self._resources.items():
            if type_ == kind:
                yield logical_id, physical_id

    def _items(self, table: str) -> Items:
        items: Items = self._dynamodb._tables[table]["items"]
        return items

    def _values(self) -> Iterator[tuple[str, Any]]:
        for name, table in self._of_type("AWS::DynamoDB::Table"):
            yield f"changes/{name}", self._undelivered(table)
        for name, url in self._of_type("AWS::SQS::Queue"):
            yield f"messages/{name}", copy.deepcopy(self._queues._queues[url]["messages"])
        for name, arn in self._of_type("AWS::SecretsManager::Secret"):
            yield f"secret/{name}", self._current_version(arn)["SecretString"]

    def _undelivered(self, table: str) -> list[dict[str, Any]]:
        """Changes that at least one reader of the table's stream has not taken yet."""
        positions = [
            self._functions._dynamodb_stream_positions.get(reader["UUID"], 0)
            for reader in self._functions._esms.values()
            if f":table/{table}/stream/" in reader["EventSourceArn"]
        ]
        if not positions:
            return []
        records: list[dict[str, Any]] = self._dynamodb.stream_records_since(
            table, min(positions), ALL
        )
        return records

    def _current_version(self, arn: str) -> dict[str, Any]:
        _, secret = self._secrets._resolve(arn, use_arn_scope=True)
        _, version = self._secrets._find_stage_version(secret, "AWSCURRENT")
        current: dict[str, Any] = version
        return current
