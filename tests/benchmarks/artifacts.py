"""What is deployed, laid out as on Lambda: the function's directory, its layers under one root."""

import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from importlib import metadata
from pathlib import Path

from tools.sam_template import Function, functions

ROOT = Path(__file__).parents[2]
WORK = ROOT / ".aws-sam" / "benchmarks"
BUILD = ROOT / ".aws-sam" / "build"
_PEERS = Path(__file__).parent / "peers"
_PINS = Path(__file__).parent / "requirements.txt"
_STAMP = "stamp"
_CA_BUNDLE = re.compile(r"/(opt|var/task)/([\w./-]+)")
_CLIENT_PACKAGES = ("awslambdaric", "simplejson", "snapshot-restore-py")

_PEER_PACKAGES = {
    "tutorial": ("fastapi", "mangum", "pynamodb", "pyjwt", "passlib[argon2]", "python-multipart"),
    "powertools": ("aws-lambda-powertools", "pydantic", "boto3", "pyjwt"),
    "plain": ("botocore", "pyjwt"),
}


@dataclass(frozen=True)
class Artifact:
    """`directories` go to the import path in this order; the first is the function's own.

    `ca_bundle` is what the template names for botocore, if it names one.
    """

    name: str
    handler: str
    directories: tuple[Path, ...]
    ca_bundle: Path | None = None

    def zipped_bytes(self) -> int:
        """Of the deployment packages together: code and layers."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for directory in self.directories:
                for file in sorted(path for path in directory.rglob("*") if path.is_file()):
                    archive.write(file, file.relative_to(directory.parent))
        return buffer.getbuffer().nbytes


def runtime_client() -> Path:
    """The runtime interface client alone, as in Lambda's /var/runtime."""
    target = _emptied(WORK / "runtime")
    for package in _CLIENT_PACKAGES:
        files = metadata.files(package) or []
        for top in sorted({file.parts[0] for file in files} - {"..", "__pycache__"}):
            source = Path(str(metadata.distribution(package).locate_file(top)))
            if source.is_dir():
                shutil.copytree(source, target / top)
            else:
                shutil.copy2(source, target / top)
    _compile(target)
    return target


def ours(build: Path) -> dict[str, Artifact]:
    """The functions that `sam build` left there, by logical id; layers one over the other."""
    found = functions(build / "template.yaml")
    return {name: _laid_out(function) for name, function in found.items()}


def _laid_out(function: Function) -> Artifact:
    target = _emptied(WORK / function.name)
    shutil.copytree(function.code, target / "task")
    for layer in function.layers:
        shutil.copytree(layer, target / "opt", dirs_exist_ok=True)
    directories = (target / "task", target / "opt" / "python")
    # Wherever it stands in the value, which may depend on a condition.
    named = _CA_BUNDLE.search(json.dumps(function.variables.get("AWS_CA_BUNDLE")))
    bundle = target / named[1].removeprefix("var/") / named[2] if named else None
    return Artifact(function.name, function.handler, directories, bundle)


def peers() -> dict[str, Artifact]:
    """Packed as `sam build` does it: the packages beside the code, no byte code."""
    return {name: _packed(name, packages) for name, packages in _PEER_PACKAGES.items()}


def _packed(name: str, packages: Sequence[str]) -> Artifact:
    module, target = _PEERS / f"{name}.py", WORK / name
    wanted = sha256(_PINS.read_bytes() + module.read_bytes() + repr(packages).encode()).hexdigest()
    if not _is_stamped(target, wanted):
        _emptied(target)
        subprocess.run(  # noqa: S603 - names are ours
            [
                *(sys.executable, "-m", "pip", "install", "-qq", "--no-compile"),
                *("--constraint", str(_PINS), "--target", str(target / "task"), *packages),
            ],
            check=True,
        )
        shutil.copy(module, target / "task")
        (target / _STAMP).write_text(wanted)
    return Artifact(name, f"{name}.handler", (target / "task",))


def with_byte_code(peer: Artifact) -> Artifact:
    """The same with an unchecked-hash .pyc beside every module."""
    source, target = WORK / peer.name, WORK / f"{peer.name}-compiled"
    wanted = (source / _STAMP).read_text()
    if not _is_stamped(target, wanted):
        shutil.copytree(source / "task", _emptied(target) / "task")
        _compile(target / "task")
        (target / _STAMP).write_text(wanted)
    return replace(peer, directories=(target / "task",))


def _is_stamped(directory: Path, wanted: str) -> bool:
    stamp = directory / _STAMP
    return stamp.exists() and stamp.read_text() == wanted


def alone(name: str) -> Artifact:
    """A module of peers/ that needs no packages."""
    target = _emptied(WORK / name / "task")
    shutil.copyfile(_PEERS / f"{name}.py", target / f"{name}.py")
    return Artifact(name, f"{name}.handler", (target,))


def floor(peer: Artifact, ours: Artifact) -> Artifact:
    """The peer's module alone, on our layer."""
    target = _emptied(WORK / "floor" / "task")
    for name in ("floor", peer.name):
        shutil.copyfile(_PEERS / f"{name}.py", target / f"{name}.py")
    _compile(target)
    return replace(
        ours, name="floor", handler="floor.handler", directories=(target, *ours.directories[1:])
    )


def _compile(directory: Path) -> None:
    # Some packages hold templates that look like modules: its exit code says nothing.
    subprocess.run(  # noqa: S603 - as above
        [
            *(sys.executable, "-W", "ignore", "-m", "compileall", "-qq", "-j", "0"),
            *("--invalidation-mode", "unchecked-hash", str(directory)),
        ],
        check=False,
    )


def _emptied(directory: Path) -> Path:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory
