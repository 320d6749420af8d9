"""What the mail about the day says, and when there is none."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from errand import opaque
from errand.digests.mails import DIGEST, SHOWN, DigestMail
from errand.digests.plan import Digest
from errand.identity.accounts.model import Account
from errand.ids import new_id
from errand.mails.kinds import Desk
from errand.mails.rendering import Mail, render
from errand.storage.kinds import TASK, Table
from errand.storage.plain import PlainTables
from errand.tasks.due import Due
from errand.tasks.model import Task
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.mails import ADA, account

# 2026-11-22T08:30:00Z
NOW = 1_795_336_200_000
NAMES = {Table.DATA: "DataTable", Table.EPHEMERAL: "EphemeralTable"}
READER = account(
    digest_time="07:30", timezone="Europe/Berlin", email_verified=True, reminder_mails=False
)


class Day:
    def __init__(self) -> None:
        self.fake = FakeDynamo()
        self.tables = PlainTables(dynamodb=self.fake, names=NAMES)
        self.now = NOW

    def task(self, title: str, due: str | None, **fields: Any) -> None:
        when = Due.of(due) if due else None
        task = Task.new(new_id(), {"title": title, "due": when, **fields}, now=NOW)
        self.tables.put(TASK, TASK.key(ADA, task.id), task)

    def told(
        self, reader: Account = READER, *, asked: Account = READER, public_url: str = ""
    ) -> Any:
        digest = Digest.of(asked)
        assert digest
        desk = Desk(tables=self.tables, now=self.now, app_url="", public_url=public_url)
        return DIGEST.data(desk, DigestMail.of(digest), reader)

    def mail(self) -> Mail:
        return render(DIGEST.template, self.told() | {"public_url": "", "unsubscribe_url": None})


@pytest.fixture
def day() -> Day:
    return Day()


def test_it_tells_what_is_due_today_and_what_is_overdue(day: Day) -> None:
    day.task("Call the bank", "2026-11-22T14:00")
    day.task("Buy milk", "2026-11-22")
    day.task("Water the plants", "2026-11-20")
    day.task("Pack", "2026-11-23")
    day.task("Some day", None)
    mail = day.mail()
    assert mail.subject == "Today: 2 tasks, 1 overdue"
    assert [line for line in mail.text.splitlines() if line] == [
        "Due today, 2026-11-22",
        "- Buy milk (2026-11-22)",
        "- Call the bank (2026-11-22 14:00)",
        "Overdue",
        "- Water the plants (2026-11-20)",
    ]


@pytest.mark.parametrize(
    ("due", "subject"),
    [("2026-11-22", "Today: 1 task"), ("2026-11-21", "Today: 0 tasks, 1 overdue")],
)
def test_it_tells_one_of_both_alone(day: Day, due: str, subject: str) -> None:
    day.task("Buy milk", due)
    assert day.mail().subject == subject


def test_a_day_is_that_of_the_readers_clock(day: Day) -> None:
    day.task("Call Tokyo", "2026-11-23T05:00@Asia/Tokyo")
    day.task("Call Auckland", "2026-11-23T11:30@Pacific/Auckland")
    day.task("Call Auckland again", "2026-11-23T12:30@Pacific/Auckland")
    titles = {title for title, _ in day.told()["today"]}
    assert titles == {"Call Tokyo", "Call Auckland"}


def test_where_nothing_is_due_there_is_none(day: Day) -> None:
    day.task("Buy milk", "2026-11-23")
    day.task("Done", "2026-11-22", completed=True)
    assert day.told() is None


def test_of_many_it_says_that_there_are_more(day: Day) -> None:
    for number in range(SHOWN + 1):
        day.task(f"Task {number}", "2026-11-22")
        day.task(f"Late {number}", "2026-11-01")
    told = day.told()
    assert (len(told["today"]), len(told["overdue"])) == (SHOWN, SHOWN)
    mail = day.mail()
    assert mail.subject == f"Today: {SHOWN}+ tasks, {SHOWN}+ overdue"
    assert mail.text.count("and more") == 2


def test_what_is_long_overdue_hides_nothing_of_today(day: Day) -> None:
    for number in range(400):
        day.task(f"Late {number}", "2026-10-01")
    day.task("Buy milk", "2026-11-22")
    assert day.told()["today"] == [("Buy milk", "2026-11-22")]


@pytest.mark.parametrize(
    "now",
    [
        {"digest_time": None},
        {"digest_time": "08:00"},
        {"timezone": "UTC"},
        {"digest_paused_until": date(2026, 11, 23)},
    ],
    ids=str,
)
def test_what_is_asked_for_by_what_the_account_was_is_none(day: Day, now: dict[str, Any]) -> None:
    day.task("Buy milk", "2026-11-22")
    assert day.told() is not None
    assert day.told(replace(READER, **now)) is None


def test_it_goes_to_a_proved_address_that_wants_it() -> None:
    assert DIGEST.may_go_to(READER)
    for change in ({"email_verified": False}, {"digest_time": None}, {"disabled": True}):
        assert not DIGEST.may_go_to(replace(READER, **change))


def test_there_is_one_a_day_of_its_zone() -> None:
    def known_as(now: int, reader: Account = READER) -> str:
        digest = Digest.of(reader)
        assert digest
        assert DIGEST.known_as
        return DIGEST.known_as(DigestMail.of(digest), now)

    day = 24 * 3600 * 1000
    assert known_as(NOW) == known_as(NOW + 3600 * 1000)
    assert known_as(NOW) == known_as(NOW, replace(READER, digest_time="09:00"))
    assert known_as(NOW) != known_as(NOW + day)


def test_one_that_is_late_is_that_of_the_day_before() -> None:
    reader = replace(READER, digest_time="23:50")
    digest = Digest.of(reader)
    assert digest
    assert DIGEST.known_as
    # At 23:51 and, on the next day, at 0:04 in Berlin.
    on_time, late = NOW + (14 * 60 + 21) * 60_000, NOW + (24 * 60 + 14 * 60 + 34) * 60_000
    known = [DIGEST.known_as(DigestMail.of(digest), now) for now in (on_time, late)]
    assert [one[-10:] for one in known] == ["2026-11-22", "2026-11-23"]
    day = Day()
    day.task("Buy milk", "2026-11-23")
    day.now = late
    assert day.told(reader, asked=reader)["day"] == "2026-11-23"
    # Not the one that comes that evening.
    assert known[1] != DIGEST.known_as(DigestMail.of(digest), late + (23 * 60 + 50) * 60_000)


def test_it_leads_to_the_page_that_pauses_where_the_api_is_known(day: Day) -> None:
    day.task("Buy milk", "2026-11-22")
    assert day.told()["pause_url"] is None
    url = day.told(public_url="https://api.example.com/")["pause_url"]
    [kept] = day.fake.all("EphemeralTable")
    assert kept["sk"] == {"S": f"SNOOZE#{opaque.parse(url.rpartition('/')[2]).digest}"}
    assert "ti" not in kept
