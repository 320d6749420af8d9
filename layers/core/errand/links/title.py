"""The title of an HTML page, from the first part of its bytes."""

import codecs
import re
from functools import cache
from html import unescape
from unicodedata import bidirectional, category

TITLE_MAX = 300
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


# A tag with its attributes, in which a > may be quoted. Nothing is tried twice: the time is that of
# reading it once.
_TAG = re.compile(
    r"""<(/?)([a-z][^\s/>]*+)(?:[^"'>]++|"[^"]*+"|'[^']*+')*+>""", re.IGNORECASE | re.ASCII
)
_BEGINS_TAG = re.compile("<[a-z]", re.IGNORECASE | re.ASCII)
# Elements in which nothing but their end is a tag.
_TEXT_ONLY = {"title", "script", "style", "textarea", "xmp", "iframe", "noembed", "noframes"}
# A title in there is the title of a picture.
_NO_TITLE_IN = {"body", "svg"}


def title_of(page: bytes, charset: str | None) -> str | None:
    """One line of at most 300 characters; `charset` is what the header says, if anything."""
    return _one_line(unescape(_title(_decoded(page, charset)))) or None


def _title(text: str) -> str:
    """Of a page's head, as it is written; empty if there is none.

    Not html.parser: it raises for some broken markup, and takes quadratic time for other.
    """
    at = text.find("<")
    while at >= 0:
        tag = _TAG.match(text, at)
        if tag is None:
            at = _behind_what_is_no_tag(text, at)
        else:
            at, name = tag.end(), "" if tag[1] else tag[2].lower()
            if name in _NO_TITLE_IN:
                break
            if name in _TEXT_ONLY:
                end = _end_of(name).search(text, at)
                if name == "title":
                    return text[at : end.start() if end else None]
                at = end.start() if end else -1
        at = text.find("<", at) if at >= 0 else at
    return ""


def _behind_what_is_no_tag(text: str, at: int) -> int:
    """-1 if it does not end."""
    if text.startswith("<!--", at):
        end = text.find("-->", at + 2)
        return end if end < 0 else end + 3
    if text.startswith(("<!", "<?", "</"), at):
        return text.find(">", at)
    return -1 if _BEGINS_TAG.match(text, at) else at + 1


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


@cache
def _end_of(name: str) -> re.Pattern[str]:
    return re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE | re.ASCII)
