"""What people may type: trimmed, without control characters, of bounded length."""

import re
import unicodedata

from pydantic import AfterValidator, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

# What ECMA-262 trims, as its patterns are those of JSON Schema; dialects differ on what \s is.
_SPACES = "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
_SPACES += "\u2028\u2029\u202f\u205f\u3000\ufeff"
_SPACE = r"\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_CONTROL = r"\x00-\x1f\x7f-\x9f"
_BREAK = r"\u2028\u2029"

_SURROGATES = re.compile(r"[\ud800-\udfff]")
_CONTROLS = re.compile(f"[{_CONTROL}{_BREAK}]")
_CONTROLS_IN_PROSE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def encodable(text: str) -> str:
    """JSON can carry halves of characters, UTF-8 and thus DynamoDB cannot. Raises ValueError."""
    if _SURROGATES.search(text):
        raise ValueError("must not contain lone surrogates")
    return text


def _trim(text: str) -> str:
    return encodable(text).strip(_SPACES)


def _one_line(text: str) -> str:
    if _CONTROLS.search(text):
        raise ValueError("must not contain control characters or line breaks")
    return text


def _prose(text: str) -> str:
    if _CONTROLS_IN_PROSE.search(text):
        raise ValueError("must not contain control characters")
    return text


def _visible(text: str) -> str:
    # Invisible and unassigned characters let two names look the same.
    if any(unicodedata.category(character).startswith("C") for character in text):
        raise ValueError("must not contain control or invisible characters")
    return _one_line(text)


Trimmed = AfterValidator(_trim)
# Field(max_length=…) goes before Trimmed, as JSON Schema counts what is sent; the others behind it.
OneLine = AfterValidator(_one_line)
Prose = AfterValidator(_prose)
Visible = AfterValidator(_visible)


class Documented(dict[str, str]):
    """For the schema only: people get the messages above, which say what is wrong."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return handler(schema) | self


_AROUND, _INSIDE, _EDGE = f"[{_SPACE}]*", f"[^{_CONTROL}{_BREAK}]", f"[^{_CONTROL}{_SPACE}]"
# What is left of them when trimmed: at least three characters, one, any number, of any lines.
ONE_LINE_3 = Documented(pattern=f"^{_AROUND}{_EDGE}{_INSIDE}+{_EDGE}{_AROUND}$")
ONE_LINE_1 = Documented(pattern=f"^{_AROUND}{_EDGE}(?:{_INSIDE}*{_EDGE})?{_AROUND}$")
ONE_LINE = Documented(pattern=f"^{_AROUND}{_INSIDE}*{_AROUND}$")
PROSE = Documented(pattern=rf"^{_AROUND}(?:[^{_CONTROL}]|[\t\n\r])*{_AROUND}$")
# No pattern can name the characters that Unicode has not assigned.
VISIBLE_3 = Documented(ONE_LINE_3, format="visible")
