"""Text of descriptions that programs keep as HTML.

By one expression, in linear time: html.parser takes 22 s for 40,000 characters of "<a ".
"""

import re
from html import unescape

_TAG = re.compile(
    r"<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9]{0,20}+)[^<>]{0,2000}+>|<[!?][^<>]{0,2000}+>"
)
_PARAGRAPHS = frozenset({"p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4", "ul", "ol", "pre"})
_UNSEEN = frozenset({"script", "style", "title"})


def prose_of(html: str) -> str:
    """What of it is read; text that has no tags stays as it is."""
    if "<" not in html and "&" not in html:
        return html
    parts: list[str] = []
    unseen, last = "", 0
    for tag in _TAG.finditer(html):
        if not unseen:
            parts.append(html[last : tag.start()])
        last = tag.end()
        name, is_end = (tag["name"] or "").lower(), bool(tag["end"])
        if unseen:
            unseen = "" if is_end and name == unseen else unseen
        elif name in _UNSEEN and not is_end:
            unseen = name
        elif name in _PARAGRAPHS and not is_end:
            parts.append("\n- " if name == "li" else "\n")
    if not unseen:
        parts.append(html[last:])
    lines = (line.rstrip() for line in _unescaped("".join(parts)).splitlines())
    return "\n".join(filter(None, lines)).strip()


def _unescaped(text: str) -> str:
    try:
        return unescape(text)
    except ValueError:
        # Of a number with more digits than Python reads.
        return text
