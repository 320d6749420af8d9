"""Titles as pages write them."""

import time

import pytest

from errand.links.title import title_of


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<title>Milk</title>", "Milk"),
        (
            "<!doctype html><html><head><TITLE lang=en>\n  All about\t milk \n</TITLE>",
            "All about milk",
        ),
        ("<title>Caf&eacute; &amp; B&#228;ckerei &lt;3</title>", "Café & Bäckerei <3"),
        ("<title>one</title><title>two</title>", "one"),
        ("<!-- <title>not this</title> --><title>this</title>", "this"),
        ("<script>'<title>not this</title>'</script><title>this</title>", "this"),
        ("<svg><title>a picture</title></svg>", None),
        ("<body><title>too late</title>", None),
        ("<title>  </title>", None),
        ("<title></title><title>two</title>", None),
        ("<html><head></head><body>no title</body>", None),
        ("", None),
        ("<title>a\x00b\x1bc\x7fd\u0085e\u202ef\u2066g&#x202e;h&#8;i</title>", "abcd efghi"),
        ("<title>👩‍👧 می‌خواهم</title>", "👩‍👧 می‌خواهم"),
        (f"<title>{'x' * 400}</title>", "x" * 300),
        (f"<title>{'x' * 299} y</title>", "x" * 299),
        ("<![foo<title>not this</title>><title>Milk</title>", "Milk"),
        ("<![foo><title>Milk</title>", "Milk"),
        ("<!doctype html><![CDATA[ ]]><title>Milk</title>", "Milk"),
        ("<?xml version='1.0'?><title>Milk</title>", "Milk"),
        ("</ ><title>Milk</title>", "Milk"),
        ("1 < 2 <title>Milk</title>", "Milk"),
        ("<title>a < b <b>c</b></title>", "a < b <b>c</b>"),
        ("<meta content='<title>not this</title>'><title>Milk</title>", "Milk"),
        ('<a b="><title>in an attribute</title>', None),
        ("<titles>no</titles><title>Milk</title>", "Milk"),
        ("<!--><title>Milk</title>", "Milk"),
        ("<style></styles><title>not this</title></style ><title>Milk</title>", "Milk"),
    ],
)
def test_titles(page: str, title: str | None) -> None:
    assert title_of(page.encode(), None) == title


@pytest.mark.parametrize(
    ("page", "charset", "title"),
    [
        ("<title>Käse</title>".encode(), "utf-8", "Käse"),
        ("<title>Käse</title>".encode("latin-1"), "ISO-8859-1", "Käse"),
        ("<title>“Käse”</title>".encode("cp1252"), "iso-8859-1", "“Käse”"),
        ("<title>Сыр</title>".encode("koi8-r"), "koi8-r", "Сыр"),
        ("<title>チーズ</title>".encode("shift_jis"), "Shift_JIS", "チーズ"),
        ('<meta charset="windows-1251"><title>Сыр</title>'.encode("cp1251"), None, "Сыр"),
        (
            b'<META http-equiv="Content-Type" content="text/html; charset=euc-jp">'
            + "<title>チーズ</title>".encode("euc-jp"),
            None,
            "チーズ",
        ),
        ("<title>Käse</title>".encode("utf-16"), None, "Käse"),
        ("<title>Käse</title>".encode("utf-16-be"), "utf-16be", "Käse"),
        ("\ufeff<title>Käse</title>".encode(), "iso-8859-1", "Käse"),
        ('<meta charset="utf-16"><title>Käse</title>'.encode(), None, "Käse"),
        ("<title>Käse</title>".encode(), "x-unheard-of", "Käse"),
        ("<title>Käse</title>".encode(), "\x00", "Käse"),
        ("<title>Käse</title>".encode(), "punycode", "Käse"),
        ("<title>Käse</title>".encode(), "unicode_escape", "Käse"),
        ("<title>Käse</title>".encode(), "zlib", "Käse"),
        (b"<title>K\xff\xfese</title>", "utf-8", "K\ufffd\ufffdse"),
    ],
)
def test_encodings(page: bytes, charset: str | None, title: str) -> None:
    assert title_of(page, charset) == title


@pytest.mark.parametrize("before", ["", "<title>", "<script>", "<!--", "<!DOCTYPE ["])
@pytest.mark.parametrize(
    "part",
    [
        "<",
        "<!--",
        "<a '>\"",
        "<a \">'",
        "<![",
        '<a"',
        "<script>",
        "</script",
        "<title",
        "&#x",
        "<a ",
        "</",
        "&",
        "<a b='",
        "<![CDATA[",
        "<?",
        "<a>",
    ],
)
def test_broken_markup_takes_no_time(before: str, part: str) -> None:
    page = (before + part * 65536)[:65536].encode()
    start = time.process_time()
    title_of(page, None)
    assert time.process_time() - start < 1
