"""`make rotate-keys`: which keys are left, and that no rotation undoes another."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from tools import deployment, rotate_keys
from tools.deployment import Deployment, Refused
from tools.rotate_keys import dump, rotate, rotated

from errand.errors import ConfigurationError
from errand.keys import Key, KeyRing, parse_ring

SECRET = "a key that was drawn at random, long enough"


def key(kid: str) -> Key:
    return Key(kid, f"key {kid} of the tests, long enough for it".encode())


def ring(*kids: str) -> KeyRing:
    return KeyRing(tuple(map(key, kids)))


def kids(rotated: KeyRing) -> list[str]:
    return [one.kid for one in rotated.keys]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["1"], ["2", "1"]),
        (["2", "1"], ["3", "2", "1"]),
        (["3", "2", "1"], ["4", "3", "2"]),
        (["9"], ["10", "9"]),
        (["blue"], ["1", "blue"]),
        (["blue", "7"], ["8", "blue", "7"]),
        (["²"], ["1", "²"]),
    ],
)
def test_new_key_signs_and_two_before_it_verify(before: list[str], after: list[str]) -> None:
    assert kids(rotated(ring(*before), secret=SECRET, withdraw=False)) == after


def test_keys_that_stay_are_the_same() -> None:
    new = rotated(ring("2", "1"), secret=SECRET, withdraw=False)
    assert new.keys == (Key("3", SECRET.encode()), key("2"), key("1"))


def test_withdrawal_leaves_the_new_key_alone() -> None:
    new = rotated(ring("3", "2", "1"), secret=SECRET, withdraw=True)
    assert new.keys == (Key("4", SECRET.encode()),)


@pytest.mark.parametrize("content", [ring("1"), ring("3", "2", "1")], ids=kids)
def test_what_is_written_can_be_read(content: KeyRing) -> None:
    assert parse_ring(dump(content)) == content


@pytest.fixture
def secrets(_no_real_aws: None) -> Iterator[Any]:
    """A client of a Secrets Manager that holds a ring of one key."""
    with mock_aws():
        client = boto3.client("secretsmanager")
        client.create_secret(Name="signing", SecretString=json.dumps({"kid": "1", "key": SECRET}))
        yield client


@pytest.fixture
def _deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the one of any stack."""

    def enter(name: str) -> Deployment:
        return Deployment(f"the stack {name}", {"SigningSecretName": "signing"})

    monkeypatch.setattr(deployment, "enter", enter)


def kept(secrets: Any) -> KeyRing:
    # moto takes the current version for the default only where it is asked for.
    present = secrets.get_secret_value(SecretId="signing", VersionStage="AWSCURRENT")
    return parse_ring(present["SecretString"])


class Interrupted:
    """`secrets`, with `before` done before a key is put and labels moved `times` times."""

    def __init__(self, secrets: Any, *, before: Any = None, times: int = 1) -> None:
        self._secrets = secrets
        self._before = before
        self._times = times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._secrets, name)

    def put_secret_value(self, **arguments: Any) -> Any:
        if self._before:
            self._before()
        return self._secrets.put_secret_value(**arguments)

    def update_secret_version_stage(self, **arguments: Any) -> None:
        for _ in range(self._times):
            self._secrets.update_secret_version_stage(**arguments)


def test_rotation_replaces_the_ring(secrets: Any) -> None:
    new = rotate(secrets, "signing", withdraw=False)
    assert kept(secrets) == new
    assert kids(new) == ["2", "1"]


def test_every_key_is_drawn_anew(secrets: Any) -> None:
    drawn = [rotate(secrets, "signing", withdraw=True).current.secret for _ in range(3)]
    assert len({SECRET.encode(), *drawn}) == 4
    assert {len(secret) for secret in drawn} == {64}


def test_rotation_that_comes_second_changes_nothing(secrets: Any) -> None:
    first: list[KeyRing] = []
    interrupted = Interrupted(
        secrets, before=lambda: first.append(rotate(secrets, "signing", withdraw=False))
    )
    with pytest.raises(Refused, match="another rotation came first"):
        rotate(interrupted, "signing", withdraw=False)
    assert [kept(secrets)] == first


def test_rotation_after_one_that_came_second(secrets: Any) -> None:
    """What that one has left behind is in nobody's way."""
    interrupted = Interrupted(secrets, before=lambda: rotate(secrets, "signing", withdraw=False))
    with pytest.raises(Refused):
        rotate(interrupted, "signing", withdraw=False)
    assert kids(rotate(secrets, "signing", withdraw=False)) == ["3", "2", "1"]
    assert kids(kept(secrets)) == ["3", "2", "1"]


def test_lost_answer_is_no_failure(secrets: Any) -> None:
    new = rotate(Interrupted(secrets, times=2), "signing", withdraw=False)
    assert kept(secrets) == new


def test_damaged_secret_is_left_alone(secrets: Any) -> None:
    secrets.put_secret_value(SecretId="signing", SecretString="hunter2")
    with pytest.raises(ConfigurationError, match="documented form"):
        rotate(secrets, "signing", withdraw=False)
    assert secrets.get_secret_value(SecretId="signing")["SecretString"] == "hunter2"


@pytest.mark.usefixtures("_deployed")
def test_command_names_keys_and_shows_none(
    secrets: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rotate_keys.main(["--stack", "errand"]) == 0
    assert rotate_keys.main(["--stack", "errand"]) == 0
    shown = capsys.readouterr().out
    assert shown.splitlines()[-1] == (
        "the stack errand: key 3 signs, previous keys that still verify: 2, 1;"
        " every instance follows within 10 minutes"
    )
    assert not any(one.secret.decode() in shown for one in kept(secrets).keys)


@pytest.mark.usefixtures("_deployed")
def test_command_withdraws(secrets: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert rotate_keys.main(["--stack", "errand", "--withdraw"]) == 0
    assert "key 2 signs, previous keys that still verify: none;" in capsys.readouterr().out
    assert kids(kept(secrets)) == ["2"]


@pytest.mark.usefixtures("_deployed")
def test_command_says_in_a_line_what_is_wrong(
    secrets: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets.put_secret_value(SecretId="signing", SecretString="hunter2")
    assert rotate_keys.main(["--stack", "errand"]) == 1
    assert capsys.readouterr() == (
        "",
        "rotate-keys: The signing secret is not of the documented form\n",
    )
