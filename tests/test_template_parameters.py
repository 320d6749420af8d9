"""docs/deployment.md lists every parameter, with its default and what production has."""

import re
import tomllib

from errand_testkit.stack import ROOT, TEMPLATE

PAGE = (ROOT / "docs/deployment.md").read_text()
PARAMETERS = TEMPLATE["Parameters"]
ROW = re.compile(
    r"^\| `([A-Z]\w+)` \| (?:`(.*?)`)? ?\| (?:`(.*?)`)? ?\| (.*) \| (.*) ?\|$", re.MULTILINE
)


def listed(column: int) -> dict[str, str]:
    """Parameter -> what stands in that column of the table."""
    return {found[0]: found[column] for found in ROW.findall(PAGE)}


def test_every_parameter_has_a_row_in_the_order_of_the_template() -> None:
    assert [*listed(0)] == [*PARAMETERS]


def test_defaults_are_those_of_the_template() -> None:
    assert listed(1) == {name: str(one["Default"]) for name, one in PARAMETERS.items()}


def test_values_of_production_are_those_of_samconfig() -> None:
    settings = tomllib.loads((ROOT / "samconfig.toml").read_text())["prod"]["deploy"]["parameters"]
    given = dict(one.split("=", 1) for one in settings["parameter_overrides"])
    assert {name: value for name, value in listed(2).items() if value} == given


def test_what_costs_is_off_unless_it_is_asked_for() -> None:
    """Or costs by use alone, as a million of requests or changes, a gigabyte of logs."""
    for name, price in listed(4).items():
        if "a month" in price and "GB" not in price:
            off = {"false", "none", "0", "", "AllAtOnce"}
            assert str(PARAMETERS[name]["Default"]) in off
