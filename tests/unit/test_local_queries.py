from typing import Any

import pytest
from tools.local.key_ranges import KeyRange, View, beginning
from tools.local.queries import key_range

TABLE: dict[str, Any] = {
    "pk_name": "pk",
    "sk_name": "sk",
    "KeySchema": [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "S"},
        {"AttributeName": "vs", "AttributeType": "S"},
        {"AttributeName": "n", "AttributeType": "N"},
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": f"by_{name}",
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": name, "KeyType": "RANGE"},
            ],
        }
        for name in ("vs", "n")
    ],
    "GlobalSecondaryIndexes": None,
}
OWN = View(index=None, partition="pk", sort="sk")


def asked(condition: str, **request: Any) -> KeyRange | None:
    values = {":a": {"S": "A"}, ":b": {"S": "B"}, ":c": {"S": "C"}, ":n": {"N": "1"}}
    return key_range(
        TABLE,
        {"KeyConditionExpression": condition, "ExpressionAttributeValues": values} | request,
    )


@pytest.mark.parametrize(
    ("condition", "bounds"),
    [
        ("pk = :a", ()),
        ("  pk=:a ", ()),
        ("pk = :a AND sk = :b", (("=", "B"),)),
        ("pk = :a AND sk >= :b", ((">=", "B"),)),
        ("pk = :a AND sk BETWEEN :b AND :c", ((">=", "B"), ("<=", "C"))),
        ("pk = :a AND begins_with(sk, :b)", ((">=", "B"), ("<", "C"))),
    ],
)
def test_known_conditions(condition: str, bounds: tuple[tuple[str, str], ...]) -> None:
    assert asked(condition) == KeyRange(
        view=OWN, partition="A", bounds=bounds, after=None, forward=True
    )


def test_an_index_by_names_backwards_from_a_start() -> None:
    start = {"pk": "A", "sk": "1", "vs": "o1"}
    assert asked(
        "#p = :a AND #s < :b",
        IndexName="by_vs",
        ExpressionAttributeNames={"#p": "pk", "#s": "vs"},
        ExclusiveStartKey={name: {"S": value} for name, value in start.items()},
        ScanIndexForward=False,
        Limit=3,
    ) == KeyRange(
        view=View(index="by_vs", partition="pk", sort="vs"),
        partition="A",
        bounds=(("<", "B"),),
        after=start,
        forward=False,
    )


@pytest.mark.parametrize(
    "condition",
    [
        "",
        "sk = :b",
        "sk = :b AND pk = :a",
        "pk > :a",
        "(pk = :a) AND sk = :b",
        "pk = :a AND sk <> :b",
        "pk = :a AND t = :b",
        "pk = :a AND sk = :b AND sk = :c",
        "pk = :a AND contains(sk, :b)",
        "pk = :a AND begins_with(pk, :b)",
        "pk = :a AND sk BETWEEN :b AND :n",
        "pk = :n",
        "pk = :missing",
        "pk = :a OR sk = :b",
    ],
)
def test_other_conditions_are_left_to_ministack(condition: str) -> None:
    assert asked(condition) is None


@pytest.mark.parametrize(
    "request_",
    [
        {"Limit": 0},
        {"Limit": "3"},
        {"IndexName": "by_n"},
        {"IndexName": "missing"},
        {"ExclusiveStartKey": {"pk": {"S": "A"}}},
        {"ExclusiveStartKey": {"pk": {"S": "A"}, "sk": {"N": "1"}}},
        {"ExclusiveStartKey": "A"},
    ],
)
def test_other_requests_are_left_to_ministack(request_: dict[str, Any]) -> None:
    assert asked("pk = :a", **request_) is None


@pytest.mark.parametrize(
    ("prefix", "end"),
    [
        ("TASK#", "TASK$"),
        ("a\ud7ff", "a\ue000"),
        ("a\U0010ffff", "b"),
        ("\U0010ffff", None),
    ],
)
def test_what_begins_with_a_text_ends_before_another(prefix: str, end: str | None) -> None:
    assert dict(beginning(prefix)).get("<") == end
