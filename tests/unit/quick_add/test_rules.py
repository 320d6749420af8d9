"""Rules that are understood are those that tasks take, and begin when they are due."""

from datetime import datetime
from pathlib import Path

from errand.quick_add.parser import parse
from errand.recurrence.occurrences import occurrences
from errand.recurrence.rule import Rule

NOW = datetime(2026, 7, 15, 10, 0)  # noqa: DTZ001 - what a clock on the wall shows
LINES = (Path(__file__).parent / "texts.txt").read_text("utf-8").splitlines()
TEXTS = [line.partition(" → ")[0].replace("\u2039", "").replace("\u203a", "") for line in LINES]


def test_every_rule_occurs_when_it_is_due() -> None:
    rules = 0
    for text in TEXTS:
        parsed = parse(text, now=NOW)
        if parsed.rule is not None and parsed.due is not None:
            rule = Rule.parse(parsed.rule)
            assert next(occurrences(rule, parsed.due)) == parsed.due, text
            assert str(rule) == parsed.rule
            rules += 1
    assert rules > 100
