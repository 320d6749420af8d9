"""DynamoDB's expressions, as far as this project sends them, on items in memory.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

type Item = dict[str, Any]

_TOKEN = re.compile(r"\s*(#?[A-Za-z_][\w.]*|#[\w.#]+|:\w+|<>|<=|>=|[=<>(),+])")
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CLAUSES = ("SET", "REMOVE", "ADD", "DELETE")


@cache
def _tokens_of(text: str) -> tuple[str, ...]:
    tokens = tuple(_TOKEN.findall(text))
    if "".join(tokens) != re.sub(r"\s", "", text):
        raise NotImplementedError(text)
    return tokens


class _Reader:
    def __init__(self, text: str, request: Mapping[str, Any], item: Item) -> None:
        self._tokens = [*_tokens_of(text)]
        self._names = request.get("ExpressionAttributeNames", {})
        self._values = request.get("ExpressionAttributeValues", {})
        self.item = item

    def peek(self) -> str:
        return self._tokens[0] if self._tokens else ""

    def next(self, expected: str | None = None) -> str:
        token: str = self._tokens.pop(0)
        if expected and token != expected:
            raise NotImplementedError(token)
        return token

    def path(self) -> list[str]:
        """The names of an attribute and, if it is an entry of a map, of its place in that."""
        steps = self.next().split(".")
        return [self._names[step] if step.startswith("#") else step for step in steps]

    def value_at(self, path: Sequence[str]) -> Any:
        """None for what is not there."""
        found: Any = {"M": self.item}
        for step in path:
            found = found.get("M", {}).get(step) if found else None
        return found

    def operand(self) -> Any:
        """As DynamoDB writes it; None for an attribute that is not there."""
        value = self._single()
        while self.peek() == "+":
            self.next()
            value = {"N": str(_plain(value) + _plain(self._single()))}
        return value

    def _single(self) -> Any:
        token = self.peek()
        if token.startswith(":"):
            return self._values[self.next()]
        if token == "if_not_exists":
            self.next()
            self.next("(")
            present = self.value_at(self.path())
            self.next(",")
            other = self.operand()
            self.next(")")
            return present or other
        return self.value_at(self.path())


def holds(expression: str | None, request: Mapping[str, Any], item: Item | None) -> bool:
    """Whether a condition does, of an item or of none."""
    if not expression:
        return True
    reader = _Reader(expression, request, item or {})
    result = _either(reader)
    if reader.peek():
        raise NotImplementedError(expression)
    return result


def _either(reader: _Reader) -> bool:
    result = _both(reader)
    while reader.peek() == "OR":
        reader.next()
        result = _both(reader) or result
    return result


def _both(reader: _Reader) -> bool:
    result = _single(reader)
    while reader.peek() == "AND":
        reader.next()
        result = _single(reader) and result
    return result


def _single(reader: _Reader) -> bool:
    token = reader.peek()
    if token == "NOT":
        reader.next()
        return not _single(reader)
    if token == "(":
        reader.next()
        result = _either(reader)
        reader.next(")")
        return result
    if token in {"attribute_exists", "attribute_not_exists", "begins_with", "contains"}:
        return _function(reader)
    return _compared(reader, reader.operand())


def _compared(reader: _Reader, left: Any) -> bool:
    comparison = reader.next()
    if comparison == "IN":
        reader.next("(")
        found = [reader.operand()]
        while reader.peek() == ",":
            reader.next()
            found.append(reader.operand())
        reader.next(")")
        return left in found
    right = reader.operand()
    if comparison == "BETWEEN":
        reader.next("AND")
        last = reader.operand()
        return left is not None and _plain(right) <= _plain(left) <= _plain(last)
    if comparison == "<>":
        return bool(left != right)
    return (
        left is not None
        and left.keys() == right.keys()
        and _COMPARISONS[comparison](_plain(left), _plain(right))
    )


def _function(reader: _Reader) -> bool:
    function = reader.next()
    reader.next("(")
    value = reader.value_at(reader.path())
    if function == "attribute_exists":
        result = value is not None
    elif function == "attribute_not_exists":
        result = value is None
    else:
        reader.next(",")
        sought = _plain(reader.operand())
        content = _plain(value) if value else ""
        result = content.startswith(sought) if function == "begins_with" else sought in content
    reader.next(")")
    return result


def updated(expression: str, request: Mapping[str, Any], item: Item) -> Item:
    """The item as it is after an update; every operand is read before anything is written."""
    reader = _Reader(expression, request, item)
    result = {**item}
    clause = ""
    while reader.peek():
        if reader.peek() in _CLAUSES:
            clause = reader.next()
        *maps, name = reader.path()
        into = result
        for step in maps:
            # An update of an entry of a map that is not there is an error, here and there.
            into[step] = {"M": {**into[step]["M"]}}
            into = into[step]["M"]
        if clause == "SET":
            reader.next("=")
            into[name] = reader.operand()
        elif clause == "REMOVE":
            into.pop(name, None)
        else:
            _count(clause, into, name, reader.operand())
        if reader.peek() == ",":
            reader.next()
    return result


def _count(clause: str, item: Item, name: str, value: Mapping[str, Any]) -> None:
    if clause == "ADD":
        [tag] = value
        if tag != "N":
            raise NotImplementedError(tag)
        item[name] = {"N": str(_plain(item.get(name, {"N": "0"})) + _plain(value))}
        return
    left = sorted(set(item.get(name, {}).get("SS", ())) - set(value["SS"]))
    if left:
        item[name] = {"SS": left}
    else:
        item.pop(name, None)


def _plain(value: Mapping[str, Any]) -> Any:
    [(tag, content)] = value.items()
    return int(content) if tag == "N" else content
