"""The security log in DynamoDB: records are only ever added, and expire by themselves."""

from contextlib import suppress
from typing import Protocol

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from errand.audit.model import Act, AuditRecord
from errand.origin import Origin
from errand.storage.operations import ConditionFailed, Put, RawItem, execute, query
from errand.storage.tables import DataItem, user_key

PREFIX = "AUDIT#"


class AuditItem(DataItem):
    a = UnicodeAttribute()
    by = UnicodeAttribute(null=True)
    at = NumberAttribute()
    ip = UnicodeAttribute(null=True)
    ag = UnicodeAttribute(null=True)
    rq = UnicodeAttribute()
    ab = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()


class AuditLog(Protocol):
    def append(self, record: AuditRecord) -> None: ...

    def page(
        self, *, user_id: str, after: str | None, limit: int
    ) -> tuple[list[AuditRecord], bool]: ...


class DynamoAuditLog:
    """AuditLog on DataTable, in the collection of the account."""

    def append(self, record: AuditRecord) -> None:
        # Nobody else has its id: it is there already if an answer was lost on the way.
        with suppress(ConditionFailed):
            execute(append(record))

    def page(
        self, *, user_id: str, after: str | None, limit: int
    ) -> tuple[list[AuditRecord], bool]:
        """Up to `limit` records older than the record `after`, newest first; whether more are."""
        pk = user_key(user_id)
        items, stopped = query(
            AuditItem,
            pk,
            prefix=("sk", PREFIX),
            start={"pk": {"S": pk}, "sk": {"S": PREFIX + after}} if after else None,
            limit=limit + 1,
            ascending=False,
        )
        return [audit_record(item) for item in items[:limit]], stopped or len(items) > limit


def append(record: AuditRecord) -> Put:
    """For a transaction with the act itself."""
    item = AuditItem(
        user_key(record.user_id),
        PREFIX + record.id,
        a=record.act.value,
        by=record.actor,
        at=record.at,
        ip=record.origin.address,
        ag=record.origin.agent or None,
        rq=record.origin.request_id,
        ab=record.about,
        expires_at=record.at // 1000 + record.lifetime_seconds,
    )
    return Put(item, AuditItem.pk.does_not_exist())


def audit_record(item: RawItem) -> AuditRecord:
    def optional(name: str) -> str | None:
        return item[name]["S"] if name in item else None

    return AuditRecord(
        id=item["sk"]["S"].removeprefix(PREFIX),
        user_id=item["pk"]["S"].removeprefix("USER#"),
        act=Act(item["a"]["S"]),
        actor=optional("by"),
        at=int(item["at"]["N"]),
        origin=Origin(
            address=optional("ip"), agent=optional("ag") or "", request_id=item["rq"]["S"]
        ),
        about=optional("ab"),
    )
