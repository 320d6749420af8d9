"""One run at an import: its file is read, made tasks of, and those are kept a step at a time.

A step commits with how far the import is. So what is repeated, killed or done twice at once goes on
where the table says, and makes nothing twice; one that was cancelled makes nothing more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import batched

from errand.clock import Clock
from errand.errors import InvalidInput, Overtaken, StorageUnavailable
from errand.labels.model import LabelSet
from errand.storage.unit import Store, Unit, repeated
from errand.transfer.importing import STEP, Begun, File, Importer, Owner
from errand.transfer.making import Made
from errand.transfer.reading import Format
from errand.transfer.report import Report
from errand.uploads.model import LINES_MAX, LINES_OF_A_PAGE, TASKS_MAX, Status, Upload
from errand.uploads.ports import AccountsOfUploads, UploadRepository

# Seconds between steps. A task takes 6 units and more, and the partition that an account shares
# with others has 1,000 a second: an import takes less than half of them.
PAUSE = 0.8
# How long reading may take: there must be time left for what has been read.
READ_MS = 150_000
# Before a step is tried again that DynamoDB was too busy for.
PATIENCE = (1.0, 2.0, 4.0, 8.0)
# An account is looked at as often as the API does, and purged a minute after it was deleted.
LOOK_MS = 20_000


type HasTime = Callable[[], bool]


class Ended(Exception):
    """The import is not at work any more."""


class TimeIsUp(Exception):
    """Another run has to go on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tools:
    """What a run works with; `pause` takes seconds."""

    uploads: UploadRepository
    importer: Importer
    accounts: AccountsOfUploads
    store: Store
    clock: Clock
    pause: Callable[[float], None]


class Run:
    """`upload`: as it was when the run began, and then as the run has left it."""

    def __init__(self, upload: Upload, tools: Tools, *, has_time: HasTime) -> None:
        self.upload = upload
        self._has_time = has_time
        self._uploads = tools.uploads
        self._importer = tools.importer
        self._accounts = tools.accounts
        self._store = tools.store
        self._clock = tools.clock
        self._pause = tools.pause
        self._owner = Owner(user_id=upload.user_id, timezone=upload.timezone)
        self._looked_at = 0

    def work(self, read: Callable[[], bytes]) -> None:
        """`read`: the file. Raises Ended, TimeIsUp, StorageUnavailable, botocore's own errors."""
        try:
            self._look()
            made, report = self._made(read())
            self._plan(made, report)
            if not self.upload.dry_run:
                self._keep(made)
        except InvalidInput as wrong:
            self.end(self.upload.failed(wrong.detail, now=self._clock()))
        else:
            self.end(self.upload.finished(now=self._clock()))

    def end(self, ended: Upload) -> None:
        """Raises Ended if somebody else has ended it, or got it further."""
        unit = Unit()
        self._uploads.rewrite(unit, self.upload, ended)
        self._uploads.end_turn(unit, self.upload)
        try:
            self._store.commit(unit)
        except Overtaken:
            raise Ended from None

    def rest(self) -> None:
        """Another run may begin at once."""
        unit = Unit()
        self._uploads.rewrite(unit, self.upload, self.upload.rested(now=self._clock()))
        self._commit(unit, self.upload)

    def _made(self, data: bytes) -> tuple[Made, Report]:
        """With labels, projects and sections, which are there from now on."""
        upload = self.upload
        file = File(data=data, known=Format(upload.format), tasks_max=TASKS_MAX)
        late = self._clock() + READ_MS
        begun = Begun(upload.begun_at or 0, f"{upload.user_id}|{upload.id}")

        def make(labels: LabelSet) -> tuple[Made, Report]:
            report = Report(lines_max=LINES_MAX)
            made = self._importer.made(
                file,
                begun,
                report,
                owner=self._owner,
                labels=labels,
                has_time=lambda: self._clock() < late,
            )
            if not upload.dry_run:
                self._importer.keep_places(made, labels, owner=self._owner)
            return made, report

        return repeated(lambda: self._importer.labels(self._owner), make)

    def _plan(self, made: Made, report: Report) -> None:
        """Once, with the report. Raises InvalidInput, Ended."""
        total = self.upload.tasks_total
        if total is None:
            lines = [(line.at, line.outcome.value, line.words) for line in report.lines]
            for page, some in enumerate(batched(lines, LINES_OF_A_PAGE, strict=False)):
                unit = Unit()
                self._uploads.keep_lines(unit, self.upload, some, page=page)
                self._store.commit(unit)
            planned = self.upload.planned(
                total=len(made.tasks),
                projects=len(made.projects),
                lines=len(lines),
                lines_left_off=report.more,
                now=self._clock(),
            )
            unit = Unit()
            self._uploads.rewrite(unit, self.upload, planned)
            self._commit(unit, planned)
        elif total != len(made.tasks):
            raise InvalidInput("Such files are read in another way now: import what is missing")

    def _keep(self, made: Made) -> None:
        """Raises Ended, TimeIsUp, StorageUnavailable, InvalidInput."""
        while self.upload.tasks < len(made.tasks):
            if not self._has_time():
                raise TimeIsUp
            self._look()
            for pause in PATIENCE:
                try:
                    self._step(made)
                    break
                except StorageUnavailable:
                    self._pause(pause)
            else:
                self._step(made)
            self._pause(PAUSE)

    def _step(self, made: Made) -> None:
        done = self.upload.tasks
        tasks = made.tasks[done : done + STEP]
        advanced = self.upload.advanced(len(tasks), now=self._clock())
        unit = Unit()
        self._uploads.rewrite(unit, self.upload, advanced)
        self._importer.add(unit, tasks, owner=self._owner)
        self._commit(unit, advanced)

    def _commit(self, unit: Unit, new: Upload) -> None:
        """And know how far the import is then. Raises Ended."""
        try:
            self._store.commit(unit)
        except Overtaken:
            # By this very write, whose answer was lost, or by somebody else.
            found = self._uploads.read(user_id=new.user_id, upload_id=new.id)
            if found is None or found.status != Status.WORKING:
                raise Ended from None
            new = found
        self.upload = new

    def _look(self) -> None:
        """Whether the account may still write, now and again. Raises InvalidInput."""
        now = self._clock()
        if now >= self._looked_at + LOOK_MS:
            account = self._accounts.read(self._owner.user_id)
            if account is None or account.disabled:
                raise InvalidInput("The account is disabled")
            if account.nearly_full is not None and not self.upload.dry_run:
                raise InvalidInput("The account has nearly as many open tasks as it may have")
            self._looked_at = now
