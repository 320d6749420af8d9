"""Whatever is typed: no failure, spans that are in order, and nothing lost."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from errand.quick_add.parser import READ_MAX, Parsed, parse
from errand.quick_add.words.language import Phrases
from errand_testkit.depth import times

NOW = datetime(2026, 7, 15, 10, 0)  # noqa: DTZ001 - what a clock on the wall shows
TIMES = st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1))  # noqa: DTZ001 - as NOW
# What may be dropped where something was taken out.
SEPARATORS = ",;:-\u2013\u2014|•"
PIECES = [
    *(
        "every",
        "every!",
        "other",
        "2",
        "0th",
        "3rd",
        "31.",
        "day",
        "weeks",
        "month",
        "last",
        "mon",
        "so",
    ),
    *("friday", "and", "to", "or", "on", "the", "at", "9", "9am", "21:15", "24:00", "for", "45"),
    *(
        "min",
        "until",
        "starting",
        "tomorrow",
        "morgen",
        "mañana",
        "noche",
        "24",
        "dec",
        "feb",
        "29",
    ),
    *(
        "24.12.",
        "12/24",
        "2026-02-30",
        "jeden",
        "um",
        "uhr",
        "halb",
        "cada",
        "el",
        "de",
        "a",
        "las",
    ),
    *("in", "next", "week", "p1", "#home", "/x", "@bank", "{in", "days}", "{", "}", '"', "(", ")"),
    *("\\", "#", "@", "-", ",", "\0", "\u202e", "e\u0301", "\U0001f382", "1", "\uff11", "²", "İ"),
]
TYPED = st.lists(st.sampled_from(PIECES), max_size=30).flatmap(
    lambda words: st.sampled_from([" ".join(words), "".join(words)])
)


def _seen(text: str) -> list[str]:
    return [each for each in text if not each.isspace() and each not in SEPARATORS]


def _check(text: str, parsed: Parsed) -> None:
    at, left = 0, ""
    for each in parsed.understood:
        assert at <= each.start < each.end <= min(len(text), READ_MAX)
        left, at = left + text[at : each.start], each.end
    left += text[at:]
    assert _seen(parsed.title) == _seen(left)
    if not parsed.understood:
        assert parsed == Parsed(" ".join(text.split()))


@settings(derandomize=True, deadline=None)
@given(st.text(max_size=200), TIMES)
@example("\ud800 tomorrow", NOW)
def test_any_text_is_accounted_for(text: str, now: datetime) -> None:
    _check(text, parse(text, now=now))


@settings(derandomize=True, deadline=None, max_examples=times(25, deep=500))
@given(TYPED, TIMES)
def test_any_words_are_accounted_for(text: str, now: datetime) -> None:
    _check(text, parse(text, now=now))


@pytest.mark.deep
@settings(derandomize=True, deadline=None)
@given(st.sampled_from(PIECES), st.sampled_from(PIECES), st.sampled_from(["", " "]))
def test_long_text_is_accounted_for(one: str, other: str, space: str) -> None:
    text = (one + space + other + " ") * 2_000
    _check(text[:10_000], parse(text[:10_000], now=NOW))


@pytest.mark.parametrize(
    "words",
    ["every mon, ", "9:30 ", "24 dec 2027 ", "1st, ", "montags, ", "in 3 days ", "every 1st and "],
)
def test_work_grows_with_the_text(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    find = Phrases[object].find

    def counted(*arguments: Any) -> Any:
        nonlocal looks
        looks += 1
        return find(*arguments)

    def looks_for(length: int) -> int:
        nonlocal looks
        looks = 0
        parse((words * READ_MAX)[:length], now=NOW)
        return looks

    monkeypatch.setattr(Phrases, "find", counted)
    half, whole, more = (looks_for(length) for length in (READ_MAX // 2, READ_MAX, 10 * READ_MAX))
    assert whole < 2.2 * half
    assert more < 1.1 * whole
