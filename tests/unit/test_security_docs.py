"""docs/security.md names tests as proof: every one of them exists."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "security.md").read_text()
# `api/test_guessing.py::test_pauses_double`, below tests/; `::test_…` alone is in the file before.
NAMED = re.compile(r"`(?P<file>[a-z0-9_/]+\.py)?::(?P<test>test_\w+)`")


def named() -> Iterator[tuple[str, str]]:
    for line in PAGE.splitlines():
        file = ""
        for match in NAMED.finditer(line):
            file = match["file"] or file
            yield file, match["test"]


@cache
def names_in(file: str) -> frozenset[str]:
    path = TESTS / file
    if not path.is_file():
        return frozenset()
    return frozenset(
        node.name
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def test_every_test_named_exists() -> None:
    assert [f"{file}::{test}" for file, test in named() if test not in names_in(file)] == []


def test_nothing_that_looks_like_a_test_is_passed_over() -> None:
    assert len(re.findall(r"\btest_\w+(?!\w|\.py)", PAGE)) == len([*named()])


def rows(heading: str) -> list[list[str]]:
    """Of the first table below it."""
    section = PAGE.partition(f"\n## {heading}")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]


@pytest.mark.parametrize("heading", ["Threats (STRIDE)", "OWASP API Security Top 10 (2023)"])
def test_every_threat_has_its_proof(heading: str) -> None:
    assert rows(heading)
    assert [row for row in rows(heading) if not NAMED.search(row[-1])] == []


def test_every_requirement_is_met_or_says_what_is_missing() -> None:
    assert len(rows("OWASP ASVS")) > 50
    for number, _, verdict, proof in rows("OWASP ASVS"):
        assert verdict in {"yes", "partly", "not done"}, number
        assert proof, number
