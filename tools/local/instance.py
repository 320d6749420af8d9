"""Which `make run` is at work on a data folder: side commands go to that one and no other."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "instance.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Instance:
    endpoint: str
    # Id of its stack, which no other has: one that was killed is not mistaken for its successor.
    stack: str


def announce(data_dir: Path, instance: Instance) -> None:
    unfinished = data_dir / f"{FILE}.new"
    unfinished.write_text(json.dumps(asdict(instance)))
    unfinished.replace(data_dir / FILE)


def withdraw(data_dir: Path) -> None:
    (data_dir / FILE).unlink(missing_ok=True)


def find(data_dir: Path) -> Instance | None:
    """The latest that was not withdrawn; one that was killed does not answer."""
    try:
        return Instance(**json.loads((data_dir / FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None
