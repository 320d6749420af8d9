"""Every rule of docs/contributing/rules.md is enforced by something that is there."""

import pytest

from errand_testkit.rules import Rule, rules_in
from errand_testkit.stack import ROOT

PAGE = (ROOT / "docs" / "contributing" / "rules.md").read_text()


def test_every_rule_is_enforced() -> None:
    assert [*rules_in(PAGE)]
    assert [rule for rule in rules_in(PAGE) if not rule.is_enforced] == []


def test_rule_is_an_item_that_ends_with_its_enforcement() -> None:
    page = "# Rules\n\nSome `text`.\n\n- One\n  goes `on`: `D100`\n- None `here` at its end\n"
    assert [*rules_in(page)] == [
        Rule("One goes `on`: `D100`", "D100"),
        Rule("None `here` at its end", None),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "TID251",
        "strict",
        "disallow_untyped_defs",
        "--no-implicit-reexport",
        "unit/test_rules.py::test_every_rule_is_enforced",
        "tests/unit/test_rules.py::test_every_rule_is_enforced",
    ],
)
def test_what_is_there_enforces(name: str) -> None:
    assert Rule("", name).is_enforced


@pytest.mark.parametrize(
    "name",
    [
        None,
        "",
        "E99999",
        "D101",  # ignored as a whole
        "EM101",  # as above
        "disallow_anything",
        "unit/test_rules.py::test_nothing",
        "unit/nothing.py::test_every_rule_is_enforced",
        "unit/test_rules.py",
    ],
)
def test_what_is_not_there_does_not(name: str | None) -> None:
    assert not Rule("", name).is_enforced
