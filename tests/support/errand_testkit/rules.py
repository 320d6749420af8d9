"""What enforces a rule of docs/contributing/rules.md, and whether it does.

A rule is an item of a list that ends with what enforces it in backticks: a rule of ruff (`D100`), a
flag of mypy (`disallow_untyped_defs`, `strict`), or a test below tests/
(`test_import_directions.py::test_modules_are_no_circle`).
"""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from errand_testkit.stack import ROOT

_ITEM = re.compile(r"^[-*] ", re.MULTILINE)
_NAMED = re.compile(r"`([^`]+)`\.?\s*$")
_RUFF = re.compile(r"[A-Z]+\d+")
_CONFIGURED = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]


@dataclass(frozen=True)
class Rule:
    """`enforcement`: None if the text names none."""

    text: str
    enforcement: str | None

    @property
    def is_enforced(self) -> bool:
        name = self.enforcement or ""
        if "::" in name:
            return _is_test(*name.split("::", 1))
        if _RUFF.fullmatch(name):
            return name in _ruff_rules() and not name.startswith(tuple(_ignored()))
        flag = name.removeprefix("mypy ").lstrip("-").replace("-", "_")
        return bool(_CONFIGURED["mypy"].get(flag)) or flag in _strict_flags()


def rules_in(page: str) -> Iterator[Rule]:
    """Every item of every list; one may go on in lines that are indented."""
    for item in _ITEM.split(page)[1:]:
        lines = item.splitlines()
        goes_on = [line for line in lines[1:] if line.startswith("  ")]
        text = " ".join(line.strip() for line in [lines[0], *goes_on])
        named = _NAMED.search(text)
        yield Rule(text, named[1] if named else None)


def _is_test(file: str, name: str) -> bool:
    path = ROOT / "tests" / file.removeprefix("tests/")
    return path.is_file() and name.partition("[")[0] in _functions(path.read_text())


@cache
def _functions(source: str) -> frozenset[str]:
    found = ast.parse(source).body
    return frozenset(node.name for node in found if isinstance(node, ast.FunctionDef))


@cache
def _ruff_rules() -> frozenset[str]:
    listed = _output("ruff", "rule", "--all", "--output-format=json")
    return frozenset(rule["code"] for rule in json.loads(listed))


def _ignored() -> list[str]:
    ignored: list[str] = _CONFIGURED["ruff"]["lint"]["ignore"]
    return ignored


@cache
def _strict_flags() -> frozenset[str]:
    """Those that `strict` stands for, if it is set."""
    if not _CONFIGURED["mypy"].get("strict"):
        return frozenset()
    _, _, told = _output("mypy", "--help").partition("enables the following flags:")
    # Broken at hyphens, where lines are full.
    told = re.sub(r"-\n +", "-", told.split("\n  --", 1)[0])
    return frozenset(flag.replace("-", "_") for flag in re.findall(r"--([a-z-]+)", told))


def _output(tool: str, *arguments: str) -> str:
    command = [sys.executable, "-m", tool, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - pinned tools
