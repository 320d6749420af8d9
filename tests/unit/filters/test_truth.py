"""Filters of every kind mean what a naive reading of them does."""

from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.filters.naive import conditions, holds, rows
from tests.unit.filters.samples import NOW, ZONES, SampleNames, sample_context, some_tasks
from tests.unit.filters.shapes import tries, usable_filter

from errand.filters.grammar import Filter
from errand.filters.matching import matcher
from errand.filters.names import resolve

TASKS = some_tasks(1000)


@given(usable_filter, st.sampled_from(ZONES), st.integers(0, 980))
@tries
def test_what_matches_is_what_a_table_of_truth_says(found: Filter, zone: str, first: int) -> None:
    leaves = [*dict.fromkeys(conditions(found))]
    true = rows(found, leaves)
    is_meant = matcher(resolve(found, SampleNames()), sample_context(NOW, zone))
    for task in TASKS[first : first + 20]:
        row = tuple(holds(leaf, task, NOW, ZoneInfo(zone)) for leaf in leaves)
        assert is_meant(task) == (row in true)
