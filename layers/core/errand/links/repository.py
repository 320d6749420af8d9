"""Previews in EphemeralTable, each list of links for its user."""

from errand.links.model import KEPT_SECONDS, KeptPreviews
from errand.storage.kinds import PREVIEWS
from errand.storage.mapper import mapper
from errand.storage.operations import Put, get
from errand.storage.unit import Unit, already_done

_PREVIEWS = mapper(PREVIEWS, KeptPreviews)


class DynamoPreviews:
    def read(self, digest: str, *, now: int) -> str | None:
        """`now`: epoch milliseconds."""
        item = get(_PREVIEWS.model, PREVIEWS.key(digest), consistent=False)
        if item is None:
            return None
        found = _PREVIEWS.of(item)
        # DynamoDB may leave an expired item in place for days.
        return found.answers if found.expires_at > now // 1000 else None

    def keep(self, unit: Unit, digest: str, answers: str, *, now: int) -> None:
        record = KeptPreviews(answers=answers, expires_at=now // 1000 + KEPT_SECONDS)
        is_news = _PREVIEWS.is_free | (_PREVIEWS["expires_at"] < record.expires_at)
        unit.add(Put(_PREVIEWS.item(PREVIEWS.key(digest), record), is_news), already_done)
