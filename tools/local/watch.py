"""Which files of the working tree have changed."""

from collections.abc import Iterable
from pathlib import Path

type Stamps = dict[Path, int]  # nanoseconds of the last change


class Watch:
    """Polls: the tree is small, and it works on every file system."""

    def __init__(self, *paths: Path) -> None:
        """`paths`: files, or folders of Python files."""
        self._paths = paths
        self._stamps = _stamps(paths)

    def changed(self) -> bool:
        """Since the last call (or the start): changed, added or removed files."""
        before, self._stamps = self._stamps, _stamps(self._paths)
        return self._stamps != before


def _stamps(paths: Iterable[Path]) -> Stamps:
    stamps: Stamps = {}
    for path in paths:
        for file in path.rglob("*.py") if path.is_dir() else (path,):
            try:
                stamps[file] = file.stat().st_mtime_ns
            except FileNotFoundError:  # between the listing and now, or while an editor saves
                continue
    return stamps
