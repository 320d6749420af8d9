"""Prints how large the artifacts of `sam build` are, unpacked and as the zip that Lambda gets."""

import io
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

from tools.sam_template import functions

_BUILD = Path(".aws-sam/build")
_MEGABYTE = 1_000_000


def _measure(artifact: Path) -> tuple[int, int]:
    """Return bytes unpacked and bytes deflated."""
    buffer = io.BytesIO()
    unpacked = 0
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(path for path in artifact.rglob("*") if path.is_file()):
            unpacked += file.stat().st_size
            archive.write(file, file.relative_to(artifact))
    return unpacked, buffer.getbuffer().nbytes


def _line(name: str, sizes: Iterable[tuple[int, int]]) -> str:
    unpacked, zipped = (sum(column) / _MEGABYTE for column in zip(*sizes, strict=True))
    return f"{name:36}{unpacked:12.2f}{zipped:12.2f}"


def main() -> int:
    """Print one line per artifact and one per function with its layers."""
    built = functions(_BUILD / "template.yaml").values()
    artifacts = sorted({path for one in built for path in (one.code, *one.layers)})
    sizes = {path: _measure(path) for path in artifacts}
    print(f"{'':36}{'unpacked MB':>12}{'zipped MB':>12}")
    for path in artifacts:
        print(_line(path.name, [sizes[path]]))
    for one in built:
        print(_line(f"{one.name} + layers", [sizes[path] for path in (one.code, *one.layers)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
