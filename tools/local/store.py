"""The data folder: one SQLite file that always holds a complete image.

An image is saved in one transaction, and only what changed since the last one is written.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tools.local.failures import CannotRun
from tools.local.image import Image, Item, Items

FILE = "errand.db"
FORMAT = 1
# A run that was killed may need a moment to save what it has; so long the next one waits for it.
LOCK_TIMEOUT = 5.0  # seconds

SCHEMA = f"""
create table items (
    "table" text, pk text, sk text, item text not null, primary key ("table", pk, sk)
) without rowid;
create table "values" (name text primary key, value text not null) without rowid;
pragma user_version = {FORMAT};
"""

type Row = tuple[str, str, str, Item]  # table, partition key, sort key, item
type Key = tuple[str, str, str]


class Store:
    """Held by one process at a time."""

    def __init__(self, folder: Path) -> None:
        """Raises CannotRun if the folder cannot be used, is used by another run, or is damaged."""
        self._path = folder / FILE
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not self._path.exists():
                _create(self._path)
            self._database = _open(self._path)
        except OSError as error:
            raise CannotRun(f"cannot use {folder} for data ({error.strerror})") from None
        except sqlite3.DatabaseError as error:
            raise self._unusable(error) from None
        self._saved = Image()
        self._encoded: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def load(self) -> Image:
        """Raises CannotRun if what was saved cannot be read."""
        try:
            tables: dict[str, Items] = {}
            for table, pk, sk, item in self._database.execute("select * from items"):
                tables.setdefault(table, {}).setdefault(pk, {})[sk] = _object(item)
            self._encoded = dict(self._database.execute('select * from "values"'))
            values = {name: json.loads(value) for name, value in self._encoded.items()}
        except (sqlite3.DatabaseError, ValueError) as error:
            raise self._unusable(error) from None
        self._saved = Image(tables, values)
        return self._saved

    def save(self, image: Image) -> None:
        """Raises sqlite3.Error if it cannot be written; then the last image stays."""
        encoded = {name: json.dumps(value) for name, value in image.values.items()}
        changed = [pair for pair in encoded.items() if self._encoded.get(pair[0]) != pair[1]]
        with self._database as transaction:
            transaction.executemany(
                'delete from items where "table" = ? and pk = ? and sk = ?',
                removed(self._saved, image),
            )
            transaction.executemany(
                "replace into items values (?, ?, ?, ?)",
                ((*key, json.dumps(item)) for *key, item in written(self._saved, image)),
            )
            transaction.executemany('replace into "values" values (?, ?)', changed)
        self._saved = image
        self._encoded |= encoded

    def _unusable(self, error: Exception) -> CannotRun:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            return CannotRun(f"{self._path} is in use by another `make run`")
        return CannotRun(
            f"{self._path} is damaged or not ours ({error}): "
            "move it away, or choose another folder with DATA_DIR=…"
        )


def written(before: Image, after: Image) -> Iterator[Row]:
    """New and changed items. The emulator replaces items and never edits them: identity tells."""
    for table, items in after.tables.items():
        known = before.tables.get(table, {})
        for pk, collection in items.items():
            old = known.get(pk, {})
            for sk, item in collection.items():
                if old.get(sk) is not item:
                    yield table, pk, sk, item


def removed(before: Image, after: Image) -> Iterator[Key]:
    """Keys of items that are gone. A table that is gone keeps its data for when it comes back."""
    for table, items in after.tables.items():
        for pk, collection in before.tables.get(table, {}).items():
            for sk in collection.keys() - items.get(pk, {}).keys():
                yield table, pk, sk


def _create(path: Path) -> None:
    """Under another name first: an empty file is a damaged one, never a new one."""
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(unfinished)) as database:
        database.executescript(SCHEMA)
    unfinished.replace(path)


def _open(path: Path) -> sqlite3.Connection:
    # Saved from a worker thread, one image after the other.
    database = sqlite3.connect(path, timeout=LOCK_TIMEOUT, check_same_thread=False)
    try:
        database.execute("pragma locking_mode = exclusive")
        database.execute("begin exclusive")
        _check(database)
        database.rollback()  # ends the transaction, not the lock
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database


def _check(database: sqlite3.Connection) -> None:
    [version] = database.execute("pragma user_version").fetchone()
    if version != FORMAT:
        raise sqlite3.DatabaseError(f"its format is {version}, not {FORMAT}")
    [result] = database.execute("pragma quick_check(1)").fetchone()
    if result != "ok":
        raise sqlite3.DatabaseError(result)


def _object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("an item is not an object")  # noqa: TRY004 - data, not a wrong argument
    return value
