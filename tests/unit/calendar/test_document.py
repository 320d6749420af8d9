"""Calendars of tasks, as icalendar and dateutil understand them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Timezone

from errand import zones
from errand.calendar.document import calendar
from errand.calendar.timezones import timezone
from errand.ids import new_id
from errand.tasks.due import Due
from errand.tasks.model import Task
from errand.tasks.recurrence import COMPLETION, Recurrence
from errand.tasks.reminders import Reminder
from errand_testkit.depth import some

# What icalendar says of its types is true of what it parses in part only.
type Component = Any

NOW = 1_795_336_200_123  # 2026-11-22T08:30:00.123Z
BERLIN = "Europe/Berlin"
DAY = Due(date(2026, 12, 24))
FLOATING = Due(datetime(2026, 12, 24, 9))  # noqa: DTZ001 - local
ZONED = Due(datetime(2026, 12, 24, 9), BERLIN)  # noqa: DTZ001 - local
IN_UTC = Due(datetime(2026, 12, 24, 9), "UTC")  # noqa: DTZ001 - local


def task(**fields: Any) -> Task:
    return Task.new(new_id(), {"title": "Buy milk", **fields}, now=NOW)


def read(*tasks: Task, here: str = "UTC", size: int = 2_000_000) -> Component:
    found: Component = Calendar.from_ical(calendar(tasks, name="My tasks", here=here, size=size))
    assert [part.errors for part in found.walk() if part.errors] == []
    return found


def todos(*tasks: Task, **options: Any) -> list[Component]:
    return [*read(*tasks, **options).walk("VTODO")]


def events(*tasks: Task) -> list[Component]:
    return [*read(*tasks).walk("VEVENT")]


def texts(component: Component, name: str) -> list[str]:
    """Lines of a property, as they are written."""
    lines = component.to_ical().decode().replace("\r\n ", "").splitlines()
    return [line for line in lines if line.partition(":")[0].partition(";")[0] == name]


# ---------------------------------------------------------------------------------------- one task


def test_calendar_says_whose_clock_it_goes_by() -> None:
    found = read(here=BERLIN)
    assert found["VERSION"] == "2.0"
    assert found["PRODID"] == "-//Errand//Errand//EN"
    assert (found["X-WR-CALNAME"], found["X-WR-TIMEZONE"]) == ("My tasks", BERLIN)
    assert found["REFRESH-INTERVAL"].dt == timedelta(hours=1)


def test_same_tasks_are_the_same_text() -> None:
    tasks = [task(due=ZONED, recurrence=Recurrence("FREQ=DAILY")), task(due=DAY), task()]
    once, again = (calendar(tasks, name="Tasks", here=BERLIN) for _ in range(2))
    assert once == again


def test_every_task_is_a_todo_with_what_it_says() -> None:
    made = task(
        description="Two litres,\nor three",
        links=("https://example.com/a?b=1,2", "https://example.org/"),
        priority=1,
    )
    [todo] = todos(made)
    assert (todo["UID"], todo["SUMMARY"]) == (made.id, "Buy milk")
    assert todo["DESCRIPTION"] == "Two litres,\nor three"
    assert (todo["URL"], todo["ATTACH"]) == made.links
    assert (todo["PRIORITY"], todo["STATUS"], todo["SEQUENCE"]) == (1, "NEEDS-ACTION", 0)
    for name in ("DTSTAMP", "CREATED", "LAST-MODIFIED"):
        assert todo[name].dt == datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
    assert "DUE" not in todo
    assert "DTSTART" not in todo


def test_change_is_a_new_stamp_and_sequence_of_the_same_uid() -> None:
    made = task()
    [todo] = todos(made.changed({"title": "Buy oat milk"}, now=NOW + 5000))
    assert (todo["UID"], todo["SEQUENCE"]) == (made.id, 1)
    assert todo["DTSTAMP"].dt == datetime(2026, 11, 22, 8, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(("ours", "theirs"), [(1, 1), (2, 5), (3, 9), (4, None)])
def test_priority_is_on_the_scale_of_icalendar(ours: int, theirs: int | None) -> None:
    [todo] = todos(task(priority=ours))
    assert todo.get("PRIORITY") == theirs


def test_labels_are_categories_and_parts_are_related_to_what_they_are_parts_of() -> None:
    part = replace(task(), labels=("bank, mostly", "rent"), parent_id="06h08q0rf9qcv4e83s3ndg2tl8")
    [todo] = todos(part)
    told = [str(one) for category in todo["CATEGORIES"] for one in category.cats]
    assert told == ["bank, mostly", "rent"]
    assert todo["RELATED-TO"] == part.parent_id


def test_completed_task_is_a_completed_todo_and_no_event() -> None:
    found = read(task(due=FLOATING).completed(now=NOW + 1000))
    [todo] = found.walk("VTODO")
    assert (todo["STATUS"], todo["PERCENT-COMPLETE"]) == ("COMPLETED", 100)
    assert todo["COMPLETED"].dt == datetime(2026, 11, 22, 8, 30, 1, tzinfo=UTC)
    assert found.walk("VEVENT") == []


@pytest.mark.parametrize(
    ("due", "line"),
    [
        (DAY, "DUE;VALUE=DATE:20261224"),
        (FLOATING, "DUE:20261224T090000"),
        (ZONED, "DUE;TZID=Europe/Berlin:20261224T090000"),
        (IN_UTC, "DUE:20261224T090000Z"),
    ],
    ids=["day", "floating", "zoned", "UTC"],
)
def test_due_is_a_day_or_a_time_on_its_clock(due: Due, line: str) -> None:
    [todo] = todos(task(due=due))
    assert texts(todo, "DUE") == [line]
    found = [texts(event, "DTSTART") for event in events(task(due=due))]
    assert found == ([[line.replace("DUE", "DTSTART")]] if due.is_timed else [])


def test_deadline_stands_in_for_a_due_date() -> None:
    assert texts(todos(task(deadline=date(2026, 12, 1)))[0], "DUE") == ["DUE;VALUE=DATE:20261201"]
    [todo] = todos(task(deadline=date(2026, 12, 1), due=DAY))
    assert todo["DUE"].dt == DAY.at


@pytest.mark.parametrize(
    ("start", "due", "is_told"),
    [
        (Due(date(2026, 12, 1)), DAY, True),
        (Due(date(2026, 12, 1)), None, True),
        (DAY, DAY, False),
        (Due(date(2026, 12, 25)), DAY, False),
        (Due(date(2026, 12, 1)), ZONED, False),
        (FLOATING, ZONED, False),
        (Due(ZONED.at - timedelta(hours=1), BERLIN), ZONED, True),
    ],
    ids=str,
)
def test_start_is_of_the_type_of_due_and_before_it(
    start: Due, due: Due | None, *, is_told: bool
) -> None:
    [todo] = todos(task(start=start, due=due))
    assert ("DTSTART" in todo) == is_told


def test_event_lasts_as_long_as_the_task() -> None:
    [event] = events(task(due=ZONED, duration=90))
    assert event["DURATION"].dt == timedelta(minutes=90)
    assert "TRANSP" not in event
    [brief] = events(task(due=ZONED))
    assert "DURATION" not in brief
    assert brief["TRANSP"] == "TRANSPARENT"


def test_todo_and_event_have_names_of_their_own() -> None:
    made = task(due=ZONED)
    found = read(made)
    assert [found.walk(name)[0]["UID"] for name in ("VTODO", "VEVENT")] == [
        made.id,
        f"{made.id}-event",
    ]


# --------------------------------------------------------------------------------------- reminders


def triggers(component: Component) -> list[str]:
    return [line for alarm in component.walk("VALARM") for line in texts(alarm, "TRIGGER")]


def test_reminders_are_alarms() -> None:
    reminders = (Reminder(at=NOW), Reminder(before="due", minutes=90))
    made = task(due=ZONED, reminders=reminders)
    instant = "TRIGGER;VALUE=DATE-TIME:20261122T083000Z"
    [todo], [event] = todos(made), events(made)
    assert triggers(todo) == [instant, "TRIGGER;RELATED=END:-PT1H30M"]
    assert triggers(event) == [instant, "TRIGGER;RELATED=START:-PT1H30M"]
    assert {alarm["ACTION"] for alarm in todo.walk("VALARM")} == {"DISPLAY"}
    assert {alarm["DESCRIPTION"] for alarm in todo.walk("VALARM")} == {"Buy milk"}


def test_reminder_of_a_start_that_is_not_told_is_an_instant() -> None:
    start = Due(date(2026, 12, 1))
    made = task(start=start, due=ZONED, reminders=(Reminder(before="start", minutes=60),))
    [todo] = todos(made, here=BERLIN)
    assert triggers(todo) == ["TRIGGER;VALUE=DATE-TIME:20261130T220000Z"]
    [told] = todos(task(start=start, reminders=(Reminder(before="start", minutes=0),)))
    assert triggers(told) == ["TRIGGER;RELATED=START:P0D"]


def test_reminder_of_what_is_not_there_is_none() -> None:
    reminders = (Reminder(before="due", minutes=5), Reminder(before="start", minutes=5))
    [todo] = todos(task(deadline=date(2026, 12, 1), reminders=reminders))
    assert triggers(todo) == []


def test_what_comes_again_is_reminded_of_from_its_start() -> None:
    [todo] = todos(
        task(
            due=DAY,
            recurrence=Recurrence("FREQ=DAILY"),
            reminders=(Reminder(before="due", minutes=30),),
        )
    )
    assert triggers(todo) == ["TRIGGER;RELATED=START:-PT30M"]


# -------------------------------------------------------------------------------- what comes again


def occurring(components: list[Component], limit: int) -> list[date]:
    """When a program shows them: rules by dateutil, and what they leave out and move."""
    found: list[date] = []
    for component in components:
        due = component.get("DUE", component.get("DTSTART")).dt
        if "RRULE" not in component:
            found.append(due)
            continue
        found += islice(_of_rule(component, components), limit)
    return sorted(found, key=lambda at: (_local(at).isoformat(), str(at)))[:limit]


def _local(at: date) -> datetime:
    midnight = datetime.min.time()
    return at.replace(tzinfo=None) if isinstance(at, datetime) else datetime.combine(at, midnight)


def _of_rule(component: Component, others: list[Component]) -> Iterator[date]:
    start = component["DTSTART"].dt
    until = component["RRULE"].get("UNTIL")
    rule = component["RRULE"].copy()
    left_out = [one.dt for each in _several(component, "EXDATE") for one in each.dts]
    moved = [each["RECURRENCE-ID"].dt for each in others if "RECURRENCE-ID" in each]
    rule.pop("UNTIL", None)
    for at in rrulestr(rule.to_ical().decode(), dtstart=_local(start)):
        occurrence: date = (
            at.replace(tzinfo=start.tzinfo) if isinstance(start, datetime) else at.date()
        )
        if until and occurrence > until[0]:
            return
        if occurrence not in left_out and occurrence not in moved:
            yield occurrence


def _several(component: Component, name: str) -> list[Any]:
    found = component.get(name, [])
    return found if isinstance(found, list) else [found]


def expected(made: Task, limit: int) -> list[date]:
    assert made.series
    found = [due for _, due in made.series.to_come(limit)]
    shown: list[date] = []
    for due in found:
        at = due.at
        if isinstance(at, datetime) and due.zone:
            at = at.replace(tzinfo=zones.zone(due.zone))
        shown.append(at)
    return sorted(shown, key=lambda at: (_local(at).isoformat(), str(at)))


RULES = [
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=3;COUNT=7",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
    "FREQ=MONTHLY",
    "FREQ=MONTHLY;BYMONTHDAY=31",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=MONTHLY;BYDAY=2TU;COUNT=9",
    "FREQ=YEARLY",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=DAILY;UNTIL=20270110",
    "FREQ=DAILY;UNTIL=20270110T120000",
    "FREQ=DAILY;UNTIL=20270110T080000Z",
]
STARTS = {"day": DAY, "floating": FLOATING, "zoned": ZONED, "UTC": IN_UTC}


@pytest.mark.deeper
@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("rule", some(RULES, 4))
def test_calendar_programs_show_the_occurrences_that_there_are(rule: str, start: str) -> None:
    for done in (0, 1, 4):
        made = task(due=STARTS[start], recurrence=Recurrence(rule))
        for _ in range(done):
            made = made.skipped(now=NOW)
        limit = min(6, len(expected(made, 6)))
        assert occurring(todos(made), limit) == expected(made, limit)
        if made.due and made.due.is_timed:
            assert occurring(events(made), limit) == expected(made, limit)


@pytest.mark.parametrize("start", STARTS)
def test_occurrences_that_are_left_out_and_moved_are(start: str) -> None:
    due = STARTS[start]
    day = timedelta(days=1)
    made = task(due=due, recurrence=Recurrence("FREQ=DAILY"))
    made = made.with_moved(due.moved(due.at + 2 * day), None, now=NOW)
    made = made.with_moved(due.moved(due.at + 3 * day), due.moved(due.at + 10 * day), now=NOW)
    made = made.with_moved(due, due.moved(due.at - day), now=NOW)
    assert occurring(todos(made), 9) == expected(made, 9)
    names = {todo["UID"] for todo in todos(made)}
    assert names == {made.id}
    if due.is_timed:
        assert occurring(events(made), 9) == expected(made, 9)


def test_day_that_was_moved_to_a_time_is_an_event() -> None:
    made = task(due=DAY, recurrence=Recurrence("FREQ=DAILY"))
    made = made.with_moved(Due(date(2026, 12, 26)), ZONED, now=NOW)
    [event] = events(made)
    assert event["UID"] == f"{made.id}-event-20261226"
    assert texts(event, "DTSTART") == ["DTSTART;TZID=Europe/Berlin:20261224T090000"]
    assert "RRULE" not in event


def test_time_that_was_moved_to_a_day_is_an_event_of_that_day() -> None:
    made = task(due=ZONED, duration=30, recurrence=Recurrence("FREQ=DAILY"))
    _, moved = events(made.changed({"due": DAY}, now=NOW))
    assert texts(moved, "DTSTART") == ["DTSTART;VALUE=DATE:20261224"]
    assert "DURATION" not in moved


def test_start_that_is_none_of_the_rules_stands_alone() -> None:
    """RFC 5545, section 3.8.5.3: such a DTSTART would be undefined. 24 December is a Thursday."""
    made = task(due=ZONED, recurrence=Recurrence("FREQ=WEEKLY;BYDAY=MO;COUNT=3"))
    assert occurring(todos(made), 9) == expected(made, 9)
    assert [todo["UID"] for todo in todos(made)] == [made.id, f"{made.id}-first"]
    assert occurring(events(made), 9) == expected(made, 9)


def test_what_counts_from_its_completion_comes_again_when_nobody_knows() -> None:
    [todo] = todos(task(due=DAY, recurrence=Recurrence("FREQ=DAILY", COMPLETION)))
    assert "RRULE" not in todo
    assert todo["DUE"].dt == DAY.at


@pytest.mark.parametrize(
    ("due", "rule", "until"),
    [
        (DAY, "FREQ=DAILY;UNTIL=20270110T080000Z", "20270110"),
        (FLOATING, "FREQ=DAILY;UNTIL=20270110", "20270110T235959"),
        (ZONED, "FREQ=DAILY;UNTIL=20270110", "20270110T225959Z"),
        (ZONED, "FREQ=DAILY;UNTIL=20270110T080000Z", "20270110T080000Z"),
        (ZONED, "FREQ=DAILY;UNTIL=99991231", "99991231T225959Z"),
        (Due(ZONED.at, "America/New_York"), "FREQ=DAILY;UNTIL=99991231", "99991231T235959Z"),
    ],
)
def test_end_of_a_rule_is_of_the_type_of_its_start(due: Due, rule: str, until: str) -> None:
    [todo] = todos(task(due=due, recurrence=Recurrence(rule)))
    assert f"UNTIL={until}" in texts(todo, "RRULE")[0].split(";")


# ------------------------------------------------------------------------------------------- zones


def test_zones_that_are_used_are_written_out_once() -> None:
    found = read(task(due=ZONED), task(due=ZONED), task(due=IN_UTC), task(due=FLOATING))
    assert [zone["TZID"] for zone in found.walk("VTIMEZONE")] == [BERLIN]


@pytest.mark.parametrize(
    "name",
    [
        BERLIN,
        "America/New_York",
        "Asia/Kolkata",
        "Africa/Casablanca",
        "Asia/Gaza",
        "Australia/Lord_Howe",
        "America/Nuuk",
        "Antarctica/Troll",
        "Pacific/Apia",
    ],
)
@pytest.mark.parametrize("year", [1911, 2011, 2026])
def test_written_zone_is_ahead_of_utc_as_the_database_has_it(name: str, year: int) -> None:
    lines = "\r\n".join(timezone(name, [year, year + 1])).replace(f"TZID:{name}", "TZID:Own")
    parsed: Component = Timezone.from_ical(lines)
    own, theirs = parsed.to_tz(lookup_tzid=False), ZoneInfo(name)
    at = datetime(year, 1, 3)  # noqa: DTZ001 - local
    while at.year <= year + 1 and at < datetime(year + 1, 12, 25):  # noqa: DTZ001 - local
        offset = at.replace(tzinfo=theirs).utcoffset()
        # Times that a zone skips or has twice are read in one way or the other.
        if offset == at.replace(tzinfo=theirs, fold=1).utcoffset():
            assert at.replace(tzinfo=own).utcoffset() == offset, at
        at += timedelta(hours=31)


def test_zone_that_is_gone_is_left_out() -> None:
    assert timezone("Europe/Nowhere", [2026]) == []


# ------------------------------------------------------------------------------------------- bounds


def test_tasks_that_do_not_fit_are_left_out() -> None:
    tasks = [task(title=f"Task {number}") for number in range(100)]
    found = todos(*tasks, size=5000)
    assert [todo["SUMMARY"] for todo in found] == [one.title for one in tasks[: len(found)]]
    assert 10 < len(found) < 30


@pytest.mark.deep
def test_rules_are_counted_through_for_so_long() -> None:
    """One of 1900 takes seconds; what is counted after it is not looked at, all else is."""
    counted = Recurrence("FREQ=DAILY;BYMONTHDAY=31;COUNT=999")
    old = task(due=Due(date(1900, 1, 31)), recurrence=counted).completed(now=NOW)
    daily = task(due=DAY, recurrence=Recurrence("FREQ=DAILY"))
    new = task(due=DAY, recurrence=Recurrence("FREQ=DAILY;COUNT=3")).completed(now=NOW)
    assert ["RRULE" in todo for todo in todos(new, old, daily, new)] == [True, False, True, False]


@settings(derandomize=True, deadline=None)
@given(
    at=st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)),  # noqa: DTZ001 - local
    zone=st.sampled_from([None, "UTC", BERLIN, "America/New_York", "Pacific/Kiritimati"]),
    is_day=st.booleans(),
    rule=st.sampled_from([None, "FREQ=DAILY", "FREQ=MONTHLY;COUNT=3"]),
)
def test_task_of_any_time_is_read(
    at: datetime, zone: str | None, rule: str, *, is_day: bool
) -> None:
    at = at.replace(microsecond=0)
    reminders = (Reminder(before="due", minutes=44_640), Reminder(before="start", minutes=44_640))
    made = task(
        due=Due(at.date()) if is_day else Due(at, zone),
        start=Due(at, zone),
        recurrence=Recurrence(rule) if rule else None,
        reminders=reminders,
    )
    assert todos(made)[0]["UID"] == made.id
    assert (events(made) == []) == is_day
