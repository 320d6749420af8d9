"""Words that are one character each, and the same again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errand.search.word_codes import coded, decoded

WORDS = st.text(st.characters(exclude_characters=" \n\x1f\0", codec="utf-8"), max_size=6)
ROWS = st.lists(
    st.lists(WORDS, max_size=4).map(lambda words: "".join(f" {one}" for one in words)), max_size=20
)


@given(ROWS)
def test_text_is_what_it_was(rows: list[str]) -> None:
    text = "\n".join(rows) * 4 + "\n"
    codes = coded(text)
    assert codes is None or decoded(codes) == text


def test_each_word_is_a_character() -> None:
    codes = coded(" pay rent\n" * 3 + " pay\x1f tax\n" * 7)
    assert codes == " pay\n\x1f tax rent\0" + "\0\x04\x01" * 3 + "\0\x02\x03\x01" * 7


@pytest.mark.deep
def test_more_words_than_there_are_short_characters() -> None:
    text = "".join(f" {number}" for number in range(60_000)) * 5
    codes = coded(text)
    assert codes is not None
    assert codes.encode().decode() == codes
    assert decoded(codes) == text


def test_words_that_hardly_come_again_stay_as_they_are() -> None:
    assert coded("".join(f" {number}" for number in range(100)) * 3) is None
    assert coded("") == "\0"


def test_what_no_row_is_stays_as_it_is() -> None:
    assert coded("pay" * 100) is None
    assert coded(" a\0b" * 100) is None
