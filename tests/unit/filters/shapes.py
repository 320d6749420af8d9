"""Filters of every kind, for hypothesis."""

from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from tests.unit.filters.samples import NOW

from errand.filters.grammar import (
    DATES,
    FLAGS,
    MARKS,
    TEXTS,
    WEEKDAYS,
    And,
    Comparison,
    Contains,
    Filter,
    Flag,
    Named,
    Not,
    Or,
    Period,
    Priority,
    Relative,
)
from errand.filters.parser import parse
from errand.filters.plain import plain
from errand_testkit.depth import times

TRIES = times(15, deep=250)
tries = settings(derandomize=True, deadline=None, max_examples=TRIES)

OPERATORS = ("=", "!=", "<", "<=", ">", ">=")

days = st.integers(-9, 9).map(lambda days: (NOW + timedelta(days=days)).date())
amounts = st.tuples(st.integers(-40, 40), st.sampled_from(["day", "week", "month", "year"]))
relatives = st.builds(
    lambda word, amount: Relative(word, *amount) if amount[0] else Relative(word),
    st.sampled_from(["today", "tomorrow", "yesterday", *WEEKDAYS]),
    st.one_of(st.just((0, "day")), st.tuples(st.integers(-9, 9), st.just("day")), amounts),
)
periods = st.builds(
    Period, st.sampled_from(["last", "this", "next"]), st.sampled_from(["week", "month"])
)
whens = st.one_of(days, relatives, periods, st.just("now"))
comparisons = st.builds(
    Comparison, st.sampled_from([*DATES]), st.sampled_from(OPERATORS), whens
) | st.builds(
    Comparison,
    st.sampled_from([name for name, can_be_absent in DATES.items() if can_be_absent]),
    st.sampled_from(["=", "!="]),
    st.none(),
)
priorities = st.builds(Priority, st.sampled_from(OPERATORS), st.integers(1, 4))
flags = st.sampled_from(FLAGS).map(Flag)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
contains = st.builds(Contains, st.sampled_from(TEXTS), texts.filter(plain))
unknown = st.builds(Named, st.sampled_from([*MARKS]), st.none() | texts.filter(str.strip))
known = st.sampled_from(
    ["#home", "#work", "#inbox", "/todo", "/done", "/none", "@bank", "@errands", "@none"]
).map(parse)
searched = st.builds(Contains, st.sampled_from(TEXTS), st.sampled_from(["rent", "PAY", "é", "x"]))


def trees(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Filter]:
    def junctions(inner: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
        parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return st.one_of(st.builds(And, parts), st.builds(Or, parts), st.builds(Not, inner))

    return st.recursive(leaves, junctions, max_leaves=6)


any_filter = trees(st.one_of(comparisons, priorities, flags, contains, unknown))
# Of what views are ordered by more than of all else.
planned = st.sampled_from(
    ["open", "completed", "!completed", "!subtask", "overdue", "today", "#home", "/todo", "/done"]
).map(parse)
due = st.builds(Comparison, st.just("due"), st.sampled_from(OPERATORS), whens)
done = st.builds(Comparison, st.just("completed_at"), st.sampled_from(OPERATORS), whens)
usable_filter = trees(
    st.one_of(planned, due, done, priorities, known, comparisons, flags, searched)
)
# As most filters are: it is said whether tasks are open, and something about a view's order.
conjunctions = st.builds(
    lambda status, parts: And((status, *parts)),
    st.sampled_from(["open", "completed", "!completed & !subtask", "overdue"]).map(parse),
    st.lists(trees(st.one_of(planned, due, done, priorities, known)), min_size=1, max_size=2),
)
