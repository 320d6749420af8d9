import os
from pathlib import Path

import pytest
from tools import stack
from tools.local.instance import FILE, Instance, announce, find, withdraw

HERE = Instance(endpoint="http://127.0.0.1:4567", stack="arn:here")


def test_found_until_it_is_withdrawn(tmp_path: Path) -> None:
    assert find(tmp_path) is None
    announce(tmp_path, HERE)
    assert find(tmp_path) == HERE
    withdraw(tmp_path)
    withdraw(tmp_path)
    assert find(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"endpoint": "x"}'])
def test_a_damaged_file_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    assert find(tmp_path) is None


def test_side_commands_go_to_the_one_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce(tmp_path, HERE)
    monkeypatch.setattr(os, "environ", {"DATA_DIR": str(tmp_path)})
    assert stack.instance() == HERE
    assert stack.environment()["AWS_ENDPOINT_URL"] == HERE.endpoint


def test_an_address_that_is_given_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce(tmp_path, HERE)
    given = {"DATA_DIR": str(tmp_path), "AWS_PORT": "4568"}
    monkeypatch.setattr(os, "environ", given)
    assert stack.instance() == Instance(endpoint="http://127.0.0.1:4568", stack="errand")
    given["AWS_ENDPOINT_URL"] = "http://127.0.0.1:4569"
    assert stack.instance() == Instance(endpoint="http://127.0.0.1:4569", stack="errand")


def test_without_one_nothing_is_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"DATA_DIR": str(tmp_path)})
    with pytest.raises(LookupError, match="no `make run` is at work on"):
        stack.instance()
    assert stack.environment()["AWS_ENDPOINT_URL"] == stack.NOWHERE
