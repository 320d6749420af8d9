"""What is typed behind `make` reaches the command as it was typed, and never the shell as text."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from errand_testkit.stack import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
# Every way out of quotes, and what a shell would put in its place.
HOSTILE = """x' "y" `touch pwned` $(touch pwned); touch pwned & *"""
# As a value on the command line of make, which expands it once itself.
TYPED = HOSTILE.replace("$", "$$")
STUB = """#!/bin/sh
printf '%s\\0' "$0" "$@" >> "$TOLD"
"""
CASES = {
    "adopt": ("STACK", "DATA_TABLE", "LOG_TABLE"),
    "bench": ("ROUNDS",),
    "build": ("STAGE",),
    "deploy": ("STAGE",),
    "export-tables": ("BUCKET", "PREFIX", "STACK"),
    "grant-admin": ("USER", "STACK"),
    "invoke": ("FN", "EVENT", "TOKEN"),
    "load": ("URL", "MIX", "REQUESTS", "PARALLEL", "BURST"),
    "logs": ("FN", "SINCE", "STACK"),
    "migrate": ("KIND", "RATE", "STACK"),
    "reconcile": ("ACCOUNT", "STACK"),
    "redrive": ("QUEUE", "STACK"),
    "reindex": ("ACCOUNT", "STACK"),
    "replay": ("ACCOUNT", "FROM", "STACK"),
    "restore": ("AT", "STACK"),
    "rollback": ("STACK", "VERSION"),
    "rotate-keys": ("STACK",),
    "sam-local": ("SAM_PORT",),
    "smoke": ("URL",),
    "status": ("STACK",),
    "test-load": ("TIMES",),
    "user": ("NAME", "STACK"),
}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """All programs of it tell their arguments and do nothing."""
    for folder in ("bin", "sam/bin", "checkov/bin", "ministack/bin", "actionlint/bin"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder).parent.joinpath(".installed").touch()
        for name in ("python", "sam"):
            (tmp_path / folder / name).write_text(STUB)
            (tmp_path / folder / name).chmod(0o755)
    # Of the `make` that runs the tests.
    inherited = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL"}
    own = {name: value for name, value in os.environ.items() if name not in inherited}
    return own | {"TOLD": str(tmp_path / "told")}


def make(environment: dict[str, str], target: str, *given: str) -> list[str]:
    """All arguments of all programs."""
    told = Path(environment["TOLD"])
    # Below the root, as SAM_ENV takes it to be.
    venv = os.path.relpath(told.parent, ROOT)
    command = ["make", "-C", str(ROOT), f"VENV={venv}", target, *given]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)  # noqa: S603
    return told.read_text().split("\0")


@pytest.mark.parametrize(
    ("target", "name"), [(target, name) for target, names in CASES.items() for name in names]
)
def test_what_is_typed_is_one_argument(environment: dict[str, str], target: str, name: str) -> None:
    others = [f"{other}=other" for other in CASES[target] if other != name]
    arguments = make(environment, target, f"{name}={TYPED}", *others)
    assert HOSTILE in arguments
    assert not (ROOT / "pwned").exists()


def test_filter_is_joined_to_its_option(environment: dict[str, str]) -> None:
    given = ("FN=ApiFunction", f"FILTER={TYPED}")
    assert f"--filter={HOSTILE}" in make(environment, "logs", *given)


def test_assumptions_are_words_and_nothing_else(environment: dict[str, str]) -> None:
    arguments = make(environment, "simulate", f"ASSUME=--accounts 5 {TYPED}")
    assert arguments[3:5] == ["--accounts", "5"]
    assert arguments[5:-1] == HOSTILE.split()
    assert not (ROOT / "pwned").exists()


def test_bill_of_materials_builds_nothing(environment: dict[str, str]) -> None:
    assert make(environment, "sbom")[1:-1] == ["-m", "tools.sbom"]


def test_no_recipe_has_what_is_typed_as_text() -> None:
    own = {*re.findall(r"^([A-Z_]+) :?= ", MAKEFILE, re.MULTILINE), "CURDIR", "MAKE"}
    # But for conditions of make, which the shell never sees, and a program with its options.
    as_text = r"(?<!\$\(if )(?<!filter-out 0,)\$\(([A-Z_]+)\)"
    used = set(re.findall(as_text, MAKEFILE)) - own
    assert used == {"MAKEFILE_LIST", "PYTHON"}
