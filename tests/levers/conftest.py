"""The layer of dependencies, built from the packages that are installed here."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def python(code: str, *paths: Path, **environment: str) -> str:
    """What `code` prints in a fresh interpreter that finds modules in `paths` first."""
    done = subprocess.run(  # noqa: S603 - as above
        [sys.executable, "-c", f"import sys; sys.path[:0] = {[*map(str, paths)]}; {code}"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def on_lambda(code: str, layer: Path, *ours: Path) -> str:
    """What `code` prints where our code, its sources or `ours`, and the layer are installed."""
    own = ours or (ROOT / "layers/core", ROOT / "functions/api")
    paths = [*map(str, (layer, *own))]
    done = subprocess.run(  # noqa: S603 - as above
        [sys.executable, "-S", "-I", "-c", f"import sys; sys.path[:0] = {paths}; {code}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def ours(artifact: Callable[[str], Path]) -> tuple[Path, Path]:
    """The core layer and the function of the API, as they are deployed."""
    return artifact("CoreLayer") / "python", artifact("ApiFunction")


@pytest.fixture
def layer(artifact: Callable[[str], Path]) -> Path:
    """Every package of the layer of dependencies, as it is deployed."""
    return artifact("DependenciesLayer") / "python"
