"""Sessions in EphemeralTable, in the collection of their account."""

from dataclasses import replace

from pynamodb.expressions.condition import Condition

from errand.errors import NotFound, Overtaken
from errand.identity.accounts.model import Account
from errand.identity.sessions.model import Session
from errand.storage.attempts import ConditionFailed
from errand.storage.kinds import ACCOUNT, SESSION, collection
from errand.storage.mapper import mapper
from errand.storage.operations import Delete, Put, Update, get_together
from errand.storage.ranges import KeyRange, read
from errand.storage.unit import Refusal, Unit, made_before, overtaken

_SESSIONS = mapper(SESSION, Session)
_ACCOUNTS = mapper(ACCOUNT, Account)


class DynamoSessions:
    """SessionRepository on EphemeralTable."""

    def open(self, unit: Unit, session: Session) -> None:
        item = _SESSIONS.item(SESSION.key(session.user_id, session.id), session)
        unit.add(Put(item, _SESSIONS.is_free), made_before)

    def read(self, *, user_id: str, session_id: str) -> tuple[Account | None, Session | None]:
        """Both in one round trip."""
        account, session = get_together(
            (_ACCOUNTS.model, ACCOUNT.key(user_id)),
            (_SESSIONS.model, SESSION.key(user_id, session_id)),
        )
        return (
            _ACCOUNTS.of(account) if account else None,
            _SESSIONS.of(session) if session else None,
        )

    def rotate(self, unit: Unit, session: Session, *, digest: str, by: str, now: int) -> Session:
        """With a new digest. Refused as Overtaken if it has another by now, or has ended."""
        rotated = replace(session, digest=digest, last_used_at=now, renewed_by=by, grace_used=False)

        def refused(failed: ConditionFailed) -> Exception | None:
            is_ours = failed.retried and failed.item and _SESSIONS.of(failed.item) == rotated
            return None if is_ours else Overtaken()

        _change(unit, session, rotated, _SESSIONS["digest"] == session.digest, refused)
        return rotated

    def use_grace(self, unit: Unit, session: Session) -> None:
        """Refused as Overtaken if somebody has, or it has another digest by now, or has ended."""
        is_unused = _SESSIONS["grace_used"].does_not_exist()
        still = (_SESSIONS["digest"] == session.digest) & is_unused
        _change(unit, session, replace(session, grace_used=True), still, overtaken)

    def end(self, unit: Unit, session: Session) -> None:
        """Refused as NotFound if it had ended before."""
        item = _SESSIONS.at(SESSION.key(session.user_id, session.id))
        unit.add(Delete(item, _SESSIONS.exists), lambda _: NotFound("Session not found"))

    def newest(self, *, user_id: str, limit: int) -> list[Session]:
        """Whether they have ended or not."""
        keys = KeyRange(model=_SESSIONS.model, partition=collection(user_id), prefix=SESSION.prefix)
        return _SESSIONS.all(read(keys, after=None, limit=limit).items)


def _change(unit: Unit, old: Session, new: Session, condition: Condition, refusal: Refusal) -> None:
    item = _SESSIONS.at(SESSION.key(old.user_id, old.id))
    unit.add(Update(item, _SESSIONS.difference(old, new), condition), refusal)
