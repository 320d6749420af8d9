"""Milliseconds since 1970-01-01T00:00:00Z, and the moments that they are."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def utc(milliseconds: int) -> datetime:
    """Raises OverflowError beyond the years 1 to 9999."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def since_epoch(moment: datetime) -> int:
    """Whole milliseconds; `moment` has a zone."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)
