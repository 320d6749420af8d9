"""The hashes of what is deployed: `make lock` writes them into layers/dependencies/locks/.

Of the wheels that pip takes for either processor: `make build` installs these and nothing else, by
pip's --require-hashes.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "layers/dependencies"
LOCKS = FOLDER / "locks"
PROCESSORS = ("arm64", "x86_64")
# A lock, of a layer -> what pip is asked for, as layers/dependencies/Makefile did without it.
ASKED = {
    "api.txt": ("--requirement", "requirements.txt"),
    "server.txt": (
        *("--requirement", "requirements.txt", "--requirement", "events-only.txt"),
        *("--requirement", "../../self-hosting/requirements.txt"),
    ),
    "events.txt": (
        *("--constraint", "requirements.txt"),
        *("--requirement", "events.txt", "--requirement", "events-only.txt"),
    ),
}
_HEAD = "# Written by `make lock`: what is deployed, for either processor.\n"


class Refused(Exception):
    """Why there is no lock, in one line."""


def wheels(asked: Iterable[str], processor: str) -> list[dict[str, Any]]:
    """What pip would install. Raises Refused."""
    platforms = (FOLDER / processor / "platforms").read_text().split()
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed"]
    command += ["--quiet", "--no-deps", "--only-binary", ":all:", "--python-version", "3.13"]
    command += [part for one in platforms for part in ("--platform", one)]
    command += ["--target", "nowhere", "--report", "-", *asked]
    done = subprocess.run(command, cwd=FOLDER, check=False, text=True, stdout=subprocess.PIPE)
    if done.returncode:
        raise Refused(f"pip finds no wheels for {processor}")
    found: list[dict[str, Any]] = json.loads(done.stdout)["install"]
    return found


def lock(several: Iterable[Iterable[Mapping[str, Any]]]) -> str:
    """A requirements file of what pip reports for each processor. Raises Refused."""
    hashes: dict[str, set[str]] = {}
    for wheel in (one for found in several for one in found):
        name, version = wheel["metadata"]["name"], wheel["metadata"]["version"]
        if urlsplit(wheel["download_info"]["url"]).scheme != "https":
            raise Refused(f"{name} comes from a folder of this machine, not from an index")
        digest = wheel["download_info"]["archive_info"]["hashes"]["sha256"]
        hashes.setdefault(f"{name}=={version}", set()).add(f"--hash=sha256:{digest}")
    lines = sorted(hashes, key=str.lower)
    return _HEAD + "".join(" \\\n    ".join([pin, *sorted(hashes[pin])]) + "\n" for pin in lines)


def main() -> int:
    """Write all locks or, with the reason on stderr, none."""
    try:
        made = {
            name: lock(wheels(asked, processor) for processor in PROCESSORS)
            for name, asked in ASKED.items()
        }
    except Refused as error:
        print(f"lock: {error}", file=sys.stderr)
        return 1
    LOCKS.mkdir(exist_ok=True)
    for name, text in made.items():
        (LOCKS / name).write_text(text)
        print(f"{(LOCKS / name).relative_to(ROOT)}: {text.count('==')} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
