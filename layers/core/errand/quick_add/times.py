"""Times of day, and how long something takes."""

from datetime import time
from typing import NamedTuple

from errand.quick_add.reading import Match, Reader, compiled
from errand.quick_add.words.language import NIGHT, NOON

_CLOCK = r"([0-9]{1,2})(?:([:.])([0-5][0-9]))?([a-z]*)"
_AMOUNT = r"([0-9]{1,3}(?:[.,][0-9])?)([a-z]*)(?:([0-9]{1,2})([a-z]*))?"
_HOURS = 24
# Nights end.
_SMALL_HOURS = 6
_ROUND_MINUTES = 5
DURATION_MAX = 24 * 60


class Clock(NamedTuple):
    """`is_said`: with "am" or "Uhr"; `has_minutes`: with a colon, or a point between."""

    hour: int
    minute: int = 0
    is_said: bool = False
    is_exact: bool = False
    has_minutes: bool = False
    has_point: bool = False

    @property
    def time(self) -> time:
        return time(self.hour, self.minute)

    def in_part(self, part: int) -> "Clock":
        """9 in the evening is 21:00."""
        is_late = part == NIGHT and self.hour < _SMALL_HOURS
        if self.is_exact or is_late or part < NOON or not 0 < self.hour < NOON:
            return self
        return self._replace(hour=self.hour + NOON)


def _clock(reader: Reader, at: int, *, is_said: bool = False) -> Match[Clock]:
    """The figures, with what is said with them: 9, 9:30, 9am, 9 Uhr; behind "at" also 9h."""
    found = compiled(_CLOCK).fullmatch(reader.word(at))
    if not found:
        return None
    hour, separator, minute, suffix = found.groups()
    clock = Clock(int(hour), int(minute or 0), has_minutes=bool(separator))
    if is_said and suffix == "h":
        return (clock._replace(is_said=True), at + 1) if clock.hour < _HOURS else None
    end = at + 1
    meridiem = None
    if suffix:
        meridiem = reader.language.meridiems.meaning(suffix)
        if meridiem is None:
            return None
    elif reader.goes_on(end):
        meridiem, end = reader.phrase(reader.language.meridiems, end) or (None, end)
    if meridiem is not None:
        if not 1 <= clock.hour <= NOON:
            return None
        return clock._replace(hour=clock.hour % NOON + meridiem, is_said=True, is_exact=True), end
    oclock = reader.behind(reader.language.oclock, end) if reader.goes_on(end) else None
    clock = clock._replace(is_said=bool(oclock), has_point=separator == "." and not oclock)
    return (clock, oclock or end) if clock.hour < _HOURS else None


def time_at(reader: Reader, at: int, *, behind_day: bool = False) -> Match[Clock]:
    """A time of day; figures alone are one only where nothing else is likely."""
    words = reader.language
    if said := reader.phrase(words.at, at):
        takes_bare, start = said
        return _said(reader, start, takes_bare=takes_bare, behind_day=behind_day)
    if behind_day and (named := reader.phrase(words.named_times, at)):
        return Clock(named[0], is_exact=True), named[1]
    found = _clock(reader, at)
    if not found:
        return None
    clock, end = found
    if not clock.is_said:
        if not clock.has_minutes or clock.has_point:
            return None
        if not (behind_day or reader.word(end) in words.day_words):
            # A chapter and verse, or a ratio, is rarely round, and mostly within a sentence.
            is_apart = reader.is_end(end) or reader.is_start(at)
            if clock.minute % _ROUND_MINUTES or not is_apart:
                return None
    return _with_part(reader, clock, end)


def _said(reader: Reader, at: int, *, takes_bare: bool, behind_day: bool) -> Match[Clock]:
    """What follows "at". Behind a day a bare hour is one, unless a name follows: "at 5 Guys"."""
    words = reader.language
    if not reader.goes_on(at):
        return None
    if named := reader.phrase(words.named_times, at):
        return Clock(named[0], is_exact=True), named[1]
    half = reader.behind(words.half_to, at)
    found = _clock(reader, half or at, is_said=not half)
    if not found:
        return None
    clock, end = found
    if half:
        clock = clock._replace(hour=(clock.hour - 1) % _HOURS, minute=30)
    if reader.goes_on(end) and (fraction := reader.phrase(words.fractions, end)):
        minutes, end = fraction
        total = (clock.hour * 60 + minutes) % (_HOURS * 60)
        clock = clock._replace(hour=total // 60, minute=total % 60, has_minutes=True)
    clock, behind = _with_part(reader, clock, end)
    if clock.is_said or behind > end or half or (clock.has_minutes and not clock.has_point):
        return clock, behind
    if clock.has_point and not words.has_points_in_times:
        return None
    is_free = reader.is_free(end) or reader.tokens[end - 1].has_dot
    is_free = is_free or reader.word(end) in words.day_words
    is_free = is_free or (behind_day and (words.is_loose or not reader.tokens[end].is_capital))
    return (clock, end) if is_free and (takes_bare or clock.has_minutes) else None


def _with_part(reader: Reader, clock: Clock, end: int) -> tuple[Clock, int]:
    """As "at 7 in the evening"."""
    part = reader.phrase(reader.language.parts_behind_time, end) if reader.goes_on(end) else None
    return (clock.in_part(part[0]), part[1]) if part else (clock, end)


def duration_at(reader: Reader, at: int) -> Match[int]:
    """In minutes, as "for 45 min"."""
    start = reader.before(reader.language.during, at)
    if not start:
        return None
    amount = _amount(reader, start)
    return amount if amount and 1 <= amount[0] <= DURATION_MAX else None


def _amount(reader: Reader, at: int) -> Match[int]:
    """As 45 min, 1.5 hours, an hour, 45m, 1h30m."""
    found = compiled(_AMOUNT).fullmatch(reader.word(at))
    if not found:
        number = reader.phrase(reader.language.numbers, at)
        return _of_unit(reader, float(number[0]), number[1]) if number else None
    number_text, unit, more, more_unit = found.groups()
    value = float(number_text.replace(",", "."))
    if not unit:
        return _of_unit(reader, value, at + 1)
    per_unit = {"m": 1, "min": 1, "mins": 1, "h": 60, "hr": 60, "std": 60}.get(unit)
    if per_unit is None or (more and (per_unit == 1 or more_unit not in {"", "m", "min"})):
        return None
    return round(value * per_unit) + int(more or 0), at + 1


def _of_unit(reader: Reader, value: float, at: int) -> Match[int]:
    unit = reader.phrase(reader.language.units, at) if reader.goes_on(at) else None
    if not unit or unit[0] not in {"minute", "hour"}:
        return None
    return round(value * (60 if unit[0] == "hour" else 1)), unit[1]
