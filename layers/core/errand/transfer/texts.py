"""From the bytes of a file, whoever wrote it, to texts, rows and JSON of bounded size."""

import codecs
import csv
import json
from collections.abc import Iterator, Mapping
from io import StringIO
from typing import Any

from errand.errors import InvalidInput
from errand.transfer.report import Report

BYTES_MAX = 10 * 1000 * 1000
COLUMNS_MAX = 200
# Each object or list of JSON takes a hundred bytes and more of memory, however short it is.
CONTAINERS_MAX = 400_000
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!")
_MARKED = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def text_of(data: bytes, report: Report) -> str:
    """UTF-8, or what a byte order mark says, else Windows-1252. Raises InvalidInput."""
    if len(data) > BYTES_MAX:
        raise InvalidInput(f"A file has at most {BYTES_MAX} bytes")
    if data.startswith(_ARCHIVES):
        raise InvalidInput("The file is an archive: send the file that is in it")
    encoding = next((name for mark, name in _MARKED if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise InvalidInput(f"The file begins as {encoding} and is none") from None
        report.changed(0, "It is not UTF-8: read as Windows-1252")
        text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        raise InvalidInput("The file has NUL characters in it: it is no text")
    return text


def rows(text: str, report: Report) -> Iterator[tuple[int, list[str]]]:
    """The rows of CSV, each with the line on which it begins; what cannot be read is reported."""
    first = text[: text.find("\n")] if "\n" in text else text
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as wrong:
            report.refused(line, f"The row cannot be read: {wrong}")
            continue
        if len(row) > COLUMNS_MAX:
            report.refused(line, f"The row has more than {COLUMNS_MAX} columns")
        elif any(cell.strip() for cell in row):
            yield line, row


def named(
    header: list[str], body: Iterator[tuple[int, list[str]]]
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Rows as cells by the names of their columns, in small letters."""
    names = [name.strip().lower() for name in header]
    for line, row in body:
        cells = (cell.strip() for cell in row)
        yield line, dict(zip(names, cells, strict=False))


def document(text: str) -> Any:
    """Raises InvalidInput for what is no JSON, is nested too deep or has too much in it."""
    if text.count("{") + text.count("[") > CONTAINERS_MAX:
        raise InvalidInput(f"JSON has at most {CONTAINERS_MAX} objects and lists")
    try:
        return _JSON.decode(text)
    except RecursionError:
        raise InvalidInput("The JSON is nested too deep") from None
    except json.JSONDecodeError as wrong:
        raise InvalidInput(f"This is no JSON: {wrong.msg} in line {wrong.lineno}") from None
    except ValueError:
        raise InvalidInput("The JSON has a number that is none") from None


def _no_number(name: str) -> None:
    raise ValueError(name)


# Made once: a file may have a million lines of JSON.
_JSON = json.JSONDecoder(parse_constant=_no_number)
