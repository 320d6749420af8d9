"""Third-party packages that are deployed, as their own metadata tell (PEP 566, PEP 639)."""

import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = Path(__file__).parents[1] / "layers/dependencies/locks"
# Of those which do not name it by an SPDX identifier: what their licence file says.
_READ = {
    "awslambdaric": "Apache-2.0",
    "jinja2": "BSD-3-Clause",
    "libpass": "BSD-3-Clause",
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",
    "simplejson": "AFL-2.1 OR MIT",
    "snapshot-restore-py": "Apache-2.0",
    "uvloop": "Apache-2.0 OR MIT",
}
_CLASSIFIERS = {"License :: OSI Approved :: MIT License": "MIT"}
_NAME = re.compile(r"[\w.-]+")
_PIN = re.compile(r"^([\w.-]+)==(\S+)")
_HASH = re.compile(r"--hash=sha256:(\w+)")


class Unknown(Exception):
    """A package that names no licence."""


@dataclass(frozen=True, slots=True)
class Package:
    """`licence`: an SPDX expression; `needs`: canonical names."""

    name: str
    version: str
    licence: str
    needs: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        return canonicalize_name(self.name)


def package(found: metadata.Distribution) -> Package:
    """Raises Unknown."""
    needs = map(Requirement, found.requires or ())
    return Package(
        found.metadata["Name"],
        found.version,
        licence(found.metadata),
        frozenset(
            canonicalize_name(one.name)
            for one in needs
            if one.marker is None or one.marker.evaluate({"extra": ""})
        ),
    )


def licence(told: metadata.PackageMetadata) -> str:
    """Raises Unknown."""
    known = _READ.get(canonicalize_name(told["Name"]))
    classified = (_CLASSIFIERS.get(one) for one in told.get_all("Classifier") or ())
    # The field of old may hold the whole text instead of a name.
    stated = _NAME.fullmatch(told.get("License") or "")
    found = (
        known
        or told.get("License-Expression")
        or (stated and stated[0])
        or next(filter(None, classified), None)
    )
    if not found:
        raise Unknown(f"{told['Name']} names no licence")
    return str(found)


def locked(lock: Path) -> dict[str, tuple[str, list[str]]]:
    """Canonical name -> version and SHA-256 of each wheel."""
    text = lock.read_text().replace("\\\n", "")
    pins = ((pin, line) for line in text.splitlines() if (pin := _PIN.match(line)))
    return {canonicalize_name(pin[1]): (pin[2], _HASH.findall(line)) for pin, line in pins}
