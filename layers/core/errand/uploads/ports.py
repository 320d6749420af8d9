"""What large imports ask of what keeps them, of S3 and of accounts."""

from collections.abc import Sequence
from typing import Protocol

from errand.cursors import Position
from errand.identity.accounts.model import Account
from errand.pages import Slice
from errand.storage.unit import Unit
from errand.uploads.model import Line, ReportPage, Upload


class UploadRepository(Protocol):
    def add(self, unit: Unit, upload: Upload) -> None: ...

    def read(self, *, user_id: str, upload_id: str) -> Upload | None: ...

    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[Upload]:
        """The newest first."""
        ...

    def rewrite(self, unit: Unit, old: Upload, new: Upload) -> None:
        """Refused as Overtaken unless it still is `old`."""
        ...

    def take_turn(self, unit: Unit, upload: Upload, *, now: int) -> None:
        """Refused as ImportAtWork."""
        ...

    def end_turn(self, unit: Unit, upload: Upload) -> None:
        """If it is this one's."""
        ...

    def keep_lines(self, unit: Unit, upload: Upload, lines: Sequence[Line], *, page: int) -> None:
        """Page after page from 0; again they are the same."""
        ...

    def pages(
        self, *, user_id: str, upload_id: str, after: Position | None, limit: int
    ) -> Slice[ReportPage]: ...


class Files(Protocol):
    """What was uploaded, by its name."""

    def read(self, key: str, *, etag: str) -> bytes:
        """Raises InvalidInput if it is gone, another, or too large."""
        ...

    def remove(self, key: str) -> None: ...


class AccountsOfUploads(Protocol):
    def read(self, user_id: str) -> Account | None: ...
