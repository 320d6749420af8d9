"""`make simulate`: the same day for the same assumptions, and docs/scale.md says what it tells."""

import pytest
from tools.cost import COLD, cold
from tools.simulate import MINUTES, Assumptions, main, report, simulate

from errand_testkit.stack import ROOT

# Few enough to count.
EVEN = Assumptions(accounts=1_000, active=1, requests=10, spread=0, scripts=0, sample=500)


@pytest.mark.deep
def test_page_says_what_it_tells() -> None:
    assert report(Assumptions()) in (ROOT / "docs/scale.md").read_text()


def test_same_assumptions_make_the_same_day() -> None:
    assert simulate(EVEN) == simulate(EVEN)


def test_every_request_is_in_a_minute_of_the_day() -> None:
    day = simulate(EVEN)
    assert len(day.by_minute) == MINUTES
    assert day.requests == pytest.approx(1_000 * 10)
    assert day.peak * 60 == max(day.by_minute)


@pytest.mark.deep
def test_scripts_work_all_day() -> None:
    day = simulate(Assumptions(accounts=1_000, active=0, scripts=0.1, script_requests=1_440))
    assert {*day.by_minute} == {100}
    assert day.busiest == 10


def test_twice_as_many_accounts_are_twice_the_load() -> None:
    one, two = simulate(EVEN), simulate(Assumptions(**{**_given(), "accounts": 2_000}))
    assert two.requests == pytest.approx(2 * one.requests)
    assert two.peak == pytest.approx(2 * one.peak)


@pytest.mark.parametrize(
    "given", ["--accounts=0", "--active=1.1", "--requests=nan", "--sample=1e9", "--spread=-1"]
)
def test_what_makes_no_sense(given: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([given])
    assert ": a number from " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("requests", "share"), [(1, 0.5), (999_999, 0.5), (1e6, 0.01), (8e8, 0.001), (1e12, 0.0001)]
)
def test_cold_starts_are_rarer_the_more_there_is(requests: float, share: float) -> None:
    assert cold(requests) == share
    assert all(cold(known) == COLD[known] for known in COLD)


def _given() -> dict[str, float]:
    return {name: getattr(EVEN, name) for name in EVEN.__slots__}
