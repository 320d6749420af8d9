"""What two devices changed of a task at once."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from errand.ids import new_id
from errand.tasks.due import Due
from errand.tasks.merging import Conflict, conflicts
from errand.tasks.model import Task
from errand.tasks.recurrence import Recurrence

NOW = 1_795_336_200_000
DAY, NEXT_DAY = date(2026, 12, 24), date(2026, 12, 25)
TASK = replace(
    Task.new(new_id(), {"title": "Buy milk", "due_date": DAY}, now=NOW),
    labels=("Food", "Shop"),
    links=("https://example.com/milk",),
)


def _conflicts(**fields: tuple[Any, Any]) -> list[Conflict]:
    """Of fields with what they are to be, and what they were."""
    changes = {name: value for name, (value, _) in fields.items()}
    return conflicts(TASK, changes, {name: was for name, (_, was) in fields.items()})


@pytest.mark.parametrize(
    ("field", "value", "was"),
    [
        ("title", "Buy bread", "Buy milk"),
        ("description", "Two litres", None),
        ("due", Due(NEXT_DAY), Due(DAY)),
        ("due_date", NEXT_DAY, DAY),
        ("priority", 1, 4),
        ("priority", 1, None),
        ("completed", True, False),
        ("labels", (), ["shop", "FOOD"]),
        ("links", [], ["https://example.com/milk"]),
    ],
)
def test_what_nobody_else_has_changed_is_no_conflict(field: str, value: Any, was: Any) -> None:
    assert _conflicts(**{field: (value, was)}) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "Buy milk"),
        ("description", None),
        ("due", Due(DAY)),
        ("due_date", DAY),
        ("labels", ["food", "shop"]),
        ("completed", None),
    ],
)
def test_what_both_have_made_the_same_is_no_conflict(field: str, value: Any) -> None:
    assert _conflicts(**{field: (value, "something else")}) == []


@pytest.mark.parametrize(
    ("field", "value", "was", "replaced"),
    [
        ("title", "Buy bread", "Buy rolls", "Buy milk"),
        ("description", "Two litres", "One litre", None),
        ("due", None, Due(NEXT_DAY), Due(DAY)),
        ("due_date", None, NEXT_DAY, DAY),
        ("priority", 1, 2, 4),
        ("labels", ("food",), ("shop",), ("Food", "Shop")),
        ("labels", ("food",), "shop", ("Food", "Shop")),
        ("links", [], ["https://example.com/bread"], ("https://example.com/milk",)),
    ],
)
def test_what_was_changed_unseen_is_replaced_and_known(
    field: str, value: Any, was: Any, replaced: Any
) -> None:
    assert _conflicts(**{field: (value, was)}) == [Conflict(field, replaced)]


def test_each_field_is_by_itself() -> None:
    assert _conflicts(
        title=("Buy bread", "Buy rolls"), description=("Two", None), priority=(2, 3)
    ) == [Conflict("title", "Buy milk"), Conflict("priority", 4)]


def test_fields_that_nothing_was_told_of_are_changed_plainly() -> None:
    assert conflicts(TASK, {"title": "Buy bread"}, {}) == []
    assert conflicts(TASK, {}, {"title": "Buy rolls"}) == []


@pytest.mark.parametrize(
    ("conflict", "text"),
    [
        (Conflict("title", "Buy milk"), "Buy milk"),
        (Conflict("description", "Two litres"), "Two litres"),
        (Conflict("description", None), None),
        (Conflict("priority", 4), None),
        (Conflict("links", ("https://example.com",)), None),
    ],
)
def test_texts_are_what_somebody_wrote(conflict: Conflict, text: str | None) -> None:
    assert conflict.text == text


MONTHLY = Task.new(
    new_id(),
    {"title": "Pay rent", "due_date": date(2026, 11, 30), "recurrence": Recurrence("FREQ=MONTHLY")},
    now=NOW,
)


@pytest.mark.parametrize(
    ("rule", "is_known"),
    [
        ("FREQ=MONTHLY", True),
        ("FREQ=MONTHLY;BYMONTHDAY=30", True),
        (str(MONTHLY.recurrence and MONTHLY.recurrence.rule), True),
        ("FREQ=MONTHLY;BYMONTHDAY=29", False),
        ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31", False),
        ("no rule", False),
    ],
)
def test_rule_is_known_as_it_was_sent_or_as_it_is_shown(rule: str, *, is_known: bool) -> None:
    before = {"recurrence": Recurrence(rule)}
    assert (conflicts(MONTHLY, {"recurrence": None}, before) == []) is is_known


def test_rule_that_is_gone_is_not_known() -> None:
    """Somebody has taken it away meanwhile, or when it is due, too."""
    gone = MONTHLY.changed({"recurrence": None}, now=NOW)
    for task in (gone, gone.changed({"due": None}, now=NOW)):
        for rule in ("FREQ=MONTHLY", "no rule"):
            [conflict] = conflicts(
                task,
                {"recurrence": Recurrence("FREQ=DAILY")},
                {"recurrence": Recurrence(rule)},
            )
            assert conflict.replaced is None
