"""The security log in DynamoDB: records are only ever added, and expire by themselves."""

from typing import Protocol

from errand.cursors import Position
from errand.identity.audit.model import AuditRecord
from errand.pages import Slice
from errand.storage.kinds import AUDIT, collection
from errand.storage.mapper import mapper
from errand.storage.operations import Put
from errand.storage.ranges import KeyRange, read
from errand.storage.unit import Unit, already_done

_RECORDS = mapper(AUDIT, AuditRecord)


class AuditLog(Protocol):
    def append(self, unit: Unit, record: AuditRecord) -> None: ...

    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[AuditRecord]: ...


class DynamoAuditLog:
    """AuditLog on DataTable, in the collection of the account."""

    def append(self, unit: Unit, record: AuditRecord) -> None:
        """Nobody else has its id: it is there already if an answer was lost on the way."""
        item = _RECORDS.item(AUDIT.key(record.user_id, record.id), record)
        unit.add(Put(item, _RECORDS.is_free), already_done)

    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[AuditRecord]:
        """Newest first."""
        keys = KeyRange(model=_RECORDS.model, partition=collection(user_id), prefix=AUDIT.prefix)
        found = read(keys, after=after, limit=limit)
        return Slice(_RECORDS.all(found.items), found.reached)
