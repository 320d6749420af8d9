"""What stands behind an operator: days, priorities, texts."""

from datetime import date
from typing import get_args

from errand.filters.grammar import PRIORITIES, WEEKDAYS, Operator, Period, Relative, Unit, When
from errand.filters.plain import plain
from errand.filters.reader import Reader

_DAYS = ("today", "tomorrow", "yesterday", *WEEKDAYS)
_WHICH = ("last", "this", "next")
_PERIODS = ("week", "month")
# A hundred years.
_MOST: dict[Unit, int] = {"day": 36_500, "week": 5_200, "month": 1_200, "year": 100}
_DIGITS = "0123456789"
_NO_DATE = "today, tomorrow, 2026-12-24, or 3 days"


def operator_behind(reader: Reader, field: str, example: str) -> Operator:
    """Raises InvalidFilter."""
    found = reader.takes("!=", "<=", ">=", "=", "<", ">")
    for operator in get_args(Operator.__value__):
        if found == operator:
            return operator  # type: ignore[no-any-return] # one of the literals
    raise reader.wrong(f"expected =, !=, <, <=, > or >= after {field}, as in {field} {example}")


def when_behind(reader: Reader, operator: Operator, *, can_be_absent: bool) -> When | None:
    """None for the word `none`. Raises InvalidFilter."""
    begin = reader.space()
    if can_be_absent and operator in {"=", "!="} and reader.takes_word("none"):
        return None
    found = _number(reader, operator) if reader.next in (*_DIGITS, "+", "-") else _word(reader)
    if found is None:
        if reader.takes_word("none") and can_be_absent:
            raise reader.wrong("expected = or != before none", begin)
        raise reader.wrong(f"expected a date after {operator}: {_NO_DATE}", begin)
    return found


def _number(reader: Reader, operator: Operator) -> When | None:
    """A day of the calendar, or one so many days from today."""
    begin = reader.at
    sign = reader.takes("+", "-")
    if sign:
        reader.space()
    digits = reader.run(_DIGITS if sign else _DIGITS + "-")
    if "-" in digits:
        reader.at = begin
        found = _calendar(digits)
        if found is None:
            words = f"expected a day that exists after {operator}, as 2026-12-24"
            raise reader.wrong(words)
        reader.at += len(digits)
        return found
    if not digits:
        reader.at = begin
        return None
    return _counted(reader, "today", sign, digits, begin)


def _calendar(digits: str) -> date | None:
    if [len(part) for part in digits.split("-")] != [4, 2, 2]:
        return None
    try:
        return date.fromisoformat(digits)
    except ValueError:
        return None


def _word(reader: Reader) -> When | None:
    begin = reader.at
    word = reader.word()
    if word == "now":
        return "now"
    for which in _WHICH:
        for unit in _PERIODS:
            if word == which and reader.takes_word(unit):
                return Period(which, unit)  # type: ignore[arg-type] # of those literals
    for day in _DAYS:
        if word == day or (day in WEEKDAYS and word == day[:3]):
            return _shifted(reader, day)
    reader.at = begin
    return None


def _shifted(reader: Reader, day: str) -> Relative:
    """With the `+ 7 days` that may follow."""
    begin = reader.at
    sign = reader.takes("+", "-")
    if not sign:
        reader.at = begin
        return Relative(day)
    begin = reader.space()
    digits = reader.run(_DIGITS)
    if not digits:
        raise reader.wrong(f"expected a number of days after {sign}, as in {day} {sign} 7 days")
    return _counted(reader, day, sign, digits, begin)


def _counted(reader: Reader, day: str, sign: str, digits: str, begin: int) -> Relative:
    at = reader.space()
    word = reader.word()
    for unit, most in _MOST.items():
        if word in {unit, f"{unit}s"}:
            amount = int(digits)
            if amount > most:
                raise reader.wrong(f"expected at most {most} {unit}s", begin)
            if not amount:
                return Relative(day)
            return Relative(day, -amount if sign == "-" else amount, unit)
    raise reader.wrong(f"expected days, weeks, months or years after {digits[:9]}", at)


def priority_behind(reader: Reader, operator: Operator) -> int:
    """Raises InvalidFilter."""
    begin = reader.space()
    digits = reader.run(_DIGITS)
    for priority in PRIORITIES:
        if digits == str(priority):
            return priority
    raise reader.wrong(f"expected a priority after {operator}: 1 (the highest), 2, 3 or 4", begin)


def text_behind(reader: Reader, field: str) -> str:
    """Raises InvalidFilter."""
    if not reader.takes("~"):
        raise reader.wrong(f'expected ~ after {field}, as in {field} ~ "rent"')
    begin = reader.space()
    text, _ = reader.name()
    if not plain(text):
        raise reader.wrong(f'expected what to look for after ~, as in {field} ~ "rent"', begin)
    return text
