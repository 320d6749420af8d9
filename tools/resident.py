"""How much memory the server at a port has, as Linux tells it."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_LISTENS = "0A"


def memory(port: int, *, proc: Path = Path("/proc")) -> int | None:
    """Bytes of the processes that listen there, by IPv4 or IPv6; None where Linux does not tell."""
    inodes = {one for table in ("tcp", "tcp6") for one in _inodes(proc / "net" / table, port)}
    found = 0
    for process in proc.glob("[0-9]*"):
        if inodes & _sockets(process):
            resident = [
                line for line in _read(process / "status").splitlines() if line.startswith("VmRSS")
            ]
            found += sum(int(line.split()[1]) * 1024 for line in resident)
    return found or None


def _inodes(table: Path, port: int) -> Iterator[str]:
    """Of sockets. Its columns: `man 5 proc`, net/tcp."""
    for line in _read(table).splitlines()[1:]:
        _, local, _, state, *others = line.split()
        if local.endswith(f":{port:04X}") and state == _LISTENS:
            yield others[5]


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _sockets(process: Path) -> set[str]:
    """A busy server closes some while they are looked at."""
    found = set()
    with suppress(OSError):
        for link in (process / "fd").iterdir():
            with suppress(OSError):
                found.add(link.readlink().name.removeprefix("socket:[").removesuffix("]"))
    return found
