"""Credentials in the environment are taken at once; without them botocore looks where it does."""

from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import PartialCredentialsError
from botocore.session import Session

from errand.aws.credentials import use_environment

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "token",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def prepared() -> Session:
    session = botocore.session.get_session()
    use_environment(session)
    return session


def sources(session: Session) -> list[str]:
    return [one.METHOD for one in session.get_component("credential_provider").providers]


def test_they_are_those_that_botocore_would_find() -> None:
    ours: Any = prepared()
    whole: Any = botocore.session.get_session()
    found, theirs = ours.get_credentials(), whole.get_credentials()
    assert found.get_frozen_credentials() == theirs.get_frozen_credentials()
    assert found.method == theirs.method == "env"


def test_no_other_source_is_made() -> None:
    assert sources(prepared()) == ["env"]


def test_half_of_them_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(PartialCredentialsError):
        prepared().get_credentials()


@pytest.mark.parametrize("key", [None, ""])
def test_without_them_every_source_has_its_turn(
    key: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    if key is not None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    assert {"container-role", "iam-role"} <= {*sources(prepared())}


def test_a_profile_chosen_in_code_comes_before_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config"
    file.write_text("[profile somebody]\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    session = botocore.session.Session(profile="somebody")
    use_environment(session)
    assert "env" not in sources(session)
