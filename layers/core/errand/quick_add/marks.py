"""What is marked: #project /section @label p1 {deadline}, and what a backslash keeps."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from errand.quick_add.reading import compiled
from errand.quick_add.words.tokens import quotations

type MarkKind = Literal["project", "section", "label", "priority", "deadline", "escape"]

_KINDS: dict[str, MarkKind] = {"#": "project", "@": "label", "/": "section"}
_ENDING = ".,;:!?()[]{}'\"…"
_CLOCK = r"@[0-9]{1,2}(?::[0-9]{2}(?:am|pm)?|am|pm)[.,;:!?)]*"
# Braces hold a day, and no more than that.
DEADLINE_MAX = 60
_NEAR = 20
_PRIORITY = r"([pP])([1-4])[.,;:!?)]*"


class Piece(NamedTuple):
    """A mark, or a word; one that is quoted or escaped is part of no phrase.

    `value`: a name without its sign and quotes, what is in braces, or the figure of a priority.
    """

    start: int
    end: int
    kind: MarkKind | None = None
    value: str = ""
    is_quoted: bool = False


def pieces(text: str) -> Iterator[Piece]:
    """All of a text but its spaces, in order."""
    closing = dict(quotations(text))
    piece: Piece | None = None
    for start in _starts(text):
        at = max(start, piece.end if piece else 0)
        end = _word_end(text, start)
        while at < end:
            piece = _piece(text, at, end, closing, before=piece.kind if piece else None)
            yield piece
            at = piece.end


def _starts(text: str) -> Iterator[int]:
    for at, character in enumerate(text):
        if not character.isspace() and (at == 0 or text[at - 1].isspace()):
            yield at


def _word_end(text: str, at: int) -> int:
    while at < len(text) and not text[at].isspace():
        at += 1
    return at


def _piece(
    text: str, at: int, end: int, closing: dict[int, int], *, before: MarkKind | None
) -> Piece:
    """What begins at `at`, in a word that goes to `end`."""
    if at in closing:
        return Piece(at, closing[at], is_quoted=True)
    if before == "escape":
        return Piece(at, end, is_quoted=True)
    found = _signed(text, at, end, closing) or _priority(text, at, end)
    if not found or (found.kind == "section" and before != "project"):
        return Piece(at, end)
    return found


def _signed(text: str, at: int, end: int, closing: dict[int, int]) -> Piece | None:
    sign = text[at]
    if sign == "@" and compiled(_CLOCK).fullmatch(text, at, end):
        return Piece(at, at + 1)
    if sign in _KINDS:
        return _named(_KINDS[sign], text, at, end, closing)
    if sign == "{":
        close = text.find("}", at, at + DEADLINE_MAX)
        return Piece(at, close + 1, "deadline", text[at + 1 : close]) if close > 0 else None
    if sign == "\\" and text[at + 1 : at + 2] in {"#", "@"}:
        is_name = _named("label", text, at + 1, end, closing)
        return Piece(at, at + 1, "escape") if is_name else None
    return None


def _priority(text: str, at: int, end: int) -> Piece | None:
    """In capitals only where nothing but marks follows: "P1 visa form" is a title."""
    found = compiled(_PRIORITY).fullmatch(text, at, end)
    if not found:
        return None
    behind = text[end : end + _NEAR].lstrip()[:1]
    is_one = found[1] == "p" or behind in {"", "#", "@", "{"}
    return Piece(at, at + 2, "priority", found[2]) if is_one else None


def _named(kind: MarkKind, text: str, at: int, end: int, closing: dict[int, int]) -> Piece | None:
    """A sign with a name, of which something is no digit: issue #42 is none."""
    if at + 1 in closing:
        name = " ".join(text[at + 2 : closing[at + 1] - 1].split())
        return Piece(at, closing[at + 1], kind, name) if name else None
    name = text[at + 1 : end]
    if kind == "project":
        name = name.partition("/")[0]
    name = name.rstrip(_ENDING)
    is_name = any(each.isalpha() or (not each.isascii() and not each.isdigit()) for each in name)
    if "@" in name:
        # An address, as @ada@social.example.
        return None
    is_plain = name[:1].isalnum() or name[:1] == "_" or not name[:1].isascii()
    return Piece(at, at + 1 + len(name), kind, name) if is_name and is_plain else None
