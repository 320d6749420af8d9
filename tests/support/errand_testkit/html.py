"""Pages of HTML as those see them who read them."""

from html.parser import HTMLParser

_VOID = {"meta", "input"}
_UNSEEN = {"title", "style"}


class Page(HTMLParser):
    """The words of its body, what its links lead to, and which elements are left open."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.links: list[str | None] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in _VOID:
            self.open.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {*self.open} & _UNSEEN:
            self.text += data
