"""The layers of template.yaml as `sam build` makes them, of the packages installed here."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from errand_testkit.stack import ROOT
from slimming.service_models import OPERATIONS

SCRIPTS = ROOT / "layers/dependencies"
# The logical id of a layer of third-party packages -> the lists of them.
PACKAGES = {
    "DependenciesLayer": [SCRIPTS / "requirements.txt"],
    "EventDependenciesLayer": [SCRIPTS / "events.txt", SCRIPTS / "events-only.txt"],
}
# What is made of our own sources -> where they are.
OURS = {"CoreLayer": "layers/core", "ApiFunction": "functions/api"}
# Most of what is installed, none of which stays: Django's translations, services nobody calls.
_LEFT_OUT = re.compile(
    r"__pycache__|(^|/)\.\.(/|$)|/(conf|locale)/"
    rf"|botocore/data/(?!({'|'.join(OPERATIONS)})/)\w[\w-]*/"
)


def names(packages: Iterable[Path]) -> list[str]:
    """The packages that lists name, in their order, pinned or not."""
    texts = [file.read_text() for file in packages]
    lines = (line.partition("#")[0].strip() for text in texts for line in text.splitlines())
    return [line.partition("==")[0] for line in lines if line]


def build(name: str, target: Path, *, hash_seed: int = 1) -> Path:
    """What the template calls so, a layer or the function of the API, as SAM has it made."""
    target.mkdir(parents=True, exist_ok=True)
    environment = os.environ | {"ARTIFACTS_DIR": str(target), "PYTHONHASHSEED": str(hash_seed)}
    if name in PACKAGES:
        _install(PACKAGES[name], target / "python")
        command: list[str | Path] = [sys.executable, "-m", "slimming", target / "python"]
    else:
        command = ["make", "--makefile", ROOT / OURS[name] / "Makefile", f"build-{name}"]
    subprocess.run(command, cwd=SCRIPTS, env=environment, check=True, capture_output=True)  # noqa: S603 - our own
    return target


def shared(name: str, folder: Path) -> Path:
    """The same, made once for all processes that name the same folder."""
    target, done = folder / name, folder / f"{name}.done"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            build(name, target)
            done.touch()
    return target


def _install(packages: Iterable[Path], target: Path) -> None:
    for package in names(packages):
        for file in metadata.files(package) or ():
            if not _LEFT_OUT.search(file.as_posix()):
                (target / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file.locate(), target / file)
