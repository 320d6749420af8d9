"""The licences of what is deployed, as a page: `make lock` writes docs/licences.md."""

import sys
from importlib import metadata
from pathlib import Path

from tools.packages import LOCKS, locked, package

PAGE = Path(__file__).parents[1] / "docs/licences.md"
_HEAD = """# Licences

What is deployed of other projects, on Lambda or on a server, written by `make lock`. Each package
keeps its licence file; Errand's own is [MIT](../LICENSE). `make sbom` lists as CycloneDX what
`make build` made.

| package | version | licence |
| --- | --- | --- |
"""


def page() -> str:
    """Of the packages installed here, by the names in the locks. Raises packages.Unknown."""
    names = sorted({name for lock in LOCKS.iterdir() for name in locked(lock)})
    found = (package(metadata.distribution(name)) for name in names)
    return _HEAD + "".join(f"| {one.name} | {one.version} | {one.licence} |\n" for one in found)


if __name__ == "__main__":
    PAGE.write_text(page())
    sys.stdout.write(f"{PAGE.relative_to(PAGE.parents[1])}\n")
