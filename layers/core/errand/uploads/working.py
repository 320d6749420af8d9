"""Uploaded files are worked off, in as many runs as it takes."""

from enum import Enum, auto
from functools import partial

from errand import acting
from errand.acting import Actor
from errand.errors import Contended, ImportAtWork, StorageUnavailable
from errand.storage.unit import Unit, repeated
from errand.uploads.model import TRIES_MAX, Upload
from errand.uploads.notices import Arrival
from errand.uploads.ports import Files
from errand.uploads.run import Ended, HasTime, Run, TimeIsUp, Tools


class Outcome(Enum):
    """Of a run."""

    DONE = auto()
    # A fresh run has to go on: at once, or when DynamoDB is less busy.
    MORE = auto()
    LATER = auto()


class _AnotherFile(Exception):
    """For an import that has one: the next run at that finds out, and says so."""


class UploadWorker:
    def __init__(self, tools: Tools, *, files: Files) -> None:
        self._tools = tools
        self._files = files

    def work(self, arrival: Arrival, *, has_time: HasTime) -> Outcome:
        """Raises Contended if another run is at it, StorageUnavailable, botocore's own errors."""
        try:
            outcome = self._run(self._begun(arrival), arrival, has_time)
        except _AnotherFile:
            return Outcome.DONE
        except Ended:
            outcome = Outcome.DONE
        if outcome is Outcome.DONE:
            self._files.remove(arrival.key)
        return outcome

    def _run(self, upload: Upload, arrival: Arrival, has_time: HasTime) -> Outcome:
        """Raises Ended."""
        run = Run(upload, self._tools, has_time=has_time)
        # What it makes says who asked for it.
        acting.begin(_actor(upload))
        try:
            run.work(partial(self._files.read, arrival.key, etag=arrival.etag))
        except TimeIsUp:
            run.rest()
            return Outcome.MORE
        except StorageUnavailable:
            run.rest()
            return Outcome.LATER
        finally:
            acting.begin(None)
        return Outcome.DONE

    def _begun(self, arrival: Arrival) -> Upload:
        """Raises Ended, Contended."""
        return repeated(lambda: self._read(arrival), lambda found: self._begin(found, arrival))

    def _read(self, arrival: Arrival) -> Upload:
        found = self._tools.uploads.read(user_id=arrival.user_id, upload_id=arrival.upload_id)
        if found is None or not found.is_active:
            raise Ended
        return found

    def _begin(self, upload: Upload, arrival: Arrival) -> Upload:
        now = self._tools.clock()
        if now < upload.run_until:
            raise Contended
        if upload.etag not in {None, arrival.etag}:
            raise _AnotherFile
        if upload.tries >= TRIES_MAX:
            why = f"It was tried {TRIES_MAX} times and nothing came of it: divide the file"
            self._fail(upload, why)
        begun = upload.begun(arrival.etag, now=now)
        unit = Unit()
        self._tools.uploads.rewrite(unit, upload, begun)
        self._tools.uploads.take_turn(unit, begun, now=now)
        try:
            self._tools.store.commit(unit)
        except ImportAtWork as other:
            self._fail(upload, other.detail)
        return begun

    def _fail(self, upload: Upload, why: str) -> None:
        """Raises Ended."""
        run = Run(upload, self._tools, has_time=lambda: False)
        run.end(upload.failed(why, now=self._tools.clock()))
        raise Ended


def _actor(upload: Upload) -> Actor | None:
    return Actor.of(upload.by, owner=upload.user_id) if upload.by else None
