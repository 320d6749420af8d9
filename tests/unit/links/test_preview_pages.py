"""What a preview reads of a page: its status and title, and no more of it than it has to."""

import asyncio
import gzip
import zlib

import pytest

from errand_testkit.web import response, see_one


def test_status_and_title() -> None:
    seen = see_one(response())
    assert (seen.status, seen.title, seen.error) == (200, "Milk", None)


def test_a_missing_page_is_an_answer_too() -> None:
    seen = see_one(response(b"<title>Gone</title>", status="404 Not Found"))
    assert (seen.status, seen.title, seen.error) == (404, "Gone", None)


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "image/svg+xml", ""])
def test_what_is_not_html_has_no_title_and_is_not_read(kind: str) -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n".encode())
        while True:
            writer.write(b"<title>Milk</title>" * 100)
            await writer.drain()

    seen = see_one(endless)
    assert (seen.status, seen.title, seen.error) == (200, None, None)


@pytest.mark.parametrize(("padding", "title"), [(65_000, "Milk"), (70_000, None)])
def test_64_kib_are_read(padding: int, title: str | None) -> None:
    seen = see_one(response(b" " * padding + b"<title>Milk</title>"))
    assert (seen.status, seen.title) == (200, title)


def test_an_endless_page_is_left() -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<title>Milk</title>")
        while True:
            writer.write(b" " * 10_000)
            await writer.drain()

    seen = see_one(endless)
    assert (seen.status, seen.title) == (200, "Milk")


@pytest.mark.parametrize(
    ("encoding", "body", "title"),
    [
        ("gzip", gzip.compress(b"<title>Milk</title>"), "Milk"),
        ("X-GZIP", gzip.compress(b"<title>Milk</title>" + bytes(range(256)) * 999), "Milk"),
        ("deflate", zlib.compress(b"<title>Milk</title>"), "Milk"),
        ("gzip", gzip.compress(b" " * 50_000_000 + b"<title>Bomb</title>"), None),
        ("gzip", b"not gzip", None),
        ("gzip", b"", None),
        ("br", b"\x0b\x09\x80<title>", None),
        ("gzip, gzip", gzip.compress(gzip.compress(b"<title>Milk</title>")), None),
    ],
    ids=["gzip", "cut", "deflate", "bomb", "broken", "empty", "other", "twice"],
)
def test_compression_nobody_asked_for(encoding: str, body: bytes, title: str | None) -> None:
    seen = see_one(response(body, f"Content-Encoding: {encoding}"))
    assert (seen.status, seen.title, seen.error) == (200, title, None)


def test_the_charset_of_the_header() -> None:
    page = "<meta charset=utf-8><title>Сыр</title>".encode("cp1251")
    assert see_one(response(page, kind="text/html;charset=Windows-1251")).title == "Сыр"
