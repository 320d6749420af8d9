"""What people may type as a filter, and what they are told if it is none."""

import subprocess
import sys
from datetime import date

import pytest

from errand.filters.grammar import (
    DEPTH_MAX,
    LENGTH_MAX,
    And,
    Comparison,
    Contains,
    Filter,
    Flag,
    InvalidFilter,
    Named,
    Not,
    Or,
    Period,
    Priority,
    Relative,
)
from errand.filters.parser import parse

OPEN, TODAY, LINKS = Flag("open"), Flag("today"), Flag("links")


def test_the_example_of_the_documentation() -> None:
    text = 'due < tomorrow & priority <= 2 & (#home | @bank) & !completed & text ~ "rent"'
    assert parse(text) == And(
        (
            Comparison("due", "<", Relative("tomorrow")),
            Priority("<=", 2),
            Or((Named("project", "home"), Named("label", "bank"))),
            Not(Flag("completed")),
            Contains("text", "rent"),
        )
    )
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("open | today & links", Or((OPEN, And((TODAY, LINKS))))),
        ("(open | today) & links", And((Or((OPEN, TODAY)), LINKS))),
        ("!open & today", And((Not(OPEN), TODAY))),
        ("!(open & today)", Not(And((OPEN, TODAY)))),
        ("open & (today & links)", And((OPEN, And((TODAY, LINKS))))),
        ("!!open", Not(Not(OPEN))),
        ("((open))", OPEN),
    ],
)
def test_not_binds_before_and_and_before_or(text: str, tree: Filter) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    "text", ["open and not today or links", "Open AND NOT Today OR Links", "open&!today|links"]
)
def test_words_and_signs_are_the_same_in_any_case(text: str) -> None:
    assert str(parse(text)) == "open & !today | links"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-12-24", date(2026, 12, 24)),
        ("none", None),
        ("now", "now"),
        ("today", Relative("today")),
        ("YESTERDAY", Relative("yesterday")),
        ("monday", Relative("monday")),
        ("mon", Relative("monday")),
        ("3 days", Relative("today", 3)),
        ("1 day", Relative("today", 1)),
        ("+3days", Relative("today", 3)),
        ("-3 days", Relative("today", -3)),
        ("- 2 weeks", Relative("today", -2, "week")),
        ("today + 7 days", Relative("today", 7)),
        ("tomorrow-1 month", Relative("tomorrow", -1, "month")),
        ("sunday + 1 year", Relative("sunday", 1, "year")),
        ("today + 0 weeks", Relative("today")),
        ("next week", Period("next", "week")),
        ("last month", Period("last", "month")),
    ],
)
def test_days_can_be_written_in_many_ways(text: str, value: object) -> None:
    found = parse(f"due = {text}")
    assert isinstance(found, Comparison)
    assert found.value == value
    assert parse(str(found)) == found


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("#home", "project", "home"),
        ('#"Home and garden"', "project", "Home and garden"),
        ("#“Home and garden”", "project", "Home and garden"),
        ("#„Haus und Garten“", "project", "Haus und Garten"),
        ("#inbox", "project", None),
        ("#Inbox", "project", None),
        ('#"inbox"', "project", "inbox"),
        ("/todo", "section", "todo"),
        ("/none", "section", None),
        ("@e-mail", "label", "e-mail"),
        ("@50%", "label", "50%"),
        ("@买菜", "label", "买菜"),
        ("@none", "label", None),
        ('@"none"', "label", "none"),
        (r'@"a \"b\" \\c"', "label", r'a "b" \c'),
        ("@and", "label", "and"),
    ],
)
def test_names_are_kept_as_typed(text: str, kind: str, name: str | None) -> None:
    found = parse(text)
    assert isinstance(found, Named)
    assert (found.kind, found.name, found.ids) == (kind, name, None)
    assert parse(str(found)) == found


def test_description_is_a_flag_and_a_text() -> None:
    assert parse("description") == Flag("description")
    assert parse("description~milk") == Contains("description", "milk")


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 0, "expected a condition, such as due < tomorrow"),
        ("   ", 3, "expected a condition"),
        ("open &", 6, "expected a condition"),
        ("open & & today", 7, "expected a condition"),
        ("not", 3, "expected a condition"),
        ('"rent"', 0, "expected a condition"),
        ("prioriti < 2", 0, "did you mean priority?"),
        ("open today", 5, "expected & or | before another condition, or the end"),
        ("(open | today", 13, "or ) for the ( at 0"),
        ("open)", 4, "expected a ( before this )"),
        ("due", 3, "expected =, !=, <, <=, > or >= after due, as in due < tomorrow"),
        ("due today", 4, "expected =, !=, <, <=, > or >= after due"),
        ("priority & due <", 9, "after priority, as in priority <= 2"),
        (
            "priority = 1 & due <",
            20,
            "expected a date after <: today, tomorrow, 2026-12-24, or 3 days",
        ),
        ("due < someday", 6, "expected a date after <"),
        ("due < next year", 6, "expected a date after <"),
        ("due < 2026-02-30", 6, "expected a day that exists after <, as 2026-12-24"),
        ("due < 24-12-2026", 6, "expected a day that exists"),
        ("due < 20261224", 14, "expected days, weeks, months or years after 20261224"),
        ("due < 3 fortnights", 8, "expected days, weeks, months or years after 3"),
        ("due < 101 years", 6, "expected at most 100 years"),
        ("due < " + "9" * 1000 + " days", 6, "expected at most 36500 days"),
        ("due < today +", 13, "expected a number of days after +, as in today + 7 days"),
        ("due < none", 6, "expected = or != before none"),
        ("created = none", 10, "expected a date after ="),
        ("priority <= 5", 12, "expected a priority after <=: 1 (the highest), 2, 3 or 4"),
        ("priority <= high", 12, "expected a priority"),
        ("text = rent", 5, 'expected ~ after text, as in text ~ "rent"'),
        ("title ~ ", 8, "expected what to look for after ~"),
        ('title ~ "\u200b "', 8, "expected what to look for after ~"),
        ('text ~ "rent', 12, 'expected " to end the quotation that begins at 7'),
        ('text ~ "rent\\', 13, 'expected " to end the quotation that begins at 7'),
        ("completed = true", 10, "expected nothing behind completed"),
        ("# home", 1, 'expected the name of a project after #: #home or #"At home"'),
        ('@""', 1, "expected the name of a label after @"),
        ("open & \ud800", 7, "expected a whole character, not a lone surrogate"),
        ("🏠 ~ open", 0, "expected a condition"),
        ('text ~ "🏠" & so', 13, "expected a condition"),
    ],
)
def test_errors_tell_where_and_what_would_be_right(text: str, position: int, words: str) -> None:
    with pytest.raises(InvalidFilter) as refused:
        parse(text)
    assert refused.value.position == position
    assert words in refused.value.detail
    assert str(refused.value) == f"at {position}: {refused.value.detail}"


def test_filters_end_at_their_longest() -> None:
    text = "open" + "|open" * 204
    assert len(text) == LENGTH_MAX
    assert isinstance(parse(text), Or)
    with pytest.raises(InvalidFilter, match="at 1024: expected at most 1024 characters"):
        parse(f"{text} ")


@pytest.mark.parametrize(("begin", "end"), [("(", ")"), ("!", ""), ("not ", ""), ("!(", ")")])
def test_depth_is_bounded(begin: str, end: str) -> None:
    most = DEPTH_MAX // len(begin.replace("not ", "!"))
    parse(begin * most + "open" + end * most)
    with pytest.raises(InvalidFilter, match="expected at most 32 parentheses and negations"):
        parse(begin * (most + 1) + "open" + end * (most + 1))


def test_what_only_a_mistake_needs_is_imported_then() -> None:
    code = "import sys, errand.filters.plan, errand.filters.matching, errand.filters.parser as p; "
    code += "import errand.filters.names; p.parse('due<mon'); print('difflib' in sys.modules)"
    command = [sys.executable, "-c", code]
    shown = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    assert shown.stdout == "False\n"
