"""Parents before their parts."""

import pytest

from errand.transfer.model import ForeignTask
from errand.transfer.order import ordered
from errand.transfer.report import Report


def task(ref: str, parent: str | None = None) -> ForeignTask:
    return ForeignTask(line=int(ref, 36), title=ref, ref=ref, parent=parent)


def refs(*tasks: ForeignTask, report: Report | None = None) -> list[tuple[str | None, str | None]]:
    return [(each.ref, each.parent) for each in ordered(tasks, report or Report())]


def test_parent_that_comes_behind_is_put_before() -> None:
    assert refs(task("c", "b"), task("b", "a"), task("a")) == [("a", None), ("b", "a"), ("c", "b")]


def test_cycle_is_refused_and_what_hangs_on_it_is_kept() -> None:
    report = Report()
    told = refs(task("d", "a"), task("a", "b"), task("b", "c"), task("c", "a"), report=report)
    assert told == [("d", None)]
    assert sorted(line.at for line in report.lines if line.outcome == "refused") == [10, 11, 12]


def test_task_that_is_its_own_parent_is_refused() -> None:
    assert refs(task("a", "a"), task("b")) == [("b", None)]


def test_parent_that_is_not_there_is_reported() -> None:
    report = Report()
    assert refs(task("a", "z"), report=report) == [("a", None)]
    assert [(line.at, line.outcome) for line in report.lines] == [(10, "changed")]


def test_sixth_level_stands_by_itself() -> None:
    told = refs(*(task(each, before) for before, each in zip(" abcde", "abcdef", strict=True)))
    assert told[-1] == ("f", None)
    assert told[4] == ("e", "d")


def test_id_that_is_there_twice_is_reported_and_both_are_kept() -> None:
    report = Report()
    assert refs(task("a"), task("a"), report=report) == [("a", None), (None, None)]
    assert len(report.lines) == 1


@pytest.mark.deep
def test_long_chain_backwards_is_bounded() -> None:
    chain = [ForeignTask(line=n, title="x", ref=f"{n}", parent=f"{n + 1}") for n in range(20_000)]
    assert len(ordered(chain[::2] + chain[1::2], Report())) == len(chain)
