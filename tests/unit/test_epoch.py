"""Milliseconds since 1970, and the moments that they are."""

from datetime import UTC, datetime, timedelta

import pytest

from errand.epoch import since_epoch, utc

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("milliseconds", "moment"),
    [
        (0, "1970-01-01T00:00:00+00:00"),
        (-1, "1969-12-31T23:59:59.999+00:00"),
        (1_795_608_000_123, "2026-11-25T13:00:00.123+01:00"),
    ],
)
def test_moments(milliseconds: int, moment: str) -> None:
    assert utc(milliseconds) == datetime.fromisoformat(moment)
    assert since_epoch(datetime.fromisoformat(moment)) == milliseconds


def test_every_millisecond_that_there_is_comes_back_exactly() -> None:
    for milliseconds in (since_epoch(FIRST), since_epoch(LAST)):
        assert since_epoch(utc(milliseconds)) == milliseconds


def test_a_part_of_one_has_not_passed() -> None:
    assert since_epoch(utc(5) + timedelta(microseconds=999)) == 5


def test_beyond_the_calendar() -> None:
    for milliseconds in (since_epoch(FIRST) - 1, since_epoch(LAST) + 1):
        with pytest.raises(OverflowError):
            utc(milliseconds)
