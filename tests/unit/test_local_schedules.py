"""Expressions of the embedded Scheduler are read on the clocks of their zones."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from tools.local.schedules import Schedules

QUEUES = {"ReminderQueue": "arn:aws:sqs:eu-central-1:000000000000:reminders-2"}


def daily(fields: tuple[int, int], after: datetime) -> datetime:
    """What ministack finds: the next time of that hour and minute on the clock it is given."""
    hour, minute = fields
    at = after.replace(hour=hour, minute=minute, second=0)
    return at if at > after else at + timedelta(days=1)


class Ministack:
    """As far as it is changed: `fired` is when a look found each schedule to come next."""

    def __init__(self, *schedules: dict[str, Any]) -> None:
        self.now = datetime(2026, 10, 24, 12, tzinfo=UTC)
        self.fired: list[datetime] = []
        names = {f"errand/{one['Name']}": one for one in schedules}
        self.events = SimpleNamespace(
            _parse_cron_fields=lambda text: tuple(int(one) for one in text.split(":")),
            _cron_next_fire=daily,
        )
        by_owner = AllOwners(names)
        self.scheduler = SimpleNamespace(_schedules=by_owner, _tick_schedules=self._tick)
        Schedules(self.scheduler, self.events).install()

    def _tick(self) -> None:
        for one in self.scheduler._schedules.values():
            fields = self.events._parse_cron_fields(one["ScheduleExpression"])
            self.fired.append(self.events._cron_next_fire(fields, self.now))


class AllOwners(dict[str, Any]):
    @property
    def _data(self) -> dict[str, Any]:
        return self


def schedule(zone: str) -> dict[str, Any]:
    return {
        "Name": "digest",
        "GroupName": "errand",
        "ScheduleExpression": "07:30",
        "ScheduleExpressionTimezone": zone,
        "Target": {"Arn": "arn:aws:sqs:eu-central-1:000000000000:reminders-1"},
    }


@pytest.mark.parametrize(
    ("zone", "first", "second"),
    [
        ("UTC", "2026-10-25T07:30+00:00", "2026-10-26T07:30+00:00"),
        ("Asia/Kathmandu", "2026-10-25T01:45+00:00", "2026-10-26T01:45+00:00"),
        # Summer time has ended there in the night of that day.
        ("Europe/Berlin", "2026-10-25T06:30+00:00", "2026-10-26T06:30+00:00"),
        ("America/New_York", "2026-10-24T11:30+00:00", "2026-10-25T11:30+00:00"),
    ],
)
def test_time_is_that_of_the_zone(zone: str, first: str, second: str) -> None:
    ministack = Ministack(schedule(zone))
    if zone == "America/New_York":
        ministack.now -= timedelta(hours=1)
    for _ in range(2):
        ministack.scheduler._tick_schedules()
        ministack.now += timedelta(days=1)
    assert ministack.fired == [datetime.fromisoformat(first), datetime.fromisoformat(second)]


def test_rules_of_the_bus_are_read_as_they_were() -> None:
    ministack = Ministack()
    fields = ministack.events._parse_cron_fields("07:30")
    found = ministack.events._cron_next_fire(fields, ministack.now)
    assert found == datetime(2026, 10, 25, 7, 30, tzinfo=UTC)


def test_what_is_kept_puts_its_messages_on_the_queue_of_that_name() -> None:
    before = Schedules(Ministack(schedule("UTC")).scheduler, None)
    kept = [*before.kept({"ReminderQueue": schedule("UTC")["Target"]["Arn"], "Other": "arn:other"})]
    ministack = Ministack()
    after = Schedules(ministack.scheduler, None)
    after.restore(kept, QUEUES)
    [(name, restored)] = ministack.scheduler._schedules.items()
    assert name == "errand/digest"
    assert restored["Target"]["Arn"] == QUEUES["ReminderQueue"]


def test_what_leads_nowhere_is_not_kept() -> None:
    before = Schedules(Ministack(schedule("UTC")).scheduler, None)
    assert [*before.kept(QUEUES)] == []
    ministack = Ministack()
    Schedules(ministack.scheduler, None).restore(
        [{"queue": "Gone", "schedule": schedule("UTC")}], QUEUES
    )
    assert ministack.scheduler._schedules == {}
