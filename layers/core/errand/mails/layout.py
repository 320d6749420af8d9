"""A mail as text and as HTML, of parts that each feature words for itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Mail:
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str

    def html(self) -> str:
        return f"<p>{escape(self.text)}</p>"


@dataclass(frozen=True, slots=True)
class Literal:
    """To be copied as it stands."""

    text: str

    def html(self) -> str:
        return f"<pre>{escape(self.text)}</pre>"


@dataclass(frozen=True, slots=True)
class Link:
    text: str

    def html(self) -> str:
        return f'<p><a href="{escape(self.text)}">{escape(self.text)}</a></p>'


type Part = Paragraph | Literal | Link


def mail_of(subject: str, parts: Sequence[Part]) -> Mail:
    text = "\n\n".join(part.text for part in parts)
    body = "\n".join(part.html() for part in parts)
    return Mail(subject, f"{text}\n", _document(subject, body))


def _document(title: str, body: str) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n'
        f'<head><meta charset="utf-8"><title>{escape(title)}</title></head>\n'
        f"<body>\n{body}\n</body>\n</html>\n"
    )
