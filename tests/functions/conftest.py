"""The tables of functions that send mails: in memory, and on moto for handlers as deployed."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from errand.aws import client
from errand_testkit.dynamo import TABLES
from errand_testkit.mails import Tables
from errand_testkit.template import table_properties


@pytest.fixture
def tables() -> Tables:
    return Tables()


@pytest.fixture
def moto_tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tables]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        dynamodb = client("dynamodb", read_timeout=1)
        for name in TABLES:
            dynamodb.create_table(**table_properties(name))
        yield Tables(dynamodb)
