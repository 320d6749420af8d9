"""What people may type: trimmed, without control characters, of bounded length."""

import re
import unicodedata
from functools import cache
from typing import Any

from pydantic import AfterValidator, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, SchemaValidator, core_schema

from errand.appearance import is_balanced, is_hiding, width
from errand.refusals import refused, too_short

# What ECMA-262 trims, as its patterns are those of JSON Schema; dialects differ on what \s is.
_SPACES = "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
_SPACES += "\u2028\u2029\u202f\u205f\u3000\ufeff"
_SPACE = r"\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_CONTROL = r"\x00-\x1f\x7f-\x9f"
_BREAK = r"\u2028\u2029"

_SURROGATES = re.compile(r"[\ud800-\udfff]")
_CONTROLS = re.compile(f"[{_CONTROL}{_BREAK}]")
_CONTROLS_IN_PROSE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


# Alphabets whose letters look like those of another.
_ALIKE = ("Latin", "Greek", "Cyrillic", "Armenian", "Cherokee", "Coptic", "Lisu")


def encodable(text: str) -> str:
    """JSON can carry halves of characters, UTF-8 and thus DynamoDB cannot. Raises ValueError."""
    if _SURROGATES.search(text):
        raise refused("lone_surrogates", "must not contain lone surrogates")
    return text


def _trim(text: str) -> str:
    return encodable(text).strip(_SPACES)


def _one_line(text: str) -> str:
    if _CONTROLS.search(text):
        words = "must not contain control characters or line breaks"
        raise refused("control_characters", words)
    if not is_balanced(text):
        # Or it would turn what is shown behind it around, too.
        words = "must end every change of the direction of writing that it begins, and no other"
        raise refused("unbalanced_directions", words)
    return text


def _prose(text: str) -> str:
    if _CONTROLS_IN_PROSE.search(text):
        raise refused("control_characters", "must not contain control characters")
    return text


def _visible(text: str) -> str:
    # Invisible and unassigned characters let two names look the same.
    if is_hiding(text) or any(unicodedata.category(one).startswith("C") for one in text):
        words = "must not contain control or invisible characters"
        raise refused("invisible_characters", words)
    if _mixing().isinstance_python(text):
        # Unicode TS 39 calls names without such words moderately restricted.
        words = "must not mix letters of different alphabets, as Latin and Cyrillic, in one word"
        raise refused("mixed_alphabets", words)
    return _one_line(text)


@cache
def _mixing() -> SchemaValidator:
    """Of texts with a word of two alphabets. Pydantic's expressions know them, Python's do not."""
    words = []
    for one in _ALIKE:
        others = "".join(rf"\p{{{other}}}" for other in _ALIKE if other != one)
        words.append(rf"\p{{{one}}}[\p{{L}}\p{{M}}\p{{N}}]*[{others}]")
    return SchemaValidator(core_schema.str_schema(pattern="|".join(words)))


def at_least(minimum: int) -> AfterValidator:
    """As many characters, of which a wide one counts two and one that is not seen none."""

    def check(text: str) -> str:
        if width(text) >= minimum:
            return text
        if is_hiding(text):
            words = f"must have at least {minimum} characters that can be seen"
            if minimum == 1:
                words = "must have something that can be seen"
            raise refused("string_too_short", words)
        raise too_short(minimum)

    return AfterValidator(check)


def _or_absent(text: str) -> str | None:
    return text if width(text) else None


Trimmed = AfterValidator(_trim)
# Field(max_length=…) goes before Trimmed, as JSON Schema counts what is sent; the others behind it.
OneLine = AfterValidator(_one_line)
Prose = AfterValidator(_prose)
Visible = AfterValidator(_visible)
# What shows nothing is nothing.
OrAbsent = AfterValidator(_or_absent)


class Documented(dict[str, Any]):
    """For the schema only: people get the messages above, which say what is wrong."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(schema) | self


_AROUND, _INSIDE, _EDGE = f"[{_SPACE}]*", f"[^{_CONTROL}{_BREAK}]", f"[^{_CONTROL}{_SPACE}]"
# No pattern can name all characters that are wide, that are unassigned, or that must be balanced:
# these are most of the wide ones, `format` stands for the rest.
_WIDE = r"[\u3041-\u3096\u30a1-\u30ff\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]"
_TWO = f"{_WIDE}(?:{_WIDE}|[!-~])|[!-~]{_WIDE}"
# What is left of them when trimmed: at least three characters (or two wide ones), one, any number,
# of any lines.
ONE_LINE_3 = Documented(
    pattern=f"^{_AROUND}(?:{_EDGE}{_INSIDE}+{_EDGE}|{_TWO}){_AROUND}$", format="line"
)
ONE_LINE_1 = Documented(pattern=f"^{_AROUND}{_EDGE}(?:{_INSIDE}*{_EDGE})?{_AROUND}$", format="line")
ONE_LINE = Documented(pattern=f"^{_AROUND}{_INSIDE}*{_AROUND}$", format="line")
PROSE = Documented(pattern=rf"^{_AROUND}(?:[^{_CONTROL}]|[\t\n\r])*{_AROUND}$")
_ANY = rf"(?:[^{_CONTROL}]|[\t\n\r])*"
PROSE_1 = Documented(pattern=f"^{_ANY}{_EDGE}{_ANY}$", format="prose")
VISIBLE_3 = Documented(ONE_LINE_3, format="visible")
