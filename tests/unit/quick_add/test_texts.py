"""Each line of texts.txt is understood as it says; what is none of it stays untouched."""

import pytest
from tests.unit.quick_add.table import NOW, Line, lines, shown, title

from errand.quick_add.parser import parse

LINES = lines()
SHOWN = {"due", "rule", "from", "for", "deadline", "priority", "project", "section", "labels"}


def test_table_has_300_texts_of_which_many_stay_untouched() -> None:
    untouched = [line for line in LINES if not line.spans]
    assert len(LINES) >= 300
    assert len(untouched) >= 150


@pytest.mark.parametrize("line", LINES, ids=str)
def test_line_is_understood_as_it_says(line: Line) -> None:
    parsed = parse(line.text, now=NOW)
    assert parsed.title == title(line)
    assert shown(parsed) == {name: line.meaning[name] for name in SHOWN & line.meaning.keys()}
    read = {place for part in parsed.understood for place in range(part.start, part.end)}
    told = {place for start, end in line.spans for place in range(start, end)}
    spaces = {place for place, character in enumerate(line.text) if character.isspace()}
    assert read - spaces == told - spaces
