"""Query on a table in the data file answers as ministack does on one in its memory."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tools.local.embedded import Embedded

from errand_testkit.depth import times

pytestmark = pytest.mark.deep

STORED, PLAIN = "DataTable", "PlainTable"
OWNERS = ("QUERIES#1", "QUERIES#2")

# Few characters, so that keys meet; and those at the edges of the order.
texts = st.text("ab#\x00\ud7ff\ue000\U0010ffff", max_size=3)
keys = texts.filter(bool)
owners = st.sampled_from(OWNERS)


def _text(value: str) -> dict[str, str]:
    return {"S": value}


def _items() -> st.SearchStrategy[list[dict[str, Any]]]:
    item = st.fixed_dictionaries(
        {"pk": owners.map(_text), "sk": keys.map(_text), "n": st.just({"N": "1"})},
        optional={
            "vs": keys.map(_text),
            "ak": st.just(_text("QUERIES#ACCOUNT")),
            "t": texts.map(_text),
        },
    )
    return st.lists(item, max_size=8, unique_by=lambda item: (item["pk"]["S"], item["sk"]["S"]))


conditions = st.sampled_from(
    [
        "#p = :p",
        "#p = :p AND #s = :a",
        "#p = :p AND #s < :a",
        "#p = :p AND #s <= :a",
        "#p = :p AND #s > :a",
        "#p = :p AND #s >= :a",
        "#p = :p AND #s BETWEEN :a AND :b",
        "#p = :p AND begins_with(#s, :a)",
        # Left to ministack:
        "#p = :p and #s > :a",
        "#s > :a AND #p = :p",
        "(#p = :p) AND #s > :a",
        "#p = :p AND #p = :a",
        "#p = :p AND t = :a",
        "#p > :p",
        "#p = :p AND #s <> :a",
    ]
)
views = st.sampled_from(
    [
        (None, "pk", "sk"),
        ("by_status", "pk", "vs"),
        ("by_due", "pk", "vd"),
        ("accounts", "ak", "pk"),
    ]
)


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    index, partition, sort = draw(views)
    condition = draw(conditions)
    request: dict[str, Any] = {
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": {
            name: value for name, value in (("#p", partition), ("#s", sort)) if name in condition
        },
        "ExpressionAttributeValues": {
            name: _text(draw(keys)) for name in (":a", ":b") if name in condition
        }
        | {":p": _text(draw(owners) if partition == "pk" else "QUERIES#ACCOUNT")},
    }
    if index:
        request["IndexName"] = index
    optional = st.fixed_dictionaries(
        {},
        optional={
            "Limit": st.integers(1, 5),
            "ScanIndexForward": st.booleans(),
            "ReturnConsumedCapacity": st.sampled_from(["TOTAL", "INDEXES"]),
            "Select": st.sampled_from(["COUNT", "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"]),
            "ProjectionExpression": st.sampled_from(["sk", "t, n"]),
            "FilterExpression": st.sampled_from(
                ["attribute_exists(t)", "attribute_not_exists(vs)", "t ="]
            ),
        },
    )
    request |= draw(optional)
    if draw(st.booleans()):
        start = {"pk": draw(owners), "sk": draw(keys)}
        for name in {partition, sort} - start.keys():
            start[name] = "QUERIES#ACCOUNT" if name == "ak" else draw(keys)
        request["ExclusiveStartKey"] = {name: _text(value) for name, value in start.items()}
    return request


@pytest.fixture(scope="module")
def dynamodb(embedded_aws: Embedded, aws_client: Callable[[str], Any]) -> Any:
    del embedded_aws
    client = aws_client("dynamodb")
    made = client.describe_table(TableName=STORED)["Table"]
    client.create_table(
        TableName=PLAIN,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=made["KeySchema"],
        AttributeDefinitions=made["AttributeDefinitions"],
        **{
            kind: [
                {part: index[part] for part in ("IndexName", "KeySchema", "Projection")}
                for index in made[kind]
            ]
            for kind in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")
        },
    )
    return client


def replace_all(dynamodb: Any, table: str, items: list[dict[str, Any]]) -> None:
    for owner in OWNERS:
        found = dynamodb.query(
            TableName=table,
            KeyConditionExpression="pk = :p",
            ExpressionAttributeValues={":p": _text(owner)},
            ProjectionExpression="pk, sk",
        )["Items"]
        for key in found:
            dynamodb.delete_item(TableName=table, Key=key)
    for item in items:
        dynamodb.put_item(TableName=table, Item=item)


def answer(dynamodb: Any, table: str, request: dict[str, Any]) -> Any:
    try:
        result = dynamodb.query(TableName=table, **request)
    except ClientError as error:
        return error.response["Error"]
    result.pop("ResponseMetadata")
    result.get("ConsumedCapacity", {}).pop("TableName", None)
    return result


@settings(
    max_examples=times(5, deep=20),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(  # SQLite takes the NUL for the end
    items=[{"pk": _text(OWNERS[0]), "sk": _text("a"), "vs": _text("\x00a")}],
    asked=[
        {
            "IndexName": "by_status",
            "KeyConditionExpression": "pk = :p AND vs >= :a",
            "ExpressionAttributeValues": {":p": _text(OWNERS[0]), ":a": _text("\x00")},
        }
    ],
)
@given(items=_items(), asked=st.lists(requests(), min_size=5, max_size=10))
def test_every_query(
    dynamodb: Any, items: list[dict[str, Any]], asked: list[dict[str, Any]]
) -> None:
    for table in (STORED, PLAIN):
        replace_all(dynamodb, table, items)
    for request in asked:
        assert answer(dynamodb, STORED, request) == answer(dynamodb, PLAIN, request)


def test_a_page_ends_at_1_mb(dynamodb: Any) -> None:
    large = "é" * 150_000
    items = [
        {"pk": _text(OWNERS[0]), "sk": _text(str(number)), "vs": _text("o"), "h": _text(large)}
        for number in range(5)
    ]
    for table in (STORED, PLAIN):
        replace_all(dynamodb, table, items)
    for index in ({}, {"IndexName": "by_status"}):
        for limit in ({}, {"Limit": 3}, {"Limit": 4}):
            request = {
                "KeyConditionExpression": "pk = :p",
                "ExpressionAttributeValues": {":p": _text(OWNERS[0])},
            }
            stored = answer(dynamodb, STORED, request | index | limit)
            assert stored == answer(dynamodb, PLAIN, request | index | limit)
            assert stored["Count"] == 3


def test_a_transaction_that_is_taken_back(dynamodb: Any) -> None:
    """Of PartiQL: ministack puts copies in place of all items."""
    item = {"pk": _text(OWNERS[0]), "sk": _text("kept"), "t": _text("before")}
    replace_all(dynamodb, STORED, [item])
    statements = (
        "UPDATE DataTable SET t = 'after' WHERE pk = 'QUERIES#1' AND sk = 'kept'",
        "INSERT INTO DataTable VALUE {'pk': 'QUERIES#1', 'sk': 'new'}",
        "EXISTS(SELECT * FROM DataTable WHERE pk = 'no' AND sk = 'no' AND t = 'no')",
    )
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        dynamodb.execute_transaction(
            TransactStatements=[{"Statement": statement} for statement in statements]
        )
    key = {"pk": item["pk"], "sk": item["sk"]}
    assert dynamodb.get_item(TableName=STORED, Key=key)["Item"] == item
    assert "Item" not in dynamodb.get_item(
        TableName=STORED, Key={"pk": item["pk"], "sk": _text("new")}
    )
