"""Time zones, and local times that they skip or have twice."""

from datetime import UTC, date, datetime, timedelta

import pytest

from errand import zones

# 2026-03-29 at 2:00 clocks in Berlin go to 3:00, on 2026-10-25 at 3:00 back to 2:00.
at = datetime.fromisoformat


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_names_of_the_database_are_zones(name: str) -> None:
    assert zones.zone(name)


@pytest.mark.parametrize(
    "name",
    ["", "utc", "Mars/Olympus", "../UTC", "/etc/passwd", "posix/UTC", "Europe", "a" * 99, "U\0TC"],
)
def test_other_names_are_none(name: str) -> None:
    with pytest.raises(zones.UnknownZone):
        zones.zone(name)


def test_time_that_is_skipped_has_the_offset_before() -> None:
    moment = zones.moment(at("2026-03-29T02:30"), "Europe/Berlin")
    assert moment.astimezone(UTC) == at("2026-03-29T01:30Z")


def test_time_that_comes_twice_is_the_first() -> None:
    moment = zones.moment(at("2026-10-25T02:30"), "Europe/Berlin")
    assert moment.utcoffset() == timedelta(hours=2)


def test_today_is_that_of_the_zone() -> None:
    late = 1_795_390_200_000  # 2026-11-22T23:30Z
    assert zones.today(late, "UTC") == date(2026, 11, 22)
    assert zones.today(late, "Europe/Berlin") == date(2026, 11, 23)
    assert zones.local_time(late, "Europe/Berlin") == at("2026-11-23T00:30")
