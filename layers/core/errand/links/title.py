"""The title of an HTML page, from the first part of its bytes."""

import codecs
import re
from html.parser import HTMLParser
from unicodedata import bidirectional, category

TITLE_MAX = 300
_STEP = 4096
_META_CHARSET = re.compile(
    rb"""<meta[^>]{0,200}?\bcharset\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})""", re.IGNORECASE
)
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# The encodings of the web. Python has more (punycode, unicode_escape), slow or not for texts.
_WEB_CODEC = re.compile(
    r"utf-8|utf-16(-[lb]e)?|cp(125\d|866|874|932|949|950)|iso8859-\d+|iso2022_jp|koi8-[ru]|"
    r"mac-(roman|cyrillic)|gbk|gb2312|gb18030|big5(hkscs)?|euc_(jp|kr)|shift_jis"
)
_OVERRIDES = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def title_of(page: bytes, charset: str | None) -> str | None:
    """One line of at most 300 characters; `charset` is what the header says, if anything."""
    parser = _TitleParser()
    text = _decoded(page, charset)
    # Without `close()`, which takes quadratic time on markup that is broken on purpose.
    for start in range(0, len(text), _STEP):
        parser.feed(text[start : start + _STEP])
        if parser.is_done:
            break
    return _one_line("".join(parser.texts)) or None


class _TitleParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.is_done = False
        self._is_open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "title":
            self._is_open = not self.is_done
        elif tag in {"body", "svg"}:
            self.is_done = True  # a title in there is the title of a picture

    def handle_endtag(self, tag: str) -> None:
        if tag == "title" and self._is_open:
            self._is_open = False
            self.is_done = True

    def handle_data(self, data: str) -> None:
        if self._is_open:
            self.texts.append(data)


def _decoded(page: bytes, charset: str | None) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if page.startswith(mark):
            return page.removeprefix(mark).decode(encoding, "replace")
    codec = _codec(charset) or _declared_codec(page[:1024]) or "utf-8"
    return page.decode(codec, "replace")


def _declared_codec(beginning: bytes) -> str | None:
    declared = _META_CHARSET.search(beginning)
    codec = _codec(declared[1].decode("ascii")) if declared else None
    # It could not have been read if it were true (WHATWG HTML, 13.2.3.2).
    return "utf-8" if codec and codec.startswith("utf-16") else codec


def _codec(label: str | None) -> str | None:
    try:
        name = codecs.lookup((label or "").strip()).name
    except (LookupError, ValueError):
        return None
    if name in {"ascii", "iso8859-1"}:
        return "cp1252"  # as browsers do
    return name if _WEB_CODEC.fullmatch(name) else None


def _one_line(text: str) -> str:
    visible = "".join(
        character
        for character in text
        if character.isspace()
        or (category(character) not in {"Cc", "Cs"} and bidirectional(character) not in _OVERRIDES)
    )
    return " ".join(visible.split())[:TITLE_MAX].rstrip()
