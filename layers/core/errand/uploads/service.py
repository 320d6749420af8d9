"""What a person can do with large imports: begin one, look at it, read its report, cancel it."""

import json
from functools import partial
from typing import Protocol

from errand import acting, ids
from errand.clock import Clock
from errand.cursors import Position
from errand.errors import AnsweredBefore, ImportAtWork, NotFound
from errand.identity.caller import Caller
from errand.identity.throttling.model import IMPORTS_BEGUN
from errand.identity.throttling.service import Throttle
from errand.pages import Page, Pager, Slice
from errand.schemas import Draft
from errand.storage.receipts import Receipt, check_unanswered, commit_once_with
from errand.storage.unit import Store, Unit, repeated
from errand.uploads.model import Form, ReportPage, Status, Upload
from errand.uploads.ports import UploadRepository


class FormsOfUploads(Protocol):
    def check(self) -> None: ...

    def form(self, upload: Upload) -> Form: ...


class UploadService:
    def __init__(
        self,
        *,
        uploads: UploadRepository,
        forms: FormsOfUploads,
        throttle: Throttle,
        store: Store,
        pager: Pager,
        clock: Clock,
    ) -> None:
        self._uploads = uploads
        self._forms = forms
        self._throttle = throttle
        self._store = store
        self._pager = pager
        self._clock = clock

    def create(
        self, *, caller: Caller, new: Draft, receipt: Receipt | None = None
    ) -> tuple[Upload, Form | None]:
        """With the form that its file is to be sent by, as long as it waits for that.

        Raises UploadsNotConfigured, ImportAtWork, TooManyAttempts. With a receipt that is there it
        is the same import, with another form.
        """
        self._forms.check()
        try:
            check_unanswered(receipt, owner=caller.user_id, now=self._clock())
            upload = self._create(caller, new, receipt)
        except AnsweredBefore as before:
            upload = self.read(caller=caller, import_id=json.loads(before.answer)["id"])
        return upload, self._forms.form(upload) if upload.status == Status.WAITING else None

    def _create(self, caller: Caller, new: Draft, receipt: Receipt | None) -> Upload:
        attempt = IMPORTS_BEGUN.by(caller.user_id)
        self._throttle.count(attempt)
        now = self._clock()
        actor = acting.current()
        upload = Upload.new(
            ids.new_id(),
            new.fields(),
            user_id=caller.user_id,
            by=actor.text_for(caller.user_id) if actor else None,
            timezone=caller.timezone,
            now=now,
        )
        unit = Unit()
        self._uploads.add(unit, upload)
        self._uploads.take_turn(unit, upload, now=now)
        answer = json.dumps({"id": upload.id})
        commit_once_with(unit, receipt, owner=caller.user_id, answer=answer, now=now)
        try:
            self._store.commit(unit)
        except (ImportAtWork, AnsweredBefore):
            self._throttle.settle(refunded=(attempt,))
            raise
        return upload

    def list(self, *, caller: Caller, limit: int, cursor: str | None) -> Page[Upload]:
        """The newest first. Raises InvalidCursor."""

        def read(*, after: Position | None, limit: int) -> Slice[Upload]:
            found = self._uploads.slice(user_id=caller.user_id, after=after, limit=limit)
            now = self._clock()
            shown = [one.as_of(now) for one in found.items if not one.is_forgotten(now)]
            return Slice(shown, found.reached)

        view = f"imports|{caller.user_id}"
        return self._pager.page(read, view=view, limit=limit, cursor=cursor)

    def read(self, *, caller: Caller, import_id: str) -> Upload:
        """Raises NotFound."""
        return self._stored(caller, import_id).as_of(self._clock())

    def report(self, *, caller: Caller, import_id: str, cursor: str | None) -> Page[ReportPage]:
        """One page of lines, none if there are none. Raises NotFound, InvalidCursor."""
        upload = self._stored(caller, import_id)
        read = partial(self._uploads.pages, user_id=caller.user_id, upload_id=upload.id)
        view = f"imports|{caller.user_id}|{upload.id}"
        return self._pager.page(read, view=view, limit=1, cursor=cursor)

    def cancel(self, *, caller: Caller, import_id: str) -> None:
        """What it has made stays; one that has ended stays as it is. Raises NotFound."""

        def change(upload: Upload) -> None:
            if not upload.is_active:
                return
            unit = Unit()
            self._uploads.rewrite(unit, upload, upload.cancelled(now=self._clock()))
            self._uploads.end_turn(unit, upload)
            self._store.commit(unit)

        repeated(lambda: self._stored(caller, import_id), change)

    def _stored(self, caller: Caller, import_id: str) -> Upload:
        upload = None
        if ids.is_id(import_id):
            upload = self._uploads.read(user_id=caller.user_id, upload_id=import_id)
        if upload is None or upload.is_forgotten(self._clock()):
            raise NotFound("Import not found")
        return upload
