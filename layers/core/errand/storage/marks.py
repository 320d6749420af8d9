"""Whose write it was: each update leaves a random mark on its item, and knows it again.

A call whose answer was lost is repeated, and then fails the condition that it no longer meets. Time
and content cannot tell that from somebody else's write: two may have the same.
"""

from secrets import token_urlsafe
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from errand.storage.attempts import ConditionFailed
from errand.storage.mapper import Mapper
from errand.storage.operations import Update
from errand.storage.unit import Refusal, Unit

_BYTES = 6


def add_marked(
    unit: Unit,
    items: Mapper[Any],
    item: Model,
    actions: list[Action],
    condition: Condition,
    refusal: Refusal,
) -> None:
    """An update whose condition no longer holds once it was carried out, of a kind with `mark`."""
    mark = token_urlsafe(_BYTES)
    attribute = items["mark"]
    stored = {"S": mark}

    def refused(failed: ConditionFailed) -> Exception | None:
        is_own = failed.item is not None and failed.item.get(attribute.attr_name) == stored
        return None if is_own else refusal(failed)

    unit.add(Update(item, [*actions, attribute.set(mark)], condition), refused)
