"""What DynamoDB makes of conditions and updates, worked out here for writes that wait.

Of PynamoDB's expressions those that repositories use; another one raises TypeError.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from pynamodb.expressions import condition as conditions
from pynamodb.expressions import operand as operands
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path, Value
from pynamodb.expressions.update import Action, RemoveAction, SetAction

from errand.records import Item

_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds(condition: Condition, item: Item | None) -> bool:
    """Whether it does for an item; None: there is none."""
    known, sides = item or {}, condition.values
    match condition:
        case conditions.And() | conditions.Or() | conditions.Not():
            found = [holds(side, known) for side in sides]
            is_all = isinstance(condition, conditions.And)
            return not found[0] if len(found) == 1 else (all if is_all else any)(found)
        case conditions.Exists() | conditions.NotExists():
            is_there = _valued(sides[0], known) is not None
            return is_there is isinstance(condition, conditions.Exists)
        case conditions.In():
            one, *among = (_valued(side, known) for side in sides)
            return any(_compared("=", one, other) for other in among)
        case conditions.Comparison():
            return _compared(condition.operator, *(_valued(side, known) for side in sides))
    raise TypeError(f"{type(condition).__name__} is no condition of ours")


def updated(item: Item, actions: Sequence[Action]) -> Item:
    """The item after an update; each value is that of before it."""
    new = {**item}
    for action in actions:
        match action:
            case SetAction(values=(Path() as place, value)):
                _put(new, place.path, _valued(value, item))
            case RemoveAction(values=(Path() as place,)):
                _put(new, place.path, None)
            case _:
                raise TypeError(f"{type(action).__name__} is no action of ours")
    return new


def at(item: Item, path: Sequence[str]) -> Any | None:
    """The value there, with its type, as in {"S": "text"}; None if there is none."""
    found: Any = {"M": item}
    for name in path:
        found = found.get("M", {}).get(name)
        if found is None:
            return None
    return found


def _put(item: Item, path: Sequence[str], value: Any | None) -> None:
    """Into a copy of each map on the way; None takes it away."""
    *above, name = path
    holder: Any = item
    for one in above:
        holder[one] = {"M": {**holder[one]["M"]}}
        holder = holder[one]["M"]
    if value is None:
        holder.pop(name, None)
    else:
        holder[name] = value


def _valued(one: Any, item: Item) -> Any:
    match one:
        case Path():
            return at(item, one.path)
        case Value():
            return one.value
        case operands._Increment(values=(left, right)):  # noqa: SLF001 - it has no other name
            numbers = (Decimal(_valued(side, item)["N"]) for side in (left, right))
            return {"N": f"{sum(numbers):f}"}
    raise TypeError(f"{type(one).__name__} is no operand of ours")


def _compared(sign: str, one: Any, other: Any) -> bool:
    """What is absent is unlike all else, and neither less nor more."""
    if sign in {"=", "<>"}:
        return (_plain(one) == _plain(other)) is (sign == "=")
    if one is None or other is None or one.keys() != other.keys():
        return False
    return _COMPARED[sign](_plain(one)[1], _plain(other)[1])


def _plain(value: Any) -> Any:
    if value is None:
        return None
    [(tag, content)] = value.items()
    if tag == "N":
        return tag, Decimal(content)
    return tag, sorted(content) if tag == "SS" else content
