"""Dependencies point one way, as docs/architecture.md says of the house; told from the sources."""

import ast
import sys
from itertools import product
from pathlib import Path

import pytest

from errand.storage.kinds import KINDS
from errand_testkit.imports import Module, Sources, cycles
from errand_testkit.stack import ROOT

CORE = ROOT / "layers/core"
FUNCTIONS = tuple(path for path in sorted((ROOT / "functions").iterdir()) if path.is_dir())
# What is no feature: what features are built on, and the street in which identity's have theirs.
SHARED = frozenset({"errand.aws", "errand.identity", "errand.storage"})
SOURCES = Sources((CORE, *FUNCTIONS), "errand", SHARED)
HTTP = frozenset({"fastapi", "starlette", "mangum", "uvicorn"})
# Shared by every feature and as pure as a model, to whose rule they are held.
PURE = frozenset(
    {
        "errand.appearance",
        "errand.calendar",
        "errand.calendar.alarms",
        "errand.calendar.components",
        "errand.calendar.document",
        "errand.calendar.lines",
        "errand.calendar.repetition",
        "errand.calendar.timezones",
        "errand.calendar.values",
        "errand.codecs",
        "errand.epoch",
        "errand.errors",
        "errand.fields",
        "errand.folding",
        "errand.identity.scopes",
        "errand.ids",
        "errand.opaque",
        "errand.origin",
        "errand.records",
        "errand.recurrence",
        "errand.recurrence.occurrences",
        "errand.recurrence.rule",
        "errand.search.adding",
        "errand.search.best",
        "errand.search.documents",
        "errand.search.growing",
        "errand.search.head",
        "errand.search.highlights",
        "errand.search.levels",
        "errand.search.looking",
        "errand.search.query",
        "errand.search.ranking",
        "errand.search.segments",
        "errand.search.word_codes",
        "errand.search.words",
        "errand.filters.plain",
        "errand.tasks.decisions",
        "errand.tasks.due",
        "errand.tasks.merging",
        "errand.tasks.order",
        "errand.tasks.recurrence",
        "errand.tasks.reminders",
        "errand.tasks.tree",
        "errand.transfer.google",
        "errand.transfer.html",
        "errand.transfer.json_lines",
        "errand.transfer.order",
        "errand.transfer.plain_csv",
        "errand.transfer.report",
        "errand.transfer.texts",
        "errand.transfer.ticktick",
        "errand.transfer.values",
        "errand.transfer.vikunja",
        "errand.zones",
    }
)
UPWARD = {"repository": {"service", "schemas"}, "schemas": {"service", "repository"}}


def _imports(*, of: str = "errand") -> list[tuple[Module, Module]]:
    return [
        (SOURCES.module(name), SOURCES.module(target))
        for name, targets in SOURCES.imports.items()
        for target in sorted(targets)
        if name.partition(".")[0] == of
    ]


def test_features_are_found_wherever_they_are() -> None:
    assert {"errand.tasks"} <= SOURCES.features
    assert SOURCES.module("errand.tasks.repository") == Module(
        "errand.tasks.repository", "errand.tasks", "repository"
    )
    assert SOURCES.module("errand.storage.tables").feature is None


def test_models_import_models_and_the_standard_library() -> None:
    def is_pure(module: Module) -> bool:
        is_ours = module.role == "model" or module.name in PURE
        return is_ours or module.name in sys.stdlib_module_names

    found = {
        (module.name, target.name)
        for module, target in _imports()
        if (module.role == "model" or module.name in PURE) and not is_pure(target)
    }
    assert found == set()


def test_repositories_and_schemas_know_nothing_of_what_uses_them() -> None:
    found = {
        (module.name, target.name)
        for module, target in _imports()
        if target.role in UPWARD.get(module.role or "", set())
    }
    assert found == set()


def test_feature_reaches_another_never_through_its_repository() -> None:
    found = {
        (module.name, target.name)
        for module, target in _imports()
        if module.feature and target.role == "repository" and target.feature != module.feature
    }
    assert found == set()


def test_features_are_no_circle() -> None:
    graph: dict[str, set[str]] = {feature: set() for feature in SOURCES.features}
    for module, target in _imports():
        if module.feature and target.feature and module.feature != target.feature:
            graph[module.feature].add(target.feature)
    assert cycles(graph) == set()


def test_modules_are_no_circle() -> None:
    assert cycles(SOURCES.at_start) == set()


def test_storage_knows_no_feature() -> None:
    assert [
        (module.name, target.name)
        for module, target in _imports()
        if module.name.startswith("errand.storage") and target.feature
    ] == []


def test_http_is_in_the_api_alone() -> None:
    found = {
        name
        for name, targets in SOURCES.imports.items()
        if targets & HTTP and name.partition(".")[0] != "errand_api"
    }
    assert found == set()


def test_functions_are_there() -> None:
    assert len(FUNCTIONS) > 1
    assert all(Sources((function,), "errand").paths for function in FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda path: path.name)
def test_nothing_imports_a_function_but_itself(function: Path) -> None:
    own = Sources((function,), "errand").paths.keys()
    others = SOURCES.paths.keys() - own
    assert [
        (name, target) for name, target in product(others, own) if target in SOURCES.imports[name]
    ] == []


def test_only_the_unit_of_work_commits() -> None:
    found = {
        name
        for name, tree in SOURCES.trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "errand.storage.operations"
        for alias in node.names
        if alias.name in {"execute", "transact"}
    }
    assert found == {"errand.storage.unit"}


def test_keys_are_made_by_the_registry_of_kinds_alone() -> None:
    beginnings = tuple({text for kind in KINDS for text in (f"{kind.partition}#", kind.prefix)})
    found = {
        (name, node.value)
        for name, tree in SOURCES.trees.items()
        if name != "errand.storage.kinds"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if node.value.startswith(beginnings)
    }
    assert found == set()
