"""A line of text as a person types it, read as a task: "Pay rent every 1st at 9am #home p1"."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from errand.quick_add.deadlines import deadline_of
from errand.quick_add.marks import MarkKind, Piece, pieces
from errand.quick_add.phrases import Phrase, PhraseKind, phrases
from errand.quick_add.schedule import scheduled
from errand.quick_add.title import is_blank, title_of
from errand.quick_add.words.tokens import Token, mark, token, unread

type Kind = MarkKind | Literal["date", "time", "duration", "rule", "start", "end"]

# What is behind is title, unread: longer texts are no lines.
READ_MAX = 1_000
_SEVERAL = frozenset(("label", "escape"))
_KINDS: dict[PhraseKind, Kind] = {
    "date": "date",
    "time": "time",
    "part": "time",
    "duration": "duration",
    "rule": "rule",
    "start": "start",
    "end": "end",
    "count": "end",
    "span": "end",
}


@dataclass(frozen=True, slots=True)
class Understood:
    """A part of the text, in code points."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """`due`: a local day or time; `rule`: an RRULE without DTSTART; `duration`: in minutes."""

    title: str
    understood: tuple[Understood, ...] = ()
    due: date | None = None
    rule: str | None = None
    rule_from: Literal["due", "completion"] = "due"
    deadline: date | None = None
    priority: int | None = None
    project: str | None = None
    section: str | None = None
    labels: tuple[str, ...] = ()
    duration: int | None = None


def parse(text: str, *, now: datetime) -> Parsed:
    """Never fails. `now` is what the clock of who typed it shows, without a zone, before 9000."""
    found = _pieces(text)
    braces = [piece for piece in found if piece.kind == "deadline"]
    deadlines = {piece: day for piece in braces if (day := deadline_of(piece.value, now))}
    marks = _marks([piece for piece in found if piece.kind != "deadline" or piece in deadlines])
    counting = set(marks)
    tokens = [_token(text, piece, is_mark=piece in counting) for piece in found]
    schedule = scheduled(phrases(tokens, now), now)
    understood = _spans(marks) + _spans_of_phrases(text, tokens, schedule.used)
    understood.sort(key=lambda each: each.start)
    title = title_of(text, [(each.start, each.end) for each in understood])
    if is_blank(title):
        return Parsed(" ".join(text.split()))
    values = {piece.kind: piece.value for piece in marks}
    return Parsed(
        title,
        tuple(understood),
        due=schedule.due,
        rule=schedule.rule,
        rule_from="completion" if schedule.is_from_completion else "due",
        deadline=next((deadlines[piece] for piece in marks if piece in deadlines), None),
        priority=int(values["priority"]) if "priority" in values else None,
        project=values.get("project"),
        section=values.get("section"),
        labels=_labels(marks),
        duration=schedule.duration,
    )


def _pieces(text: str) -> list[Piece]:
    """Of what is read; a word that is not read to its end is a part of no phrase."""
    found = list(pieces(text[:READ_MAX]))
    if len(text) > READ_MAX:
        start = READ_MAX
        if found and found[-1].end == READ_MAX:
            start = found.pop().start
        found.append(Piece(start, len(text), is_quoted=True))
    return found


def _marks(found: list[Piece]) -> list[Piece]:
    """The last of each kind, but all labels; a section is that of its project."""
    last: dict[str, Piece] = {}
    for piece in found:
        if piece.kind == "project":
            last.pop("section", None)
        if piece.kind:
            last[piece.kind] = piece
    return [piece for piece in found if piece.kind in _SEVERAL or piece in last.values()]


def _token(text: str, piece: Piece, *, is_mark: bool) -> Token:
    if is_mark and piece.kind != "escape":
        return mark(piece.start, piece.end)
    if piece.kind or piece.is_quoted:
        return unread(piece.start, piece.end)
    return token(text, piece.start, piece.end)


def _labels(marks: list[Piece]) -> tuple[str, ...]:
    """Each once, however it is written."""
    labels: dict[str, str] = {}
    for piece in marks:
        if piece.kind == "label":
            labels.setdefault(piece.value.casefold(), piece.value)
    return tuple(labels.values())


def _spans(marks: list[Piece]) -> list[Understood]:
    return [Understood(piece.kind, piece.start, piece.end) for piece in marks if piece.kind]


def _spans_of_phrases(text: str, tokens: list[Token], used: tuple[Phrase, ...]) -> list[Understood]:
    """With the parentheses around them: "Call mum (tomorrow)"."""
    spans = []
    ordered = sorted(used, key=lambda phrase: phrase.first)
    for phrase in ordered:
        chain = [each for each in ordered if each.chain == phrase.chain]
        start, end = tokens[phrase.first].start, tokens[phrase.end - 1].end
        outer = tokens[chain[0].first].start - 1, tokens[chain[-1].end - 1].end
        if outer[0] >= 0 and text[outer[0]] == "(" and text[outer[1] : outer[1] + 1] == ")":
            start -= phrase is chain[0]
            end += phrase is chain[-1]
        spans.append(Understood(_KINDS[phrase.kind], start, end))
    return spans
