"""Files that mean harm, or are simply other files: a refusal or a report, never anything else."""

import json
import zipfile
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.transfer.files import read_file, sample

from errand.errors import InvalidInput
from errand.transfer.reading import Format
from errand.transfer.report import LINES_MAX, Report
from errand.transfer.texts import BYTES_MAX, CONTAINERS_MAX

ALL = pytest.mark.parametrize("known", list(Format))
JSON = pytest.mark.parametrize(
    "known", [Format.JSON_LINES, Format.VIKUNJA, Format.GOOGLE, Format.MICROSOFT]
)
CSV = pytest.mark.parametrize("known", [Format.PLAIN_CSV, Format.TODOIST, Format.TICKTICK])


def bomb() -> bytes:
    held = BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tasks.csv", bytes(1_000_000))
    return held.getvalue()


@ALL
@pytest.mark.parametrize(
    "data",
    [bomb(), b"x" * (BYTES_MAX + 1), b"title\nPay \0rent\n", b"\xff\xfe\xff"],
    ids=["archive", "too large", "NUL", "half a character of UTF-16"],
)
def test_file_that_is_no_text_is_refused(known: Format, data: bytes) -> None:
    with pytest.raises(InvalidInput):
        read_file(data, known)


@ALL
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_mark_tells_the_encoding(known: Format, encoding: str) -> None:
    text = sample(known).decode()
    assert read_file(text.encode(encoding), known) == read_file(sample(known), known)


def test_text_of_windows_is_read_and_reported() -> None:
    report = Report()
    contents = read_file("title\nZahnärztin anrufen\n".encode("cp1252"), Format.PLAIN_CSV, report)
    assert [task.title for task in contents.tasks] == ["Zahnärztin anrufen"]
    assert [(line.at, line.outcome) for line in report.lines] == [(0, "changed")]


@JSON
@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[" + '{"tasks":' * 50_000,
        "[" + "[]," * CONTAINERS_MAX,
        '[{"id": NaN}]',
        '[{"id": ' + "9" * 5_000 + "}]",
        "[1, 2",
    ],
    ids=["deep lists", "deep objects", "too many", "no number", "long number", "cut off"],
)
def test_json_without_bounds_is_refused(known: Format, text: str) -> None:
    with pytest.raises(InvalidInput):
        read_file(text.encode(), known)


@CSV
def test_row_of_a_million_columns_is_refused_and_others_are_read(known: Format) -> None:
    report = Report()
    lines = sample(known) + b"," * 1_000_000 + b"\n"
    contents = read_file(lines, known, report)
    assert len(contents.tasks) == len(read_file(sample(known), known).tasks)
    assert [line.words for line in report.lines if line.outcome == "refused"] == [
        "The row has more than 200 columns"
    ]


@CSV
def test_cell_without_end_is_refused(known: Format) -> None:
    report = Report()
    read_file(sample(known) + b'"' + b"x" * 1_000_000, known, report)
    assert any(line.outcome == "refused" for line in report.lines)


@pytest.mark.parametrize("zone", ["Europe", "America/Indiana", "E" * 300, "Europe/" + "B" * 300])
def test_vtodo_of_a_zone_that_is_no_file_is_refused_and_others_are_read(zone: str) -> None:
    todos = [
        f"BEGIN:VTODO\r\nSUMMARY:Buy milk\r\nDUE;TZID={name}:20261224T090000\r\nEND:VTODO\r\n"
        for name in (zone, "Europe/Berlin")
    ]
    report = Report()
    contents = read_file("".join(todos).encode(), Format.VTODO, report)
    assert [task.title for task in contents.tasks] == ["Buy milk"]
    assert [(line.at, line.outcome) for line in report.lines] == [(1, "refused")]
    # Nothing of where we are.
    assert "zoneinfo" not in report.lines[0].words


def test_vtodo_without_end_is_refused() -> None:
    report = Report()
    read_file(b"BEGIN:VTODO\r\n" + b"SUMMARY:Pay\r\n" * 50_000, Format.VTODO, report)
    assert [(line.at, line.outcome) for line in report.lines] == [(1, "refused")]


@ALL
def test_file_of_another_kind_is_reported_or_refused(known: Format) -> None:
    report = Report()
    try:
        contents = read_file(b'{"mood": "glad"}\n', known, report)
    except InvalidInput:
        return
    assert (contents.tasks, contents.projects) == ([], [])
    assert report.lines


@ALL
def test_more_tasks_than_asked_for_are_refused(known: Format) -> None:
    with pytest.raises(InvalidInput, match="more than 1 tasks"):
        read_file(sample(known), known, tasks_max=1)


@ALL
@given(data=st.data())
def test_damaged_file_never_fails_otherwise(known: Format, data: st.DataObject) -> None:
    text = bytearray(sample(known))
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(text) - 1))
        text[place : place + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    with suppress(InvalidInput):
        assert read_file(bytes(text), known) is not None


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)


def _with_values(thing: object, data: st.DataObject) -> object:
    """The same document with other things in some places."""
    if data.draw(st.integers(0, 12)) == 0:
        return data.draw(_VALUES)
    if isinstance(thing, dict):
        return {name: _with_values(value, data) for name, value in thing.items()}
    if isinstance(thing, list):
        return [_with_values(value, data) for value in thing]
    return thing


@pytest.mark.deep
@pytest.mark.parametrize("known", [Format.VIKUNJA, Format.GOOGLE, Format.MICROSOFT])
@given(data=st.data())
def test_json_of_other_types_never_fails_otherwise(known: Format, data: st.DataObject) -> None:
    text = json.dumps(_with_values(json.loads(sample(known)), data))
    with suppress(InvalidInput):
        assert read_file(text.encode(), known) is not None


def test_report_is_bounded_and_tells_what_it_left_off() -> None:
    report = Report()
    read_file(
        b"title,due\n" + b"Pay rent,soon\n" * 90 * 10, Format.PLAIN_CSV, report, tasks_max=900
    )
    assert (len(report.lines), report.more) == (LINES_MAX, 400)


@pytest.mark.deep
def test_comments_without_end_are_left_out_one_by_one() -> None:
    report = Report()
    notes = b"note,They open at ten\n" * 30_000
    data = b"TYPE,CONTENT\ntask,Ask the bank\n" + notes
    [task] = read_file(data, Format.TODOIST, report).tasks
    assert 5_000 < len(task.description) < 6_000
    assert (len(report.lines), report.more) == (LINES_MAX, 30_000 - LINES_MAX)
