"""The key ring: what its secret looks like, where it is kept, and what each key is good for."""

import json
import traceback
from collections.abc import Iterator
from typing import Any

import boto3
import botocore.session
import pytest
from moto import mock_aws

from errand.errors import ConfigurationError
from errand.keys import MIN_KEY_LENGTH, Key, load_ring, parse_ring
from errand_testkit.fakes import ManualClock

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
    keys = Key("1", OLD.encode()), Key("2", NEW.encode())
    derived = {key.derived(purpose) for key in keys for purpose in ("cursor", "receipt")}
    assert len(derived | {key.secret for key in keys}) == 6


@pytest.fixture
def kept(_no_real_aws: None) -> Iterator[Any]:
    """A client of a Secrets Manager that holds a ring of one key."""
    with mock_aws():
        client = boto3.client("secretsmanager")
        client.create_secret(Name="signing", SecretString=json.dumps({"kid": "1", "key": OLD}))
        yield client


def test_ring_is_kept_in_secrets_manager(kept: Any) -> None:
    clock = ManualClock()
    live = load_ring("signing", clock=clock)
    assert live.current == Key("1", OLD.encode())
    kept.put_secret_value(SecretId="signing", SecretString=json.dumps(ROTATED))
    clock.advance(600)
    assert live.current == parse_ring(json.dumps(ROTATED)).current


@pytest.mark.usefixtures("kept")
def test_one_client_reads_it_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    made = []

    def create_client(*arguments: Any, **options: Any) -> Any:
        made.append(arguments)
        return create(*arguments, **options)

    session = botocore.session.Session()
    create = session.create_client
    monkeypatch.setattr(session, "create_client", create_client)
    live = load_ring("signing", session=session, clock=clock)
    clock.advance(600)
    assert live.current.kid == "1"
    assert made == [("secretsmanager",)]


def test_secret_that_is_no_text_is_refused(kept: Any) -> None:
    kept.put_secret_value(SecretId="signing", SecretBinary=b"\x00")
    with pytest.raises(ConfigurationError, match="documented form"):
        load_ring("signing")
