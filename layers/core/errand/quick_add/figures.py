"""Days that are told by a number: 24 Dec, 24.12., 12/24, 2026-12-24, and the 15th."""

from datetime import date

from errand.quick_add import calendar
from errand.quick_add.reading import Match, Reader, compiled

_ISO = r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
_POINTS = r"([0-9]{1,2})\.([0-9]{1,2})(?:\.([0-9]{4}|[0-9]{2}))?"
_SLASHES = r"([0-9]{1,2})/([0-9]{1,2})(?:/([0-9]{4}|[0-9]{2}))?"
_CENTURY = 2000
_LEAP_YEAR = 2000
_MONTHS = 12
# As 24.12 and 24.12.26.
_FULL_LENGTHS = frozenset((5, 8))


def day_and_month(reader: Reader, at: int) -> Match[date]:
    """The next such day, or that of the year that is said."""
    found = month_day_at(reader, at)
    if not found:
        return None
    (month, day), end = found
    start = reader.behind(reader.language.month_links, end) or end
    year = compiled("[0-9]{4}").fullmatch(reader.word(start))
    if year and not reader.tokens[start].is_opened:
        return _to_come(reader, calendar.day_of(int(year[0]), month, day), start + 1)
    return _to_come(reader, _next(reader, month, day), end)


def month_day_at(reader: Reader, at: int) -> Match[tuple[int, int]]:
    """Month and day: 24 Dec, 24. Dezember, Dec 24th, 24 de diciembre."""
    words = reader.language
    number = reader.ordinal(at) or reader.number(at)
    if number and reader.goes_on(number[1]):
        day, behind = number
        linked = reader.behind(words.month_links, behind)
        month = reader.phrase(words.months, linked or behind)
        if month and (linked or not reader.phrase(words.months_need_link, behind)):
            return _possible(month[0], day, month[1])
    if not words.is_month_first:
        return None
    month = reader.phrase(words.months, at)
    if not month or not reader.goes_on(month[1]):
        return None
    number = reader.ordinal(month[1]) or _bare_day(reader, month[1])
    return _possible(month[0], *number) if number else None


def numeric_month_day(reader: Reader, at: int) -> Match[tuple[int, int]]:
    """Month and day of 24.12. or 12/24."""
    word = reader.word(at)
    found = compiled(_POINTS).fullmatch(word) or compiled(_SLASHES).fullmatch(word)
    if not found or found[3]:
        return None
    month, day = _ordered(reader, int(found[1]), int(found[2]), has_slashes="/" in word)
    return _possible(month, day, at + 1)


def numeric(reader: Reader, at: int) -> Match[date]:
    """2026-12-24, 24.12.2026, 24.12., 12/24, 24/12."""
    word = reader.word(at)
    if found := compiled(_ISO).fullmatch(word):
        return _to_come(reader, calendar.day_of(*map(int, found.groups())), at + 1)
    has_slashes = "/" in word
    found = compiled(_SLASHES if has_slashes else _POINTS).fullmatch(word)
    if not found or not (found[3] or has_slashes or reader.tokens[at].has_dot):
        return None
    month, day = _ordered(reader, int(found[1]), int(found[2]), has_slashes=has_slashes)
    if not found[3]:
        return _to_come(reader, _next(reader, month, day), at + 1)
    year = int(found[3])
    year += 0 if year > 99 else _CENTURY  # noqa: PLR2004
    return _to_come(reader, calendar.day_of(year, month, day), at + 1)


def is_surely_numeric(word: str) -> bool:
    """Whether it is a day also where nothing says so.

    3.4. is a version, 1/3 is a part, and 24/7 is always.
    """
    found = compiled(_POINTS).fullmatch(word) or compiled(_SLASHES).fullmatch(word)
    if not found or len(found[3] or "") == len("2026"):
        return True
    is_full = len(word) in _FULL_LENGTHS
    return is_full and ("." in word or max(int(found[1]), int(found[2])) > _MONTHS)


def ordinal_day(reader: Reader, at: int, *, bare: bool = False) -> Match[date]:
    """The next 15th of a month."""
    found = reader.ordinal(at, bare=bare)
    if not found:
        return None
    return _to_come(reader, calendar.next_of_month(found[0], since=reader.now.date()), found[1])


def _possible(month: int, day: int, end: int) -> Match[tuple[int, int]]:
    is_one = 1 <= month <= _MONTHS and 1 <= day <= calendar.last_day(_LEAP_YEAR, month)
    return ((month, day), end) if is_one else None


def _next(reader: Reader, month: int, day: int) -> date | None:
    return calendar.next_of_year(month, day, since=reader.now.date())


def _to_come(reader: Reader, day: date | None, end: int) -> Match[date]:
    """Nobody has to do what was due before today: such a day is a part of the title."""
    return (day, end) if day and day >= reader.now.date() else None


def _bare_day(reader: Reader, at: int) -> Match[int]:
    found = compiled("[0-9]{1,2}").fullmatch(reader.word(at))
    return (int(found[0]), at + 1) if found else None


def _ordered(reader: Reader, first: int, second: int, *, has_slashes: bool) -> tuple[int, int]:
    """Month and day; of 12/24 and 24/12, only one way is possible."""
    is_month_first = reader.language.is_month_first and first <= _MONTHS
    if has_slashes and (is_month_first or second > _MONTHS):
        return first, second
    return second, first
