"""The DynamoDB tables as PynamoDB models; features derive their items from these bases.

One connection serves them all: one client to make on a cold start, one TLS session to keep.
"""

from typing import Protocol

from botocore.session import Session
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.indexes import AllProjection, LocalSecondaryIndex
from pynamodb.models import Model

from errand.aws.dynamodb import prepare_session
from errand.storage.kinds import Table


class StatusIndex(LocalSecondaryIndex["DataItem"]):  # type: ignore[no-untyped-call] # in PynamoDB
    class Meta:
        index_name = "by_status"
        projection = AllProjection()

    pk = UnicodeAttribute(hash_key=True)
    vs = UnicodeAttribute(range_key=True)


class DataItem(Model):
    """An item of DataTable. One account is one item collection: `pk = USER#<user id>`."""

    class Meta:
        table_name = ""  # of this deployment: connect

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    by_status = StatusIndex()


class EphemeralItem(Model):
    """An item of EphemeralTable; DynamoDB removes it some time after `expires_at` (seconds)."""

    class Meta:
        table_name = ""  # of this deployment: connect

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    expires_at = NumberAttribute()


class LogItem(Model):
    """An item of LogTable, which functions/record alone writes."""

    class Meta:
        table_name = ""  # of this deployment: connect

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    expires_at = NumberAttribute()


BASES: dict[Table, type[Model]] = {
    Table.DATA: DataItem,
    Table.LOG: LogItem,
    Table.EPHEMERAL: EphemeralItem,
}


class _Connection(Connection):
    """Whose sessions are prepared: one, or one for each thread that finds no credentials yet."""

    @property
    def session(self) -> Session:
        is_new = getattr(self._local, "session", None) is None
        session = super().session
        if is_new:
            prepare_session(session)
        return session


class Names(Protocol):
    """Of the tables in this deployment; settings have them."""

    @property
    def data_table(self) -> str: ...
    @property
    def log_table(self) -> str: ...
    @property
    def ephemeral_table(self) -> str: ...


def connect(names: Names) -> Connection:
    """Bind the models to this deployment's tables and make the client they share."""
    DataItem.Meta.table_name = names.data_table
    LogItem.Meta.table_name = names.log_table
    EphemeralItem.Meta.table_name = names.ephemeral_table
    # Nothing is repeated by botocore: errand.storage.attempts does.
    connection = _Connection(
        connect_timeout_seconds=1, read_timeout_seconds=3, max_retry_attempts=0
    )
    for model in BASES.values():
        model._connection = None  # noqa: SLF001 - PynamoDB keeps the first one otherwise
        own = model._get_connection()  # noqa: SLF001 - subclasses inherit it
        connection.add_meta_table(own.get_meta_table())
        own.connection = connection
    # Made now, on initialisation, and not in somebody's first request.
    connection.client  # noqa: B018
    return connection
