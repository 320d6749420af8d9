"""The day in the braces of a deadline."""

from datetime import date, datetime

from errand.quick_add.dates import any_date_at
from errand.quick_add.reading import Reader, compiled
from errand.quick_add.words import languages
from errand.quick_add.words.tokens import token


def deadline_of(text: str, now: datetime) -> date | None:
    """As "in 3 days"; None if it is anything but one day."""
    tokens = [token(text, *word.span()) for word in compiled(r"\S+").finditer(text)]
    for language in languages():
        found = any_date_at(Reader(tokens, language, now), 0)
        if found and found[1] == len(tokens) and not found[0].at and found[0].hour is None:
            return found[0].day
    return None
