"""What an installed package says of itself: name and version, its licence, its files.

Licences ask to go wherever the code goes. RECORD, by which scanners and `importlib.metadata` know
whose a file is, is written anew for what is left of the package.
"""

import csv
import shutil
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

_NOTICES = ("LICEN", "COPYING", "NOTICE", "AUTHORS")
# Of it a text file is left: with its metadata scanners would report the framework.
_LICENCE_ONLY = "django"


def keep_notices(root: Path) -> None:
    """Leave licences, names and versions. Raises ValueError where a package has no licence."""
    for metadata in sorted(root.glob("*.dist-info")):
        name = metadata.name.partition("-")[0].lower()
        notices = {*_notices(metadata)}
        if not notices:
            raise ValueError(f"{metadata.name} has no licence")
        if name == _LICENCE_ONLY:
            shutil.copyfile(metadata / "licenses" / "LICENSE", root / name / "LICENSE")
            shutil.rmtree(metadata)
            continue
        kept = {*notices, metadata / "entry_points.txt", metadata / "RECORD"}
        for path in [*metadata.rglob("*")]:
            if path.name == "METADATA":
                # Name and version are asked for at run time, the long description is not.
                path.write_text(path.read_text().partition("\n\n")[0] + "\n")
            elif path.is_file() and path not in kept:
                path.unlink()


def _notices(metadata: Path) -> Iterator[Path]:
    for path in sorted(metadata.rglob("*")):
        if path.is_file() and path.name.upper().startswith(_NOTICES):
            yield path


def record(root: Path) -> None:
    """Write each package's RECORD for the files that there are: the last step of a build."""
    for file in sorted(root.glob("*.dist-info/RECORD")):
        with file.open(newline="") as lines:
            listed = sorted({line[0] for line in csv.reader(lines) if line})
        own = file.relative_to(root).as_posix()
        names = [name for name in map(_built, listed) if (root / name).is_file()]
        rows = [_row(root, name) for name in names]
        with file.open("w", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows(
                (own, "", "") if row[0] == own else row for row in rows
            )


def _built(name: str) -> str:
    """What the build makes of the file."""
    if name.endswith("/service-2.json.gz"):
        return name.removesuffix(".gz")
    return f"{name}c" if name.endswith(".py") else name


def _row(root: Path, name: str) -> tuple[str, str, str]:
    content = (root / name).read_bytes()
    digest = urlsafe_b64encode(sha256(content).digest()).rstrip(b"=").decode()
    return name, f"sha256={digest}", str(len(content))
