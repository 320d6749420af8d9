"""Files of tasks for tests: samples written as their programs write them, and hostile ones."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from errand.transfer.model import ForeignTask
from errand.transfer.reading import Contents, Format, read
from errand.transfer.report import Report

NOW = datetime(2026, 11, 27, 1, tzinfo=ZoneInfo("Europe/Berlin"))
SAMPLES = {
    Format.JSON_LINES: "errand.jsonl",
    Format.PLAIN_CSV: "plain.csv",
    Format.TODOIST: "todoist.csv",
    Format.TICKTICK: "ticktick.csv",
    Format.VIKUNJA: "vikunja.json",
    Format.GOOGLE: "google.json",
    Format.MICROSOFT: "microsoft.json",
    Format.VTODO: "tasks.ics",
}


def sample(known: Format) -> bytes:
    return (Path(__file__).parent / "samples" / SAMPLES[known]).read_bytes()


def read_file(
    data: bytes, known: Format, report: Report | None = None, *, tasks_max: int = 100
) -> Contents:
    return read(data, known, report or Report(), now=NOW, tasks_max=tasks_max)


def read_sample(known: Format) -> tuple[Contents, dict[str, ForeignTask], Report]:
    """What is in it, its tasks by title, and the report."""
    report = Report()
    contents = read_file(sample(known), known, report)
    return contents, {task.title: task for task in contents.tasks}, report
