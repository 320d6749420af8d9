"""What is typed, as the terms that must all be found."""

import pytest

from errand.search.query import QUERY_MAX, TERMS_MAX, InvalidQuery, parse


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("rent", ("rent",)),
        (" Pay  RENT ", ("pay", "rent")),
        ("rent rent Rent", ("rent",)),
        ('"pay the" rent', ("pay the", "rent")),
        ("„die Miete“ zahlen", ("die miete", "zahlen")),
        ('"not closed', ("not closed",)),
        ('a"b c"d', ("a", "b c", "d")),
        ("e-mail", ("e mail",)),
        ("東京 駅", ("東京", "駅")),
        ("新しいiPhone", ("新しい iphone",)),
        ("rent !", ("rent",)),
        ("c++", ("c++",)),
    ],
)
def test_terms(text: str, terms: tuple[str, ...]) -> None:
    assert parse(text).terms == terms


@pytest.mark.parametrize("text", ["", " ", "!?", '""', "\u200b"])
def test_search_without_a_word_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery, match="letter"):
        parse(text)


def test_search_has_bounds() -> None:
    with pytest.raises(InvalidQuery, match="characters"):
        parse("a" * (QUERY_MAX + 1))
    assert parse("a" * QUERY_MAX).terms
    many = " ".join(f"w{number}" for number in range(TERMS_MAX + 1))
    with pytest.raises(InvalidQuery, match="words"):
        parse(many)


def test_quotes_that_never_close_cost_no_more_than_their_length() -> None:
    assert parse('"' * (QUERY_MAX - 1) + "a").terms == ("a",)
