"""What waits is decided on here as DynamoDB would decide on it."""

import operator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path, Value, _Size
from pynamodb.models import Model

from errand.storage.expressions import at, holds, updated
from errand_testkit import expressions as dynamo


class Thing(Model):
    class Meta:
        table_name = "things"
        region = "eu-central-1"

    pk = UnicodeAttribute(hash_key=True)
    text = UnicodeAttribute(null=True)
    number = NumberAttribute(null=True)


NUMBERS = st.integers(-3, 12)
TEXTS = st.sampled_from(["", "a", "b", "ab"])
ITEMS = st.fixed_dictionaries(
    {"pk": st.just({"S": "1"}), "h": st.builds(lambda n: {"M": {"v": {"N": str(n)}}}, NUMBERS)},
    optional={
        "text": st.builds(lambda text: {"S": text}, TEXTS),
        "number": st.builds(lambda number: {"N": str(number)}, NUMBERS),
    },
)
HEAD = Path(["h", "v"])
PLAIN: st.SearchStrategy[Condition] = st.one_of(
    st.sampled_from([Thing.pk, Thing.text, Thing.number, HEAD]).flatmap(
        lambda path: st.sampled_from([path.exists(), path.does_not_exist()])  # type: ignore[attr-defined] # attributes and paths
    ),
    st.builds(lambda number: Thing.number < number, NUMBERS),
    st.builds(lambda number: Thing.number >= number, NUMBERS),
    st.builds(lambda number: Thing.number == number, NUMBERS),
    st.builds(HEAD.__le__, NUMBERS),
    st.builds(lambda text: Thing.text != text, TEXTS),
    st.builds(lambda text: Thing.text > text, TEXTS),
    st.builds(Thing.number.is_in, NUMBERS, NUMBERS),
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.builds(lambda one, other: one & other, inner, inner),
        st.builds(lambda one, other: one | other, inner, inner),
        st.builds(operator.invert, inner),
    ),
    max_leaves=6,
)


def _request(expression: Any) -> tuple[str, dict[str, Any]]:
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    text = expression.serialize(names, values)
    return text, {
        "ExpressionAttributeNames": {short: name for name, short in names.items()},
        "ExpressionAttributeValues": values,
    }


@given(condition=CONDITIONS, item=ITEMS | st.none())
def test_conditions_hold_where_they_do_in_dynamodb(condition: Condition, item: Any) -> None:
    text, request = _request(condition)
    assert holds(condition, item) is dynamo.holds(text, request, item)


@given(item=ITEMS, text=TEXTS, number=NUMBERS)
def test_updates_make_what_dynamodb_makes(item: Any, text: str, number: int) -> None:
    before = str(item)
    actions = [Thing.text.set(text), HEAD.set(HEAD + Value({"N": str(number)}))]
    actions.append(Thing.number.remove() if number % 2 else Thing.number.set(number))
    made = updated(item, actions)
    assert made == {
        "pk": {"S": "1"},
        "text": {"S": text},
        "h": {"M": {"v": {"N": str(int(item["h"]["M"]["v"]["N"]) + number)}}},
    } | ({} if number % 2 else {"number": {"N": str(number)}})
    assert str(item) == before


def test_what_is_not_there_has_no_value() -> None:
    assert at({"pk": {"S": "1"}}, ["h", "v"]) is None
    assert at({"h": {"M": {}}}, ["h", "v"]) is None


def test_expressions_that_nobody_uses_are_refused() -> None:
    with pytest.raises(TypeError):
        holds(Thing.text.startswith("a"), None)
    with pytest.raises(TypeError):
        holds(_Size("text") > 1, {"text": {"S": "a"}})
    with pytest.raises(TypeError):
        updated({}, [Thing.number.add(1)])
