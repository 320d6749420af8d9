"""The layers of template.yaml as `sam build` makes them, of the packages installed here."""

import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from errand_testkit.stack import ROOT

SCRIPTS = ROOT / "layers/dependencies"
# The logical id of a layer of third-party packages -> the list of them.
PACKAGES = {
    "DependenciesLayer": SCRIPTS / "requirements.txt",
    "EventDependenciesLayer": SCRIPTS / "events.txt",
}
# Most of what is installed, none of which stays: Django's translations, services nobody calls.
_LEFT_OUT = re.compile(
    r"__pycache__|(^|/)\.\.(/|$)|/(conf|locale)/"
    r"|botocore/data/(?!dynamodb/|events/|secretsmanager/|sesv2/|sqs/)\w[\w-]*/"
)


def names(packages: Path) -> list[str]:
    """The packages that a list names, in its order, pinned or not."""
    lines = (line.partition("#")[0].strip() for line in packages.read_text().splitlines())
    return [line.partition("==")[0] for line in lines if line]


def build(layer: str, target: Path) -> Path:
    """The artifact of a layer by its logical id: `target`, with a `python/` in it."""
    if layer in PACKAGES:
        _install(PACKAGES[layer], target / "python")
        subprocess.run(  # noqa: S603 - this very interpreter
            [sys.executable, "-m", "slimming", target / "python"], check=True
        )
    else:
        subprocess.run(  # noqa: S603 - as SAM does
            ["make", "--makefile", ROOT / "layers/core/Makefile", f"build-{layer}"],  # noqa: S607
            cwd=SCRIPTS,
            env=os.environ | {"ARTIFACTS_DIR": str(target)},
            check=True,
            capture_output=True,
        )
    return target


def _install(packages: Path, target: Path) -> None:
    for package in names(packages):
        for file in metadata.files(package) or ():
            if not _LEFT_OUT.search(file.as_posix()):
                (target / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file.locate(), target / file)
