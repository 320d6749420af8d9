"""python -m tests.unit.uploads.worst: files that mean harm, read with the means of the function.

Prints what became of each, as JSON; ends by a signal if one takes more than its time or memory.
"""

import json
import resource
import sys
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from errand.errors import InvalidInput
from errand.labels.model import LabelSet
from errand.transfer.importing import Begun
from errand.transfer.making import Known, Maker
from errand.transfer.reading import Format, read
from errand.transfer.report import Report
from errand.uploads.model import BYTES_MAX, LINES_MAX, TASKS_MAX

# Of all of them together; the function has 300 s and 1 GB for one.
SECONDS, MEMORY = 60, 1024**3
NOW = datetime(2026, 11, 27, 1, tzinfo=ZoneInfo("Europe/Berlin"))
_ROOM = BYTES_MAX - 100
_PARTS = b"title,id,parent\n"


def files() -> Iterator[tuple[str, Format, bytes]]:
    yield "one line", Format.PLAIN_CSV, b"title\n" + b"x" * _ROOM
    yield "one line", Format.TODOIST, b"TYPE,CONTENT\ntask," + b"x" * _ROOM
    todo = b"BEGIN:VTODO\r\nSUMMARY:" + b"x" * _ROOM + b"\r\nEND:VTODO\r\n"
    yield "one line", Format.VTODO, todo
    for known in (Format.PLAIN_CSV, Format.JSON_LINES, Format.VTODO, Format.VIKUNJA):
        yield "a million blank lines", known, b"title\n" + b"\n" * 1_000_000
    for known in (Format.JSON_LINES, Format.VIKUNJA, Format.GOOGLE, Format.MICROSOFT):
        yield "deep lists", known, b"[" * _ROOM
        yield "deep objects", known, b'{"tasks":' * 390_000
    numbers = range(TASKS_MAX)
    cycle = b"".join(b"Task,%d,%d\n" % (one, (one + 1) % TASKS_MAX) for one in numbers)
    yield "one cycle", Format.PLAIN_CSV, _PARTS + cycle
    chain = b"".join(b"Task,%d,%d\n" % (one, one + 1) for one in range(5_000))
    yield "one chain", Format.PLAIN_CSV, _PARTS + chain
    yield "no UTF-8", Format.PLAIN_CSV, bytes(range(1, 256)) * (_ROOM // 255)
    yield "no text", Format.PLAIN_CSV, b"PK\x03\x04" + b"x" * _ROOM
    yield "another format", Format.VTODO, b'{"kind": "task", "title": "Pay rent"}\n' * 200_000
    yield "more tasks than may be", Format.PLAIN_CSV, b"title\n" + b"abc\n" * 2_000_000
    rows = b"".join(b'Task,"l%d,l%d"\n' % (one, one + 1) for one in range(2_000))
    yield "more labels than may be", Format.PLAIN_CSV, b"title,labels\n" + rows
    projects = b'{"kind":"project","name":"Home"}\n' * 100_000
    yield "more projects than may be", Format.JSON_LINES, projects


def outcome(known: Format, data: bytes) -> str:
    report = Report(lines_max=LINES_MAX)
    begun = Begun(1_795_336_200_000, "seed")
    try:
        contents = read(data, known, report, now=NOW, tasks_max=TASKS_MAX)
    except InvalidInput as wrong:
        return wrong.detail
    maker = Maker(now=begun.now, here="UTC", new_id=begun.new_id, report=report)
    made = maker.make(contents, Known(projects=[], sections=[], labels=LabelSet.empty()))
    return f"{len(made.tasks)} tasks, {len(report.lines) + report.more} lines"


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    told = [(name, known, outcome(known, data)) for name, known, data in files()]
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
