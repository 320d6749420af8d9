"""Ten megabytes of harm are read in bounded time and memory."""

import json
import subprocess
import sys

import pytest
from tests.unit.uploads import worst

from errand_testkit.stack import ROOT

TOO_MANY = "JSON has at most 400000 objects and lists"
EXPECTED = {
    ("one line", "plain_csv"): "0 tasks, 1 lines",
    ("one line", "todoist"): "0 tasks, 1 lines",
    ("one line", "vtodo"): "0 tasks, 1 lines",
    ("a million blank lines", "plain_csv"): "0 tasks, 0 lines",
    ("a million blank lines", "vtodo"): "0 tasks, 1 lines",
    ("deep lists", "json_lines"): TOO_MANY,
    ("deep objects", "json_lines"): "The JSON is nested too deep",
    ("one cycle", "plain_csv"): "0 tasks, 25000 lines",
    ("one chain", "plain_csv"): "5000 tasks, 1000 lines",
    ("no text", "plain_csv"): "The file is an archive: send the file that is in it",
    ("another format", "vtodo"): "0 tasks, 1 lines",
    ("more tasks than may be", "plain_csv"): (
        "There are more than 25000 tasks in the file: divide it"
    ),
    ("more projects than may be", "json_lines"): ("There are more than 5000 projects in the file"),
}


@pytest.fixture(scope="module")
def told() -> dict[tuple[str, str], str]:
    """What became of each file, in a process that has no more than the function has."""
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-m", worst.__name__],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return {(name, known): outcome for name, known, outcome in json.loads(done.stdout)}


@pytest.mark.deep
def test_every_file_is_refused_or_reported(told: dict[tuple[str, str], str]) -> None:
    assert {one: told[one] for one in EXPECTED} == EXPECTED
    assert all(told.values())
    assert len(told) > len(EXPECTED)
