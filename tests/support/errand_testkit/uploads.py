"""A worker of uploaded files, its account and its files, on whatever DynamoDB is connected."""

import json
from collections.abc import Callable
from hashlib import md5
from typing import Any

from errand.clock import Clock
from errand.errors import InvalidInput
from errand.identity.accounts.repository import DynamoAccounts
from errand.ids import new_id
from errand.labels.repository import DynamoLabels
from errand.pages import Slice
from errand.projects.repository import DynamoProjects
from errand.sections.repository import DynamoSections
from errand.storage.unit import DynamoStore
from errand.tasks.lists import TaskRange
from errand.tasks.model import Task
from errand.tasks.repository import DynamoTasks
from errand.transfer.importing import Importer
from errand.uploads.model import RUN_MS, Upload
from errand.uploads.notices import Arrival
from errand.uploads.ports import Files
from errand.uploads.repository import DynamoUploads
from errand.uploads.run import Tools
from errand.uploads.working import Outcome, UploadWorker
from errand_api.services import Bucket
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ADA
from errand_testkit.stored import commit

IMPORT_BUCKET = Bucket("errand-imports", "https://errand-imports.s3.eu-central-1.amazonaws.com")


class Killed(BaseException):
    """As a function that is stopped: nothing catches it."""


class FakeFiles:
    """Files in memory."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}

    def etag(self, key: str) -> str:
        return md5(self.content[key], usedforsecurity=False).hexdigest()

    def read(self, key: str, *, etag: str) -> bytes:
        if key not in self.content:
            raise InvalidInput("The file is gone")
        if self.etag(key) != etag:
            raise InvalidInput("The file was replaced")
        return self.content[key]

    def remove(self, key: str) -> None:
        self.content.pop(key, None)


def upload_tools(*, clock: Clock, pause: Callable[[float], None]) -> Tools:
    """As the function has them."""
    store = DynamoStore()
    importer = Importer(
        tasks=DynamoTasks(),
        projects=DynamoProjects(),
        sections=DynamoSections(),
        labels=DynamoLabels(),
        store=store,
    )
    return Tools(
        uploads=DynamoUploads(),
        importer=importer,
        accounts=DynamoAccounts(),
        store=store,
        clock=clock,
        pause=pause,
    )


class Uploads:
    """Imports of Ada's; `looks`: how many steps a run has time for, from now on."""

    def __init__(self, clock: ManualClock, *, files: Files | None = None) -> None:
        self.clock = clock
        self.files = FakeFiles()
        self.pauses: list[float] = []
        self.repository = DynamoUploads()
        tools = upload_tools(clock=clock, pause=self._pause)
        self.worker = UploadWorker(tools, files=files or self.files)

    def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock.advance(seconds)

    def begin(self, data: bytes, known: str = "plain_csv", *, dry_run: bool = False) -> Arrival:
        """One that has its file."""
        upload = Upload.new(
            new_id(),
            {"format": known, "dry_run": dry_run},
            user_id=ADA.id,
            by="s06h08q0rf9qcv4e83s3ndg2tl4",
            timezone="Europe/Berlin",
            now=self.clock(),
        )
        commit(
            lambda unit: self.repository.add(unit, upload),
            lambda unit: self.repository.take_turn(unit, upload, now=self.clock()),
        )
        return self.arrival(upload.id, data)

    def arrival(self, upload_id: str, data: bytes) -> Arrival:
        key = f"{ADA.id}/{upload_id}"
        self.files.content[key] = data
        return Arrival(user_id=ADA.id, upload_id=upload_id, etag=self.files.etag(key))

    def work(self, arrival: Arrival, *, steps: int = 10_000) -> Outcome:
        """In a run that has time for so many steps."""
        looks = iter(range(steps))
        return self.worker.work(arrival, has_time=lambda: next(looks, None) is not None)

    def work_on(self, arrival: Arrival) -> None:
        """As the queue does after a run was killed."""
        self.clock.advance(RUN_MS // 1000)
        self.work(arrival)

    def upload(self, arrival: Arrival) -> Upload:
        found = self.repository.read(user_id=ADA.id, upload_id=arrival.upload_id)
        assert found is not None
        return found.as_of(self.clock())

    def lines(self, arrival: Arrival) -> list[tuple[int, str, str]]:
        pages: Slice[Any] = self.repository.pages(
            user_id=ADA.id, upload_id=arrival.upload_id, after=None, limit=200
        )
        return [line for page in pages.items for line in page.lines]


def tasks_of(user_id: str = ADA.id) -> list[Task]:
    """The oldest first."""
    found = DynamoTasks().slice(
        user_id=user_id, of=TaskRange(ascending=True), after=None, limit=100_000
    )
    return [*found.items]


def titles() -> list[str]:
    return [task.title for task in tasks_of()]


def killing(writes: int) -> list[Callable[[], object]]:
    """For FakeDynamo: the run is killed at the last of so many writes."""

    def kill() -> None:
        raise Killed

    return [*[lambda: None] * (writes - 1), kill]


def notice(arrival: Arrival, *, event: str = "ObjectCreated:Post") -> str:
    """As S3 tells a queue of it."""
    found = {"key": arrival.key, "size": 1, "eTag": arrival.etag, "sequencer": "0"}
    record = {"eventSource": "aws:s3", "eventName": event}
    bucket = {"name": "ImportBucket", "arn": "arn:aws:s3:::ImportBucket"}
    return json.dumps({"Records": [{**record, "s3": {"bucket": bucket, "object": found}}]})
