"""Reading one's own security log."""

from dataclasses import dataclass

from errand import cursors
from errand.audit.repository import AuditLog
from errand.audit.schemas import SecurityEvent
from errand.keys import Keys


@dataclass(frozen=True, slots=True)
class LogPage:
    events: list[SecurityEvent]
    next_cursor: str | None


class AuditService:
    def __init__(self, *, audit: AuditLog, ring: Keys) -> None:
        self._audit = audit
        self._ring = ring

    def page(self, *, user_id: str, limit: int, cursor: str | None) -> LogPage:
        """Newest first. Raises InvalidCursor."""
        context = f"security-log|{user_id}"
        after = cursors.unseal(self._ring, cursor=cursor, context=context) if cursor else None
        records, more = self._audit.page(user_id=user_id, after=after, limit=limit)
        following = (
            cursors.seal(self._ring, last_id=records[-1].id, context=context) if more else None
        )
        return LogPage([SecurityEvent.of(record) for record in records], following)
