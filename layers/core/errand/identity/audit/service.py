"""Writing the security log, and reading one's own."""

from functools import partial

from errand.clock import Clock
from errand.identity.audit.model import Act, AuditRecord, record_of
from errand.identity.audit.repository import AuditLog
from errand.identity.caller import Caller
from errand.origin import Origin
from errand.pages import Page, Pager
from errand.storage.unit import Store, Unit


class AuditTrail:
    """Puts acts on record, in the unit that carries them out or alone."""

    def __init__(self, *, audit: AuditLog, store: Store, clock: Clock) -> None:
        self._audit = audit
        self._store = store
        self._clock = clock

    def add(
        self,
        unit: Unit,
        act: Act,
        *,
        user_id: str,
        actor: str | None,
        origin: Origin,
        about: str | None = None,
    ) -> None:
        """`actor`: the id of the user who did it, None for nobody who logged in."""
        record = record_of(
            act, user_id=user_id, actor=actor, origin=origin, now=self._clock(), about=about
        )
        self._audit.append(unit, record)

    def note(self, act: Act, *, user_id: str, actor: str | None, origin: Origin) -> None:
        """What changes nothing."""
        unit = Unit()
        self.add(unit, act, user_id=user_id, actor=actor, origin=origin)
        self._store.commit(unit)


class AuditService:
    def __init__(self, *, audit: AuditLog, pager: Pager) -> None:
        self._audit = audit
        self._pager = pager

    def list(self, *, caller: Caller, limit: int, cursor: str | None) -> Page[AuditRecord]:
        """Newest first. Raises InvalidCursor."""
        return self._pager.page(
            partial(self._audit.slice, user_id=caller.user_id),
            view=f"security-log|{caller.user_id}",
            limit=limit,
            cursor=cursor,
        )
