"""The security log in memory."""

from errand.audit.model import Act, AuditRecord


class InMemoryAuditLog:
    """AuditLog; `calls` counts what would be round trips."""

    def __init__(self) -> None:
        self.records: list[AuditRecord] = []
        self.calls = 0

    def append(self, record: AuditRecord) -> None:
        self.calls += 1
        self.add(record)

    def page(
        self, *, user_id: str, after: str | None, limit: int
    ) -> tuple[list[AuditRecord], bool]:
        self.calls += 1
        found = sorted(
            (
                record
                for record in self.records
                if record.user_id == user_id and (after is None or record.id < after)
            ),
            key=lambda record: record.id,
            reverse=True,
        )
        return found[:limit], len(found) > limit

    def add(self, record: AuditRecord) -> None:
        """In one transaction with what it is about."""
        self.records.append(record)

    @property
    def acts(self) -> list[Act]:
        return [record.act for record in self.records]
