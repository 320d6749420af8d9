"""The key ring: what the secret must look like, and what each key is good for."""

import json
import traceback
from typing import Any

import boto3
import pytest
from moto import mock_aws

from errand.errors import ConfigurationError
from errand.keys import MIN_KEY_LENGTH, Key, KeyRing, load_ring, parse_ring

NEW = "n" * MIN_KEY_LENGTH
OLD = "o" * MIN_KEY_LENGTH
ROTATED = {"kid": "2", "key": NEW, "previous": [{"kid": "1", "key": OLD}]}


def test_first_key_signs() -> None:
    assert parse_ring(json.dumps(ROTATED)).current == Key("2", NEW.encode())


@pytest.mark.parametrize(("kid", "secret"), [("2", NEW), ("1", OLD)])
def test_every_key_verifies(kid: str, secret: str) -> None:
    assert parse_ring(json.dumps(ROTATED)).find(kid) == Key(kid, secret.encode())


@pytest.mark.parametrize("kid", ["3", None, 1, ["1"]])
def test_unknown_key_is_not_found(kid: object) -> None:
    assert parse_ring(json.dumps(ROTATED)).find(kid) is None


def test_previous_keys_are_optional() -> None:
    assert parse_ring(json.dumps({"kid": "1", "key": OLD})).keys == (Key("1", OLD.encode()),)


@pytest.mark.parametrize(
    "content",
    [
        [],
        "text",
        7,
        None,
        {},
        {"kid": "1"},
        {"key": NEW},
        {"kid": "1", "key": 7},
        {"kid": "1", "key": None},
        {"kid": "1", "key": NEW, "previous": None},
        {"kid": "1", "key": NEW, "previous": [{}]},
        {"kid": "1", "key": NEW, "previous": ["0"]},
    ],
    ids=str,
)
def test_secret_of_another_form_is_refused(content: Any) -> None:
    with pytest.raises(ConfigurationError, match="documented form"):
        parse_ring(json.dumps(content))


@pytest.mark.parametrize(
    "content",
    [
        {"kid": "1", "key": NEW[1:]},
        {"kid": "2", "key": NEW, "previous": [{"kid": "1", "key": ""}]},
    ],
    ids=["current", "previous"],
)
def test_short_key_is_refused(content: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"shorter than {MIN_KEY_LENGTH}"):
        parse_ring(json.dumps(content))


def test_secret_stays_out_of_the_traceback() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_ring('{"kid": "1", "key": "hunter2"')
    assert caught.value.__suppress_context__
    assert "hunter2" not in "".join(traceback.format_exception_only(caught.value))


def test_derived_keys_are_good_for_one_purpose() -> None:
    ring = KeyRing((Key("1", OLD.encode()), Key("2", NEW.encode())))
    assert (
        len({*ring.derived("cursor"), *ring.derived("receipt"), *map(str.encode, (OLD, NEW))}) == 6
    )


def test_ring_is_kept_in_secrets_manager() -> None:
    with mock_aws():
        boto3.client("secretsmanager").create_secret(
            Name="signing", SecretString=json.dumps(ROTATED)
        )
        assert load_ring("signing") == parse_ring(json.dumps(ROTATED))
