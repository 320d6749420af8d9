"""Text of descriptions that programs keep as HTML."""

from html.parser import HTMLParser

_PARAGRAPHS = frozenset({"p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4", "ul", "ol", "pre"})
_UNSEEN = frozenset({"script", "style", "head", "title"})


class _Prose(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._unseen += tag in _UNSEEN
        if tag in _PARAGRAPHS:
            self.parts.append("\n")
        if tag == "li":
            self.parts.append("- ")

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(self._unseen - (tag in _UNSEEN), 0)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data)


def prose_of(html: str) -> str:
    """What of it is read; text that has no tags stays as it is."""
    if "<" not in html and "&" not in html:
        return html
    parser = _Prose()
    parser.feed(html)
    parser.close()
    lines = (line.rstrip() for line in "".join(parser.parts).splitlines())
    return "\n".join(filter(None, lines)).strip()
