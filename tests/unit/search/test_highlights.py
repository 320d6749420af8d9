"""What of a text is marked as found."""

from random import Random

import pytest

from errand.search.highlights import _placed, spans
from errand.search.query import parse
from errand.search.words import words
from errand_testkit.depth import times


@pytest.mark.parametrize(
    ("text", "typed", "marked"),
    [
        ("Pay the Rent", "rent", ["Rent"]),
        ("Rental car, rent", "rent", ["Rent", "rent"]),
        ("Parent", "rent", []),
        ("Crème brûlée", "brul", ["brûl"]),
        ("Cre\u0300me", "crem", ["Cre\u0300m"]),
        ("Große Straße 3", "strasse", ["Straße"]),
        ("Große Straße 3", "stras", ["Straß"]),
        ("the oﬃce", "off", ["oﬃ"]),
        ("an e-mail, please", "e-mail", ["e-mail"]),
        ("pay, (the) rent", '"pay the"', ["pay, (the"]),
        ("rent the rent", "rent the", ["rent", "the", "rent"]),
        ("aaa aab", "a aa", ["aa", "aa"]),
        ("東京駅、京都駅", "京", ["京", "京"]),
        ("新しいiPhoneを買う", "iphone 買う", ["iPhone", "買う"]),
        ("ｶﾞｽ", "ガ", ["ｶﾞ"]),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한", ["\u1112\u1161\u11ab"]),
        ("soft\xadhyphen", "softhyphen", ["soft\xadhyphen"]),
        ("cake 🎂!", "🎂", ["🎂"]),
        ("", "rent", []),
    ],
)
def test_marked(text: str, typed: str, marked: list[str]) -> None:
    assert [text[start:end] for start, end in spans(text, parse(typed))] == marked


def test_what_is_marked_is_in_order_and_apart() -> None:
    found = spans("rent rental rent", parse("ren rent rental"))
    assert found == [(0, 4), (5, 11), (12, 16)]


# Of the scripts in which letters are composed, and their compatibility forms.
SCRIPTS = (
    (0x20, 0x250), (0x300, 0x330), (0x370, 0x400), (0x590, 0x700), (0x900, 0x980), (0xE00, 0xE80),
    (0x1100, 0x1200), (0x2000, 0x2060), (0x3000, 0x3190), (0x3200, 0x3400), (0x4E00, 0x4E50),
    (0xAC00, 0xAC50), (0xFB00, 0xFB50), (0xFF00, 0xFFEF), (0x1F600, 0x1F650),
)  # fmt: skip


@pytest.mark.deeper
def test_words_are_the_same_letter_by_letter() -> None:
    random = Random(3)  # noqa: S311 - texts, not secrets
    letters = [chr(code) for first, last in SCRIPTS for code in range(first, last)]
    for _ in range(times(1_000, deep=20_000)):
        text = "".join(random.choices(letters, k=random.randint(0, 7)))
        form, places = _placed(text)
        assert form == words(text), ascii(text)
        assert len(places) == len(form)
