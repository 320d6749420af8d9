"""What people may type, and which names are the same name."""

import unicodedata
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from errand.folding import folded
from errand.text import OneLine, Prose, Trimmed, Visible

ONE_LINE: TypeAdapter[Any] = TypeAdapter(Annotated[str, Trimmed, OneLine])
PROSE: TypeAdapter[Any] = TypeAdapter(Annotated[str, Trimmed, Prose])
VISIBLE: TypeAdapter[Any] = TypeAdapter(Annotated[str, Trimmed, Visible])

CONTROLS = ["\x00", "\x07", "\x0b", "\x1b", "\x7f", "\x85", "\x9f"]
HALVES = ["\ud800", "\udfff", "\udf00\ud83d"]
BREAKS = ["\n", "\r", "\t"]
SEPARATORS = ["\u2028", "\u2029"]
INVISIBLE = ["\u200b", "\u200d", "\u202e", "\ufeff", "\ue000", "\u0378"]


@pytest.mark.parametrize("character", [*CONTROLS, *BREAKS, *SEPARATORS], ids=ascii)
def test_one_line_has_no_controls_and_no_breaks(character: str) -> None:
    with pytest.raises(ValidationError, match="control characters or line breaks"):
        ONE_LINE.validate_python(f"buy{character}milk")


@pytest.mark.parametrize("character", CONTROLS, ids=ascii)
def test_prose_has_no_controls(character: str) -> None:
    with pytest.raises(ValidationError, match="control characters"):
        PROSE.validate_python(f"buy{character}milk")


@pytest.mark.parametrize("character", BREAKS, ids=ascii)
def test_prose_has_lines(character: str) -> None:
    text = f"buy{character}milk"
    assert PROSE.validate_python(text) == text


@pytest.mark.parametrize("character", [*CONTROLS, *BREAKS, *SEPARATORS, *INVISIBLE], ids=ascii)
def test_visible_text_has_nothing_that_cannot_be_seen(character: str) -> None:
    with pytest.raises(ValidationError, match="must not contain"):
        VISIBLE.validate_python(f"a{character}da")


@pytest.mark.parametrize("halves", HALVES, ids=ascii)
@pytest.mark.parametrize("kind", [ONE_LINE, PROSE, VISIBLE], ids=["one line", "prose", "visible"])
def test_no_text_has_halves_of_characters(kind: TypeAdapter[Any], halves: str) -> None:
    with pytest.raises(ValidationError, match="lone surrogates"):
        kind.validate_python(f"milk {halves}")


@pytest.mark.parametrize("space", [" ", "\n", "\t", "\u3000", "\u2028", "\ufeff"], ids=ascii)
@pytest.mark.parametrize("kind", [ONE_LINE, PROSE, VISIBLE], ids=["one line", "prose", "visible"])
def test_every_text_is_trimmed(kind: TypeAdapter[Any], space: str) -> None:
    assert kind.validate_python(f"{space} buy{space}") == "buy"


@pytest.mark.parametrize("text", ["Zoë", "Łukasz", "山田", "x y", "नमस्ते", "🐟", "o'neil-2"])
def test_every_script_is_welcome(text: str) -> None:
    assert ONE_LINE.validate_python(text) == VISIBLE.validate_python(text) == text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada", "ADA"),
        ("straße", "STRASSE"),
        ("Zo\u00eb", "zoe\u0308"),
        ("ﬁsh", "FISH"),
        ("\uff21\uff24\uff21", "ada"),  # full width
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("\u2168", "ix"),  # Roman numeral nine
        ("\u1d2cda", "ada"),  # a raised A: no capital until it is decomposed
        ("\u0390", "\u03aa\u0301"),  # decomposed by folding, or composed before it
    ],
    ids=ascii,
)
def test_same_name_written_in_two_ways(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), [("ada", "adá"), ("ı", "i"), ("a b", "ab")], ids=ascii)  # noqa: RUF001 - dotless
def test_different_names_stay_different(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(st.text(), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_composition_makes_no_difference(text: str, form: Any) -> None:
    assert folded(unicodedata.normalize(form, text)) == folded(text)
