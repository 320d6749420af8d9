"""Moves every pin to the newest release that goes with the others: `make update`.

What is pinned in one environment is resolved together by pip. What a new release needs besides is
pinned at the end of the environment's own file.
"""

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
# Each environment's own file, and what it includes.
ENVIRONMENTS = (
    (
        "requirements.txt",
        "layers/dependencies/requirements.txt",
        "layers/dependencies/events-only.txt",
    ),
    ("self-hosting/requirements.txt",),
    ("tools/requirements-sam.txt",),
    ("tools/requirements-checkov.txt",),
    ("tools/requirements-actionlint.txt",),
    ("tools/requirements-ministack.txt",),
    ("tests/benchmarks/requirements.txt",),
    ("tests/clients/requirements.txt",),
)
_PIN = re.compile(r"^([\w.-]+)(\[[\w,-]+\])?==([^\s#]+)", re.MULTILINE)


def asked(texts: Sequence[str]) -> list[str]:
    """What is pinned, without a version."""
    return [f"{pin[1]}{pin[2] or ''}" for text in texts for pin in _PIN.finditer(text)]


def moved(text: str, versions: Mapping[str, str]) -> str:
    """`versions`: by canonical name. Comments and order stay."""

    def newest(pin: re.Match[str]) -> str:
        version = versions.get(canonicalize_name(pin[1]), pin[3])
        return f"{pin[1]}{pin[2] or ''}=={version}"

    return _PIN.sub(newest, text)


def unpinned(texts: Sequence[str], versions: Mapping[str, str]) -> str:
    """Lines of what the newest releases need and nothing pins."""
    known = {canonicalize_name(pin[1]) for text in texts for pin in _PIN.finditer(text)}
    return "".join(f"{name}=={versions[name]}\n" for name in sorted(versions.keys() - known))


def newest(names: Sequence[str]) -> dict[str, str]:
    """Canonical name -> version, of all that these need. Raises CalledProcessError."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed"]
    command += ["--quiet", "--report", "-", *names]
    done = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE)
    found = (one["metadata"] for one in json.loads(done.stdout)["install"])
    return {canonicalize_name(one["name"]): one["version"] for one in found}


def main() -> int:
    """Change all files or, if pip finds nothing that goes together, none."""
    changed: dict[Path, str] = {}
    for environment in ENVIRONMENTS:
        texts = {ROOT / name: (ROOT / name).read_text() for name in environment}
        try:
            versions = newest(asked([*texts.values()]))
        except subprocess.CalledProcessError:
            print(f"update: nothing newer goes together in {environment[0]}", file=sys.stderr)
            return 1
        also = unpinned([*texts.values()], versions)
        for file, text in texts.items():
            changed[file] = moved(text, versions)
        changed[ROOT / environment[0]] += also
    for file, text in changed.items():
        print(f"{file.relative_to(ROOT)}{'' if text == file.read_text() else ': newer'}")
        file.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
