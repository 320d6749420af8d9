"""An uploaded file is worked off: once, whatever happens on the way."""

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from botocore.exceptions import ClientError

from errand.errors import Contended, MalformedRecord
from errand.labels.repository import DynamoLabels
from errand.projects.repository import DynamoProjects
from errand.transfer.importing import STEP
from errand.uploads.model import RUN_MS, TRIES_MAX, Upload
from errand.uploads.notices import Arrival, arrivals
from errand.uploads.run import LOOK_MS, PAUSE, READ_MS
from errand.uploads.working import Outcome
from errand_testkit.depth import some
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ADA
from errand_testkit.stored import change_account, commit, remove_account, store_account
from errand_testkit.uploads import Killed, Uploads, killing, notice, tasks_of, titles

HEADER = b"title,project,section,labels,due\n"
ROWS = [b"Task %d,Home,Later,rent,%s\n" % (n, b"soon" if n % 10 == 0 else b"") for n in range(120)]
FILE = HEADER + b"".join(ROWS)
TITLES = [f"Task {number}" for number in range(120)]


@pytest.fixture
def uploads(fake: FakeDynamo, clock: ManualClock) -> Uploads:  # noqa: ARG001 - it is on it
    store_account(ADA)
    return Uploads(clock)


def state(uploads: Uploads, arrival: Arrival) -> tuple[object, ...]:
    """All that may be compared of two imports of the same file."""
    upload = uploads.upload(arrival)
    told = [(one.title, one.labels and "labels", one.due) for one in tasks_of()]
    projects = DynamoProjects().slice(user_id=ADA.id, after=None, limit=10).items
    labels = DynamoLabels().read(user_id=ADA.id).labels
    return (
        (upload.status, upload.tasks, upload.tasks_total, upload.projects, upload.lines),
        told,
        [one.name for one in projects],
        [one.name for one in labels],
        uploads.lines(arrival),
    )


@cache
def expected() -> tuple[object, ...]:
    """What one run without a mishap leaves."""
    fake = FakeDynamo()
    fake.connected()
    store_account(ADA)
    uploads = Uploads(ManualClock())
    arrival = uploads.begin(FILE)
    assert uploads.work(arrival) is Outcome.DONE
    return state(uploads, arrival)


def test_file_becomes_tasks_projects_sections_and_labels(uploads: Uploads) -> None:
    arrival = uploads.begin(FILE)
    assert uploads.work(arrival) is Outcome.DONE
    assert titles() == TITLES
    upload = uploads.upload(arrival)
    assert (upload.status, upload.tasks, upload.tasks_total, upload.projects) == (
        "finished",
        120,
        120,
        1,
    )
    assert uploads.lines(arrival)[0] == (2, "left_out", "due: soon")
    assert (upload.lines, upload.lines_left_off) == (12, 0)
    # It is not kept for longer than it is needed.
    assert uploads.files.content == {}


def test_tasks_say_who_asked_for_them(uploads: Uploads, fake: FakeDynamo) -> None:
    uploads.work(uploads.begin(FILE))
    made = [item for item in fake.all() if item["sk"]["S"].startswith("TASK#")]
    assert {item["wb"]["S"] for item in made} == {"s06h08q0rf9qcv4e83s3ndg2tl4"}


def test_dry_run_makes_nothing_and_tells_the_same(uploads: Uploads, fake: FakeDynamo) -> None:
    dry = uploads.begin(FILE, dry_run=True)
    before = {item["sk"]["S"] for item in fake.all()}
    uploads.work(dry)
    assert {item["sk"]["S"] for item in fake.all()} == before
    wet = uploads.begin(FILE)
    uploads.work(wet)
    assert uploads.lines(dry) == uploads.lines(wet)
    told = [uploads.upload(one) for one in (dry, wet)]
    assert [(one.status, one.tasks, one.projects) for one in told] == [("finished", 120, 1)] * 2


def test_steps_leave_room_for_others(uploads: Uploads) -> None:
    uploads.work(uploads.begin(FILE))
    assert uploads.pauses == [PAUSE] * 3


def busy(fake: FakeDynamo, *, times: int) -> None:
    """From the second step on, for so many attempts."""
    written = iter(range(100))

    def throttle(operation: str, _: object) -> None:
        if operation.startswith(("Transact", "Put", "Update")) and 7 <= next(written) < 7 + times:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, operation)

    fake._watch = throttle


# -------------------------------------------------------------------------- again, later, elsewhere


# begin, labels, project, section, report, plan, three steps, end
@pytest.mark.deeper
@pytest.mark.parametrize("write", some(range(1, 11)))
def test_run_that_is_killed_at_any_write_is_gone_on_with(
    uploads: Uploads, fake: FakeDynamo, write: int
) -> None:
    arrival = uploads.begin(FILE)
    fake.interferences = killing(write)
    with pytest.raises(Killed):
        uploads.work(arrival)
    fake.interferences.clear()
    uploads.work_on(arrival)
    assert state(uploads, arrival) == expected()


@pytest.mark.deep
def test_every_run_but_the_last_is_killed(uploads: Uploads, fake: FakeDynamo) -> None:
    arrival = uploads.begin(FILE)
    for write in (9, 4, 3):
        fake.interferences = killing(write)
        with pytest.raises(Killed):
            uploads.work(arrival)
        fake.interferences.clear()
        uploads.clock.advance(RUN_MS // 1000)
    uploads.work(arrival)
    assert state(uploads, arrival) == expected()


def test_notice_that_comes_twice_makes_nothing_twice(uploads: Uploads) -> None:
    arrival = uploads.begin(FILE)
    for _ in range(2):
        assert uploads.work(arrival) is Outcome.DONE
    assert state(uploads, arrival) == expected()


def test_second_run_waits_for_the_first(uploads: Uploads, fake: FakeDynamo) -> None:
    arrival = uploads.begin(FILE)

    def twice() -> None:
        with pytest.raises(Contended):
            uploads.work(arrival)

    fake.interferences = [*[lambda: None] * 7, twice]
    uploads.work(arrival)
    assert state(uploads, arrival) == expected()


@pytest.mark.deeper
@pytest.mark.parametrize("write", some(range(2, 11)))
def test_two_runs_at_once_make_what_one_makes(
    uploads: Uploads, fake: FakeDynamo, write: int
) -> None:
    """One was thought to be dead, and only slept."""
    arrival = uploads.begin(FILE)
    fake.interferences = [*[lambda: None] * (write - 1), lambda: uploads.work_on(arrival)]
    uploads.work(arrival)
    assert state(uploads, arrival) == expected()


@pytest.mark.deep
def test_run_hands_over_before_its_time_is_up(uploads: Uploads) -> None:
    arrival = uploads.begin(FILE)
    outcomes = [uploads.work(arrival, steps=1) for _ in range(4)]
    assert outcomes == [Outcome.MORE, Outcome.MORE, Outcome.DONE, Outcome.DONE]
    assert state(uploads, arrival) == expected()


def test_file_of_which_nothing_comes_is_given_up(uploads: Uploads) -> None:
    arrival = uploads.begin(FILE)
    for _ in range(TRIES_MAX):
        assert uploads.work(arrival, steps=0) is Outcome.MORE
    assert uploads.work(arrival) is Outcome.DONE
    upload = uploads.upload(arrival)
    assert (upload.status, upload.tasks) == ("failed", 0)
    assert "divide the file" in (upload.failure or "")


def test_file_that_takes_too_long_to_read_fails_at_once(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrival = uploads.begin(FILE)
    read = uploads.files.read

    def read_slowly(key: str, *, etag: str) -> bytes:
        # A clock that goes on whenever somebody looks at it, from now on.
        now = type(uploads.clock).__call__
        monkeypatch.setattr(
            type(uploads.clock),
            "__call__",
            lambda clock: (clock.advance(READ_MS / 50_000), now(clock))[1],
        )
        return read(key, etag=etag)

    monkeypatch.setattr(uploads.files, "read", read_slowly)
    assert uploads.work(arrival) is Outcome.DONE
    upload = uploads.upload(arrival)
    told = "The file takes too long to read: divide it"
    assert (upload.status, upload.failure) == ("failed", told)
    assert titles() == []


def test_busy_table_is_waited_for(uploads: Uploads, fake: FakeDynamo) -> None:
    arrival = uploads.begin(FILE)

    busy(fake, times=4)
    assert uploads.work(arrival) is Outcome.DONE
    assert uploads.pauses[:3] == [PAUSE, 1.0, PAUSE]
    assert state(uploads, arrival) == expected()


@pytest.mark.deep
def test_table_that_stays_busy_leaves_it_to_a_later_run(uploads: Uploads, fake: FakeDynamo) -> None:
    arrival = uploads.begin(FILE)

    busy(fake, times=15)
    assert uploads.work(arrival) is Outcome.LATER
    assert uploads.upload(arrival).tasks == STEP
    assert uploads.work(arrival) is Outcome.DONE
    assert state(uploads, arrival) == expected()


# ----------------------------------------------------------------------------------- not to be done


def cancel(uploads: Uploads, arrival: Arrival) -> None:
    upload = uploads.upload(arrival)
    commit(
        lambda unit: uploads.repository.rewrite(unit, upload, upload.cancelled(now=uploads.clock()))
    )


def test_import_that_was_cancelled_makes_nothing_more(uploads: Uploads, fake: FakeDynamo) -> None:
    arrival = uploads.begin(FILE)
    fake.interferences = [*[lambda: None] * 7, lambda: cancel(uploads, arrival)]
    assert uploads.work(arrival) is Outcome.DONE
    assert (len(titles()), uploads.upload(arrival).status) == (STEP, "cancelled")
    assert uploads.files.content == {}


def test_import_that_nobody_knows_is_none(uploads: Uploads) -> None:
    arrival = uploads.begin(FILE)
    other = replace(arrival, upload_id="06h08q0rf9qcv4e83s3ndg2tl8")
    assert uploads.work(other) is Outcome.DONE
    assert titles() == []


def test_account_that_was_deleted_gets_nothing(uploads: Uploads) -> None:
    arrival = uploads.begin(FILE)
    remove_account(ADA)
    uploads.work(arrival)
    assert (titles(), uploads.upload(arrival).status) == ([], "failed")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"disabled": True}, "The account is disabled"),
        ({"nearly_full": 1}, "The account has nearly as many open tasks as it may have"),
    ],
)
def test_account_is_looked_at_now_and_again(
    uploads: Uploads, fake: FakeDynamo, changes: dict[str, Any], why: str
) -> None:
    arrival = uploads.begin(FILE)

    def change() -> None:
        change_account(ADA, now=uploads.clock(), **changes)
        uploads.clock.advance(LOOK_MS // 1000)

    fake.interferences = [*[lambda: None] * 6, change]
    uploads.work(arrival)
    upload = uploads.upload(arrival)
    assert (upload.status, upload.failure) == ("failed", why)
    assert len(titles()) == STEP


def test_file_that_is_replaced_meanwhile_is_not_mixed_with_the_first(uploads: Uploads) -> None:
    arrival = uploads.begin(FILE)
    uploads.work(arrival, steps=1)
    other = uploads.arrival(arrival.upload_id, HEADER + b"Another,,,,\n" * 200)
    assert uploads.work(other) is Outcome.DONE
    assert uploads.work(arrival) is Outcome.DONE
    upload = uploads.upload(arrival)
    assert (upload.status, upload.failure) == ("failed", "The file was replaced")
    assert titles() == TITLES[:STEP]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        b"name,mood\n",
        pytest.param(b"title\n" + b"Pay rent\n" * 25_001, marks=pytest.mark.deep),
    ],
)
def test_file_that_is_not_taken_fails_with_a_reason(uploads: Uploads, data: bytes) -> None:
    arrival = uploads.begin(data)
    uploads.work(arrival)
    upload = uploads.upload(arrival)
    told = upload.failure or uploads.lines(arrival)[0][2]
    assert told
    assert titles() == []
    # The next one can begin.
    again = uploads.begin(FILE)
    uploads.work(again)
    assert titles() == TITLES


def test_file_that_is_late_waits_for_nobody(uploads: Uploads) -> None:
    late = uploads.begin(FILE)
    uploads.clock.advance(60 * 60)
    assert uploads.upload(late).status == "failed"
    # Another has the turn by now.
    other = uploads.begin(HEADER + b"Pay rent,,,,\n")
    uploads.work(late)
    assert "is at work" in (uploads.upload(late).failure or "")
    uploads.work(other)
    assert titles() == ["Pay rent"]


def test_cycles_are_refused_and_told_by_line(uploads: Uploads) -> None:
    data = b"title,id,parent\nHen,1,2\nEgg,2,1\nPan,3,\n"
    arrival = uploads.begin(data)
    uploads.work(arrival)
    assert titles() == ["Pan"]
    assert uploads.lines(arrival) == [
        (2, "refused", "The task is a part of itself"),
        (3, "refused", "The task is a part of itself"),
    ]


@pytest.mark.deep
def test_project_that_there_is_no_room_for_is_told(uploads: Uploads) -> None:
    rows = b"".join(b"Task %d,Project %d\n" % (number, number) for number in range(502))
    arrival = uploads.begin(b"title,project\n" + rows)
    uploads.work(arrival)
    assert uploads.upload(arrival).projects == 500
    assert {words for _, _, words in uploads.lines(arrival) if "at most" in words} == {
        "Project Project 500: An account has at most 500 projects",
        "Project Project 501: An account has at most 500 projects",
    }


# ---------------------------------------------------------------------------------- what S3 tells


def test_notice_names_the_import(uploads: Uploads) -> None:
    arrival = uploads.begin(FILE)
    assert arrivals(notice(arrival)) == [arrival]


def test_test_of_s3_is_no_arrival() -> None:
    assert arrivals('{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}') == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"Records": [{}]}',
        '{"Records": [{"s3": {"object": {"key": "elsewhere.csv", "eTag": "1"}}}]}',
        '{"Records": [{"s3": {"object": {"key": 1, "eTag": "1"}}}]}',
        "[" * 100_000,
    ],
)
def test_what_is_no_notice_is_refused(body: str) -> None:
    with pytest.raises(MalformedRecord):
        arrivals(body)


def test_import_goes_after_a_month(uploads: Uploads) -> None:
    upload: Upload = uploads.upload(uploads.begin(FILE))
    assert upload.expires_at - upload.created_at // 1000 == 30 * 24 * 3600


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of attempts of one call."""
    monkeypatch.setattr("time.sleep", lambda _: None)
