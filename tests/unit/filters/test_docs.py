"""docs/filters.md says what filters are."""

import re
from pathlib import Path

import pytest

from errand.filters.grammar import DATES, FLAGS, LENGTH_MAX, TEXTS, InvalidFilter
from errand.filters.parser import parse

PAGE = (Path(__file__).parents[3] / "docs" / "filters.md").read_text()
EXAMPLES = re.findall(r"^- `(.+?)`: ", PAGE, re.MULTILINE)
[FIRST] = re.findall(r"```\n(.+?)\n```", PAGE)


def rows(title: str) -> list[list[str]]:
    """Of the table below that title, cell by cell."""
    below = PAGE.split(f"## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in below.splitlines() if line.startswith("| ")][2:]
    return [re.split(r" (?<!\\)\| ", line.strip("| ")) for line in lines]


CONDITIONS = [text for row in rows("Conditions") for text in re.findall("`(.+?)`", row[0])]
WORDS = [text for row in rows("Days") for text in re.findall("`(.+?)`", row[0])]


def test_there_are_examples_enough() -> None:
    assert len(EXAMPLES) == len(set(EXAMPLES)) == 20


@pytest.mark.parametrize("text", [FIRST, *EXAMPLES, *CONDITIONS])
def test_examples_are_filters(text: str) -> None:
    assert parse(str(parse(text))) == parse(text)


@pytest.mark.parametrize("text", WORDS)
def test_days_are_days(text: str) -> None:
    parse(f"due < {text}")


@pytest.mark.parametrize("row", rows("Errors"), ids=lambda row: row[0])
def test_errors_are_told_so(row: list[str]) -> None:
    with pytest.raises(InvalidFilter) as refused:
        parse(row[0].strip("`"))
    assert str(refused.value) == row[1].replace("\\|", "|")


@pytest.mark.parametrize("name", [*DATES, *FLAGS, *TEXTS, "priority"])
def test_every_field_is_told(name: str) -> None:
    assert re.search(rf"`{name}\b", PAGE.split("## Together")[0])


def test_the_longest_is_told() -> None:
    assert f"at most {LENGTH_MAX:,} characters" in PAGE
