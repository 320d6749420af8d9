"""Large imports in EphemeralTable: how far each is, its report, and whose turn it is."""

from collections.abc import Sequence

from errand.cursors import Position
from errand.errors import ImportAtWork
from errand.pages import Slice
from errand.storage.attempts import ConditionFailed
from errand.storage.kinds import IMPORT, IMPORT_LINES, IMPORT_TURN, collection
from errand.storage.mapper import mapper
from errand.storage.operations import Delete, Put, Update, get
from errand.storage.ranges import KeyRange, read
from errand.storage.unit import Unit, already_done, made_before, overtaken
from errand.uploads.model import Line, ReportPage, Turn, Upload

_UPLOADS = mapper(IMPORT, Upload)
_PAGES = mapper(IMPORT_LINES, ReportPage)
_TURNS = mapper(IMPORT_TURN, Turn)


class DynamoUploads:
    """UploadRepository; what writes is added to a unit."""

    def add(self, unit: Unit, upload: Upload) -> None:
        key = IMPORT.key(upload.user_id, upload.id)
        unit.add(Put(_UPLOADS.item(key, upload), _UPLOADS.is_free), made_before)

    def read(self, *, user_id: str, upload_id: str) -> Upload | None:
        item = get(_UPLOADS.model, IMPORT.key(user_id, upload_id))
        return _UPLOADS.of(item) if item else None

    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[Upload]:
        """The newest first."""
        keys = KeyRange(model=_UPLOADS.model, partition=collection(user_id), prefix=IMPORT.prefix)
        found = read(keys, after=after, limit=limit)
        return Slice(_UPLOADS.all(found.items), found.reached)

    def rewrite(self, unit: Unit, old: Upload, new: Upload) -> None:
        """Refused as Overtaken unless it still is `old`."""
        item = _UPLOADS.at(IMPORT.key(old.user_id, old.id))
        actions = _UPLOADS.difference(old, new)
        unit.add(Update(item, actions, _UPLOADS["version"] == old.version), overtaken)

    def take_turn(self, unit: Unit, upload: Upload, *, now: int) -> None:
        """Until the import may get no further. Refused as ImportAtWork."""
        turn = Turn(upload_id=upload.id, expires_at=upload.until // 1000)
        # DynamoDB may leave an expired turn in place for days.
        is_over = _TURNS["expires_at"] <= now // 1000
        is_own = _TURNS["upload_id"] == upload.id

        def refused(failed: ConditionFailed) -> Exception:
            return ImportAtWork(_TURNS.of(failed.item).upload_id if failed.item else "")

        item = _TURNS.item(IMPORT_TURN.key(upload.user_id), turn)
        unit.add(Put(item, _TURNS.is_free | is_over | is_own), refused)

    def end_turn(self, unit: Unit, upload: Upload) -> None:
        """If it is this one's."""
        item = _TURNS.at(IMPORT_TURN.key(upload.user_id))
        unit.add(Delete(item, _TURNS["upload_id"] == upload.id), already_done)

    def keep_lines(self, unit: Unit, upload: Upload, lines: Sequence[Line], *, page: int) -> None:
        """Page after page from 0; again they are the same."""
        content = ReportPage(import_id=upload.id, lines=tuple(lines), expires_at=upload.expires_at)
        item = _PAGES.item(IMPORT_LINES.key(upload.user_id, upload.id, f"{page:04}"), content)
        unit.add(Put(item, _PAGES.is_free | _PAGES.exists), overtaken)

    def pages(
        self, *, user_id: str, upload_id: str, after: Position | None, limit: int
    ) -> Slice[ReportPage]:
        keys = KeyRange(
            model=_PAGES.model,
            partition=collection(user_id),
            prefix=f"{IMPORT_LINES.prefix}{upload_id}#",
            ascending=True,
        )
        found = read(keys, after=after, limit=limit)
        return Slice(_PAGES.all(found.items), found.reached)
