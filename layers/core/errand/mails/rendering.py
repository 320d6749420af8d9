"""A mail of a Jinja template, as text and as HTML.

A template is written once: what it is made of (`paragraph`, `token`, `button`, `entry`) and the
layout that it extends are there twice, in layouts/html and layouts/text.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from errand.errors import MalformedRecord

if TYPE_CHECKING:
    from jinja2 import Environment

# What templates are named by: identity/recovery/password_recovery.jinja.
PACKAGE = Path(__file__).parents[1]
_LAYOUTS = Path(__file__).with_name("layouts")
SUBJECT_MAX = 150
# Marks that change the direction of what follows them.
_DIRECTIONS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
_MANY_LINES = re.compile(r"\n[ \n]*\n")


@dataclass(frozen=True, slots=True)
class Mail:
    subject: str
    text: str
    html: str


def render(template: str, data: Mapping[str, Any], *, roots: Sequence[Path] = (PACKAGE,)) -> Mail:
    """`roots`: the folders below which templates are.

    Raises MalformedRecord for a link that is none; jinja2.UndefinedError for data that is missing.
    """
    as_text, as_html = (_environment(form, tuple(roots)) for form in ("text", "html"))
    subject = as_text.get_template(template)
    worded = "".join(subject.blocks["subject"](subject.new_context({**data})))
    told = {**data, "title": _header(worded)}
    text = as_text.get_template(template).render(told)
    return Mail(
        told["title"],
        _MANY_LINES.sub("\n\n", text).strip() + "\n",
        as_html.get_template(template).render(told),
    )


def one_line(text: str) -> str:
    """So that no name looks like a paragraph of ours, or turns around what stands beside it."""
    kept = "".join(
        " " if unicodedata.category(one) in {"Cc", "Cs", "Zl", "Zp"} else one
        for one in text
        if unicodedata.bidirectional(one) not in _DIRECTIONS
    )
    return " ".join(kept.split())


def _header(text: str) -> str:
    """What is harmless in a header, whoever has chosen it."""
    line = one_line(text)
    return line if len(line) <= SUBJECT_MAX else f"{line[: SUBJECT_MAX - 1]}…"


def _address(url: str) -> str:
    """Raises MalformedRecord for what no link may lead to, such as a script."""
    if not url.startswith(("https://", "http://")):
        raise MalformedRecord("A link of a mail leads to no page of the web")
    return url


@cache
def _environment(form: str, roots: tuple[Path, ...]) -> "Environment":
    # Loaded for the first mail: most messages of some kinds ask for none.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

    environment = Environment(
        loader=FileSystemLoader([_LAYOUTS / form, *roots]),
        autoescape=form == "html",  # noqa: S701 - a plain text has nothing to escape
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {"one_line": one_line, "address": _address}
    parts = environment.get_template("parts.jinja").module
    environment.globals |= {
        name: part for name, part in vars(parts).items() if not name.startswith("_")
    }
    return environment
