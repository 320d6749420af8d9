"""What people may type, and which names are the same name."""

import unicodedata
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core import SchemaValidator, core_schema

from errand.appearance import IGNORABLE, width
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
# Of categories that are none of controls, and yet drawn as nothing.
IGNORED = ["\ufe0f", "\u034f", "\u3164", "\u115f", "\uffa0", "\u17b4", "\u180b", "\U000e0100"]
EMPTY = [*IGNORED, "\u2800", "\U0001d159", "\U00013441", "\U00016fe4"]
UNSEEN = [*SEPARATORS, *INVISIBLE, *EMPTY]


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


@pytest.mark.parametrize(
    "character", [*CONTROLS, *BREAKS, *SEPARATORS, *INVISIBLE, *EMPTY], ids=ascii
)
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


@pytest.mark.parametrize(
    "text",
    [
        "v\u0456ctim",  # a Cyrillic i
        "J\u03bfhn Doe",  # a Greek o
        "\u0410da",
        "\u13aalice",  # a Cherokee A
        "\u041c\u03b1\u0440",
        "o\u0301\u0430",
    ],
    ids=ascii,
)
def test_word_of_a_name_is_of_one_alphabet(text: str) -> None:
    with pytest.raises(ValidationError, match="different alphabets"):
        VISIBLE.validate_python(text)


@pytest.mark.parametrize("text", ["Иван Ivan", "λ-calculus", "山田taro", "Łukasz", "김ada", "m²"])
def test_words_of_a_name_may_be_of_several(text: str) -> None:
    assert VISIBLE.validate_python(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "\u202eabc",
        "abc\u202c",
        "\u2067abc",
        "abc\u2069",
        "\u2067abc\u202c",
        "\u2067a\u202eb\u2069c\u202c",
        "\u202aa\u202a\u202cb",
    ],
    ids=ascii,
)
def test_one_line_ends_the_directions_it_begins(text: str) -> None:
    with pytest.raises(ValidationError, match="direction of writing"):
        ONE_LINE.validate_python(text)


@pytest.mark.parametrize(
    "text", ["\u202eabc\u202c", "\u2067a\u202bb\u202cc\u2069", "a\u200e b\u200f", "שלום, abc"]
)
def test_balanced_directions_are_welcome(text: str) -> None:
    assert ONE_LINE.validate_python(text) == text


def _has(pattern: str) -> SchemaValidator:
    return SchemaValidator(core_schema.str_schema(pattern=pattern))


@pytest.mark.deep
def test_ignorable_is_what_unicode_ignores_by_default() -> None:
    ignored = _has(r"\p{Default_Ignorable_Code_Point}")
    characters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    assert [one for one in characters if IGNORABLE.fullmatch(one)] == [
        one for one in characters if ignored.isinstance_python(one)
    ]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("", 0),
        ("abc", 3),
        ("a c", 3),
        ("买菜", 4),
        ("\uff21\uff22", 4),  # full width
        ("ｱｲ", 2),
        ("🐟", 2),
        ("\u1112\u1161\u11ab", 2),  # a syllable in three letters
        ("e\u0301", 1),
        ("a\u200bb\ufe0f", 2),
        ("\u2800 \u3164 \u2800", 0),
        ("a  \u2800", 1),
    ],
    ids=ascii,
)
def test_width_counts_what_is_seen(text: str, seen: int) -> None:
    assert width(text) == seen


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
        *[
            (f"vic{empty}tim", "victim")
            for empty in EMPTY
            if empty not in "\u2800\U0001d159\U00013441\U00016fe4"
        ],
        *[(f"victim{empty}", "victim") for empty in EMPTY],
        ("ada \u2003 lovelace", "ada lovelace"),
        ("ada\u2800lovelace", "ada lovelace"),
        ("ada\u1680lovelace", "ada lovelace"),
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
