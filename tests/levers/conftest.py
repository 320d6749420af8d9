"""The layer of dependencies, built from the packages that are installed here."""

import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_PINS = ROOT / "layers/dependencies/requirements.txt"
# Most of Django and more: none of it stays.
_NEVER = {"..", "__pycache__", "conf", "locale"}


def install(target: Path) -> None:
    """Every package of the layer, as pip installs it."""
    for pin in _PINS.read_text().splitlines():
        if "==" in pin:
            for file in metadata.files(pin.partition("==")[0]) or ():
                if not _NEVER & {*file.parts}:
                    (target / file).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(file.locate(), target / file)


def slim(target: Path, *, hash_seed: int) -> None:
    subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-m", "slimming", target],
        env=os.environ | {"PYTHONHASHSEED": str(hash_seed)},
        check=True,
    )


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


def build(folder: str, target: Path) -> None:
    """The makefile of a folder of ours, as SAM calls it."""
    (makefile,) = (ROOT / folder).glob("Makefile")
    name = makefile.read_text().partition("\nbuild-")[2].partition(":")[0]
    subprocess.run(  # noqa: S603 - as above
        ["make", "--makefile", makefile, f"build-{name}"],  # noqa: S607 - as above
        cwd=ROOT / "layers/dependencies",
        env=os.environ | {"ARTIFACTS_DIR": str(target)},
        check=True,
        capture_output=True,
    )


@pytest.fixture(scope="session")
def ours(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The core layer and the function of the API, as they are deployed."""
    core, api = tmp_path_factory.mktemp("core"), tmp_path_factory.mktemp("api")
    build("layers/core", core)
    build("functions/api", api)
    return core / "python", api


@pytest.fixture(scope="session")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every package of the layer, as it is deployed."""
    target = tmp_path_factory.mktemp("layer")
    install(target)
    slim(target, hash_seed=1)
    return target
