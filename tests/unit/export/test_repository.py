"""Of an account, everything is read that either table has."""

import pytest

from errand.cursors import Position
from errand.export.repository import DynamoCollection
from errand.storage.kinds import Table, collection, owned
from errand_testkit.dynamo import FakeDynamo

NAMES = {
    Table.DATA: "DataTable",
    Table.EPHEMERAL: "EphemeralTable",
    Table.LOG: "LogTable",
}


def _fill(fake: FakeDynamo, user_id: str) -> set[str]:
    """Two items of every kind that an account can have; the sort keys of those that are told."""
    kinds = {kind.key(user_id, number): kind for kind in owned() for number in ("1", "2")}
    keys = {key: kind.table for key, kind in kinds.items()}
    for key, table in keys.items():
        fake.items[NAMES[table]][key] = {"pk": {"S": key.pk}, "sk": {"S": key.sk}}
    return {key.sk for key, kind in kinds.items() if kind.section}


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_slices_are_together_all_that_the_account_has(fake: FakeDynamo, limit: int) -> None:
    expected = _fill(fake, "ada")
    _fill(fake, "bob")
    found: list[str] = []
    after: Position | None = None
    while True:
        slice_ = DynamoCollection().slice(user_id="ada", after=after, limit=limit)
        assert {item["pk"]["S"] for item in slice_.items} <= {collection("ada")}
        found += [item["sk"]["S"] for item in slice_.items]
        after = slice_.reached
        if after is None:
            break
    assert sorted(found) == sorted(expected)
