"""The data folder: one SQLite file, written as the embedded AWS writes.

A commit is in the hands of the operating system before its request is answered, so that a killed
process loses nothing; only a machine that loses its power may lose the last moments.
"""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tools.local.failures import CannotRun

FILE = "errand.db"
FORMAT = 3
# A run that was killed may need a moment to end; so long the next one waits for it.
LOCK_TIMEOUT = 5.0  # seconds
CACHE = 16 * 1024  # KiB of the file in memory

SCHEMA = f"""
create table items (
    "table" text, pk text, sk text, item text not null, primary key ("table", pk, sk)
) without rowid;
create table changes (
    "table" text, n integer, record text not null, primary key ("table", n)
) without rowid;
create table "values" (name text primary key, value text not null) without rowid;
pragma user_version = {FORMAT};
"""

# Format 1 kept the changes of a table as one value.
FROM_FORMAT_1 = """
begin;
create table changes (
    "table" text, n integer, record text not null, primary key ("table", n)
) without rowid;
insert into changes
    select substr(name, length('changes/') + 1), change.key, change.value
    from "values", json_each("values".value) as change where name like 'changes/%';
delete from "values" where name like 'changes/%';
pragma user_version = 2;
commit;
"""
# Format 2 had the attributes of a task side by side, and no task was in a view by project or date.
FROM_FORMAT_2 = """
begin;
update items set item = json_patch(
    json_object('h', json_object('M', json_remove(item, '$.pk', '$.sk', '$.vs', '$.m'))),
    json_object(
        'pk', json(item -> '$.pk'), 'sk', json(item -> '$.sk'), 'vs', json(item -> '$.vs'),
        'm', json(item -> '$.m'),
        'vp', iif(
            item ->> '$.cd.N' is null, json_object('S', 'inbox#' || substr(sk, 6)), null
        ),
        'vd', case
            when item ->> '$.cd.N' is not null then
                json_object('S', 'c' || printf('%015d', item ->> '$.cd.N') || substr(sk, 6))
            when item ->> '$.du.S' is not null then
                json_object('S', 'd' || (item ->> '$.du.S') || '#' || substr(sk, 6))
        end
    )
) where sk like 'TASK#%' and item -> '$.h' is null;
pragma user_version = 3;
commit;
"""


class Store:
    """Held by one process at a time. `database`: items and changes; commit() keeps them."""

    def __init__(self, folder: Path) -> None:
        """Raises CannotRun if the folder cannot be used, is used by another run, or is damaged."""
        self._path = folder / FILE
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not self._path.exists():
                _create(self._path)
            self.database = _open(self._path)
        except OSError as error:
            raise CannotRun(f"cannot use {folder} for data ({error.strerror})") from None
        except sqlite3.DatabaseError as error:
            raise self._unusable(error) from None
        self._encoded: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.database.close()

    def values(self) -> dict[str, Any]:
        """Raises CannotRun if they cannot be read."""
        try:
            self._encoded = dict(self.database.execute('select * from "values"'))
            return {name: json.loads(value) for name, value in self._encoded.items()}
        except (sqlite3.DatabaseError, ValueError) as error:
            raise self._unusable(error) from None

    def keep(self, values: Mapping[str, Any]) -> None:
        """Writes what has changed. What is not named stays as it is."""
        encoded = {name: json.dumps(value) for name, value in values.items()}
        changed = [pair for pair in encoded.items() if self._encoded.get(pair[0]) != pair[1]]
        if changed:
            self.database.executemany('replace into "values" values (?, ?)', changed)
            self._encoded |= encoded

    def commit(self) -> None:
        """Raises sqlite3.Error if it cannot be written."""
        self.database.commit()

    def _unusable(self, error: Exception) -> CannotRun:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            return CannotRun(f"{self._path} is in use by another `make run`")
        return CannotRun(
            f"{self._path} is damaged or not ours ({error}): "
            "move it away, or choose another folder with DATA_DIR=…"
        )


def _create(path: Path) -> None:
    """Under another name first: an empty file is a damaged one, never a new one."""
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with closing(sqlite3.connect(unfinished)) as database:
        database.executescript(SCHEMA)
    unfinished.replace(path)


def _open(path: Path) -> sqlite3.Connection:
    # Ministack reads from several threads, and SQLite lets one in at a time. A statement kept for
    # the next use could get the parameters of another thread before it begins: none is kept.
    database = sqlite3.connect(
        path, timeout=LOCK_TIMEOUT, check_same_thread=False, cached_statements=0
    )
    try:
        database.execute("pragma locking_mode = exclusive")
        database.execute("begin exclusive")
        version = _check(database)
        database.rollback()  # ends the transaction, not the lock
        if version == 1:
            database.executescript(FROM_FORMAT_1)
        if version < FORMAT:
            database.executescript(FROM_FORMAT_2)
        database.execute("pragma journal_mode = wal")
        database.execute("pragma synchronous = normal")  # flushed at checkpoints only
        database.execute(f"pragma cache_size = -{CACHE}")
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database


def _check(database: sqlite3.Connection) -> int:
    """The file's format."""
    [version] = database.execute("pragma user_version").fetchone()
    if version not in {1, 2, FORMAT}:
        raise sqlite3.DatabaseError(f"its format is {version}, not {FORMAT}")
    [result] = database.execute("pragma quick_check(1)").fetchone()
    if result != "ok":
        raise sqlite3.DatabaseError(result)
    return int(version)
