"""What of a text a person sees; apart from errand.text, which brings Pydantic along."""

import re
import unicodedata

# Unicode's Default_Ignorable_Code_Point: drawn as nothing by whoever does not know them. Unicode
# adds to it within these ranges only; a test holds them against the tables that Pydantic has.
IGNORABLE = re.compile(
    r"[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# What has a shape by its properties, but an empty one: marks of annotations, blank Braille, the
# blank hieroglyphs and their joiners, the filler of Khitan, the null note head.
BLANK = re.compile(
    r"[\ufff9-\ufffb\u2800\U00013430-\U00013442\U00016fe4\U0001d159]",
)
_OPENED_BY = {
    "\u202c": "\u202a\u202b\u202d\u202e",  # an embedding or override, until it is popped
    "\u2069": "\u2066\u2067\u2068",  # an isolate
}
_OPENING = frozenset("".join(_OPENED_BY.values()))
_WIDE = frozenset("WF")


def is_hiding(text: str) -> bool:
    """Whether something in it cannot be seen, other than spaces."""
    return bool(IGNORABLE.search(text) or BLANK.search(text))


def width(text: str) -> int:
    """Characters that can be seen, those that are wide (East Asian Width W or F) counted twice.

    However they are composed; spaces count between others only.
    """
    seen = BLANK.sub("", IGNORABLE.sub("", unicodedata.normalize("NFC", text))).strip()
    return sum(2 if unicodedata.east_asian_width(one) in _WIDE else 1 for one in seen)


def is_balanced(text: str) -> bool:
    """Whether each change of direction (Unicode's bidirectional controls) ends within the text."""
    opened: list[str] = []
    for character in text:
        if character in _OPENING:
            opened.append(character)
        elif character in _OPENED_BY and (not opened or opened.pop() not in _OPENED_BY[character]):
            return False
    return not opened
