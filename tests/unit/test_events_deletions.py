"""Which messages may have somebody's data purged."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errand import ids
from errand.errors import MalformedRecord
from errand.events.deletions import deleted_user_id

EVENTS = Path(__file__).parents[2] / "events"


def sample(name: str = "bus-user-deleted") -> dict[str, Any]:
    content: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return content


def test_deleted_user() -> None:
    assert deleted_user_id(json.dumps(sample())) == "06h04o2vndpa700bqsem70d6f8"


def test_every_id_is_taken() -> None:
    user_id = ids.new_id()
    body = json.dumps(sample()).replace("06h04o2vndpa700bqsem70d6f8", user_id)
    assert deleted_user_id(body) == user_id


def test_later_fields_are_no_obstacle() -> None:
    event = sample()
    event["detail"]["data"]["old"]["region"] = "eu"
    assert deleted_user_id(json.dumps(event)) == "06h04o2vndpa700bqsem70d6f8"


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in EVENTS.glob("*.json") if path.stem != "bus-user-deleted")
)
def test_no_other_event_purges(name: str) -> None:
    with pytest.raises(MalformedRecord):
        deleted_user_id(json.dumps(sample(name)))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("source", "aws.s3"),
        ("source", None),
        ("detail-type", "user.registered"),
        ("detail", None),
        ("detail", json.dumps(sample()["detail"])),
        ("detail.version", "1"),
        ("detail.version", 2),
        ("detail.specversion", "0.3"),
        ("detail.type", "task.deleted"),
        ("detail.subject", "users/06h04oaa3dpa700lnaafu6cr44"),
        ("detail.data", None),
        ("detail.data.old", None),
        ("detail.data.old.id", None),
        ("detail.data.old.id", ["06h04o2vndpa700bqsem70d6f8"]),
        ("detail.data.old.id", "06h04oaa3dpa700lnaafu6cr44"),
        ("detail.data.new", {"id": "06h04o2vndpa700bqsem70d6f8"}),
        ("detail.data.new", "absent"),
    ],
)
def test_refused(path: str, value: object) -> None:
    event = sample()
    container = event
    *parents, name = path.split(".")
    for parent in parents:
        container = container[parent]
    if value == "absent":
        del container[name]
    else:
        container[name] = value
    with pytest.raises(MalformedRecord):
        deleted_user_id(json.dumps(event))


@pytest.mark.parametrize(
    "user_id", ["", "x", "06h04o2vndpa700bqsem70d6f8#", "06H04O2VNDPA700BQSEM70D6F8"]
)
def test_refuses_what_is_no_id(user_id: str) -> None:
    body = json.dumps(sample()).replace("06h04o2vndpa700bqsem70d6f8", user_id)
    with pytest.raises(MalformedRecord):
        deleted_user_id(body)


@pytest.mark.parametrize("body", ["", "not JSON", "null", "[]", '"x"', "1", "[" * 100_000])
def test_refuses_what_is_no_event(body: str) -> None:
    with pytest.raises(MalformedRecord):
        deleted_user_id(body)


@given(st.text())
def test_refuses_any_text(body: str) -> None:
    with pytest.raises(MalformedRecord):
        deleted_user_id(body)
