"""What tests of import directions are told of a source tree."""

from pathlib import Path

import pytest

from errand_testkit.imports import Module, Sources, cycles

FILES = {
    "house/__init__.py": "",
    "house/clock.py": "import time",
    "house/storage/tables.py": "import boto3.session",
    "house/tasks/model/__init__.py": "",
    "house/tasks/model/fields.py": "from . import names\nfrom ...clock import now",
    "house/tasks/model/names.py": "",
    "house/tasks/repository.py": "from house.storage import tables\nfrom .model import A",
    "house/people/__init__.py": "",
    "house/people/sessions/service.py": "import house.people.accounts.model",
    "house/people/accounts/model.py": """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from house.people.sessions.service import Service
def late():
    from house.tasks import repository
""",
}


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Sources((tmp_path,), "house", frozenset({"house.storage"}))


def test_features_can_be_nested_and_roles_be_folders(sources: Sources) -> None:
    assert sources.features == {"house.tasks", "house.people.sessions", "house.people.accounts"}
    nested = "house.tasks.model.fields"
    assert sources.module(nested) == Module(nested, "house.tasks", "model")
    service = "house.people.sessions.service"
    assert sources.module(service) == Module(service, "house.people.sessions", "service")
    assert sources.module("house.storage.tables") == Module("house.storage.tables", None, None)
    assert sources.module("boto3") == Module("boto3", None, None)


def test_imports_are_told_by_module_however_they_are_written(sources: Sources) -> None:
    assert sources.imports["house.tasks.model.fields"] == {"house.tasks.model.names", "house.clock"}
    assert sources.imports["house.tasks.repository"] == {
        "house.storage.tables",
        "house.tasks.model",
    }
    assert sources.imports["house.storage.tables"] == {"boto3"}
    assert sources.imports["house.people.accounts.model"] == {
        "typing",
        "house.people.sessions.service",
        "house.tasks.repository",
    }


def test_what_is_imported_later_is_left_out_at_the_start(sources: Sources) -> None:
    assert sources.at_start["house.people.accounts.model"] == set()


def test_cycles_are_told_with_all_that_is_in_them() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": {"e"}, "f": set[str]()}
    assert cycles(graph) == {frozenset("abc"), frozenset("e")}


def test_importing_each_other_for_types_is_a_cycle_of_features(sources: Sources) -> None:
    pair = {"house.people.accounts.model", "house.people.sessions.service"}
    assert cycles(sources.imports) == {frozenset(pair)}
    assert cycles(sources.at_start) == set()
