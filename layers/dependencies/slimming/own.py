"""python -m slimming.own DIRECTORY SEEN_AT: our own packages there become what Lambda reads.

What is done to third parties, as far as sources alone allow it.
"""

import sys
from pathlib import Path

from slimming.byte_code import compile_all
from slimming.prepared_code import prepare


def slim(root: Path, *, seen_at: str) -> None:
    for package in sorted(root.glob("*/__init__.py")):
        prepare(package.parent, [""], [])
    # Docstrings of classes are what OpenAPI says of them.
    compile_all(root, seen_at=seen_at, documented=True)


if __name__ == "__main__":
    slim(Path(sys.argv[1]), seen_at=sys.argv[2])
