"""`make restore` and `make export-tables`: what is asked of DynamoDB, and what of their user."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from moto import mock_aws
from tools.deployment import Refused
from tools.export_tables import export
from tools.restore import instant, restore

from errand.aws import client
from errand_testkit.template import table_properties

ITEM = {"pk": {"S": "USER#1"}, "sk": {"S": "TASK#1"}, "h": {"M": {"t": {"S": "Buy milk"}}}}


@pytest.fixture
def dynamodb(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        made = client("dynamodb", read_timeout=1)
        made.create_table(**table_properties("DataTable"))
        made.update_continuous_backups(
            TableName="DataTable",
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        )
        made.put_item(TableName="DataTable", Item=ITEM)
        yield made


@pytest.mark.parametrize("at", [None, datetime(2026, 11, 27, 10, tzinfo=UTC)])
def test_restore_is_another_table(dynamodb: Any, at: datetime | None) -> None:
    assert restore(dynamodb, "DataTable", at=at, suffix="20261127") == "DataTable-20261127"
    assert dynamodb.scan(TableName="DataTable-20261127")["Items"] == [ITEM]
    assert dynamodb.scan(TableName="DataTable")["Items"] == [ITEM]


def test_restore_is_waited_for() -> None:
    class Slow:
        """Takes two looks."""

        statuses = ["CREATING", "CREATING", "ACTIVE"]  # noqa: RUF012 - used up once

        def restore_table_to_point_in_time(self, **request: Any) -> None:
            assert request == {
                "SourceTableName": "a",
                "TargetTableName": "a-1",
                "UseLatestRestorableTime": True,
            }

        def describe_table(self, **_: Any) -> Any:
            return {"Table": {"TableStatus": self.statuses.pop(0)}}

    pauses: list[float] = []
    assert restore(Slow(), "a", at=None, suffix="1", pause=pauses.append) == "a-1"
    assert len(pauses) == 2


def test_time_without_a_zone_is_refused() -> None:
    assert instant("2026-11-27T10:00:00Z") == datetime(2026, 11, 27, 10, tzinfo=UTC)
    for text in ("2026-11-27T10:00:00", "yesterday", ""):
        with pytest.raises(Refused, match="AT="):
            instant(text)


def test_export_is_of_every_table_to_a_place_of_its_own(dynamodb: Any) -> None:
    client("s3", read_timeout=1).create_bucket(
        Bucket="kept", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    [arn] = export(dynamodb, ["DataTable"], bucket="kept", prefix="errand")
    begun = dynamodb.describe_export(ExportArn=arn)["ExportDescription"]
    assert (begun["S3Bucket"], begun["S3Prefix"]) == ("kept", "errand/DataTable")
