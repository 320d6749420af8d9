"""docs/cost.md and README say what tools/cost.py computes, and it computes what it should."""

from pathlib import Path

import pytest
from tools.cost import (
    GATEWAY,
    LOOKUP_UNITS,
    LOOKUPS,
    OPERATIONS,
    always_on,
    arithmetic,
    average,
    break_even,
    report,
    serverless,
    sized,
    summary,
    tiered,
    total,
)

ROOT = Path(__file__).parents[2]


def test_page_has_the_newest_tables() -> None:
    assert report() in (ROOT / "docs/cost.md").read_text()


def test_readme_has_the_same_totals_and_shows_how_they_add_up() -> None:
    readme = (ROOT / "README.md").read_text()
    assert summary() in readme
    assert arithmetic() in readme


def test_shares_are_a_whole() -> None:
    assert sum(one.share for one in OPERATIONS) == pytest.approx(1)


@pytest.mark.parametrize(
    ("requests", "price"), [(0, 0), (1e6, 1.0), (300e6, 300.0), (301e6, 300.9), (1e9, 930.0)]
)
def test_each_tier_has_its_price(requests: float, price: float) -> None:
    assert tiered(requests, GATEWAY) == pytest.approx(price)


def test_page_on_scale_goes_by_the_same_requests() -> None:
    page = (ROOT / "docs/scale.md").read_text()
    reads = average("read_units") + LOOKUPS * LOOKUP_UNITS
    for figure in (
        f"| {average('duration_ms'):.1f} ms | {average('duration_ms') * 10:.0f} |",
        f"= {reads:g} | {reads * 10_000:,.0f} | {reads * 1_000_000:,.0f} |",
        f"= {average('write_units'):g} |",
        f"at ${total(serverless(10e9)) / 10_000:.2f} for a million",
    ):
        assert figure in page


def test_fixed_price_of_nothing_is_the_secret() -> None:
    assert dict(serverless(1e3))["signing secret"] == pytest.approx(0.4025)


def test_the_least_is_two_tasks_and_more_come_with_the_load() -> None:
    assert sized(1)[:2] == (2, "db.t4g.micro")
    assert sized(10e9)[0] > sized(100e6)[0] > 2


def test_neither_is_cheaper_at_the_break_even() -> None:
    assert 1e6 < break_even() < 100e6
    assert total(serverless(1e6)) < total(always_on(1e6))
    assert total(serverless(100e6)) > total(always_on(100e6))
