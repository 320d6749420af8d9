import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tools.local import store as stores
from tools.local.changes import Changes
from tools.local.failures import CannotRun
from tools.local.items import Items
from tools.local.store import FILE, Store

from errand.ids import new_id
from errand.storage.kinds import TASK
from errand.storage.mapper import mapper
from errand.tasks.model import Task


def values_of(folder: Path) -> dict[str, object]:
    with Store(folder) as store:
        return store.values()


def test_a_new_folder_is_empty(tmp_path: Path) -> None:
    assert values_of(tmp_path / "new" / "folder") == {}


def test_values_come_back_as_they_were(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.keep({"a": ["é", "\ud800"], "b": 1})
        store.commit()
        store.keep({"b": 2})
        store.commit()
    assert values_of(tmp_path) == {"a": ["é", "\ud800"], "b": 2}


def test_what_was_not_committed_is_not_kept(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.keep({"a": 1})
    assert values_of(tmp_path) == {}


def test_a_killed_process_loses_nothing_committed(tmp_path: Path) -> None:
    """What is in the files while they are still open is what a kill leaves."""
    with Store(tmp_path / "killed") as store:
        Items(store.database, "Data")["a"]["1"] = {"t": {"S": "x"}}
        store.commit()
        (tmp_path / "left").mkdir()
        for file in (tmp_path / "killed").iterdir():
            (tmp_path / "left" / file.name).write_bytes(file.read_bytes())
    with Store(tmp_path / "left") as store:
        assert Items(store.database, "Data")["a"]["1"] == {"t": {"S": "x"}}


def test_data_of_the_first_format_are_taken_over(tmp_path: Path) -> None:
    item, change = {"t": {"S": "é"}}, {"eventID": "é", "dynamodb": {"Keys": {}}}
    with closing(sqlite3.connect(tmp_path / FILE)) as database, database:
        database.executescript("""
            create table items (
                "table" text, pk text, sk text, item text not null, primary key ("table", pk, sk)
            ) without rowid;
            create table "values" (name text primary key, value text not null) without rowid;
            pragma user_version = 1;
        """)
        database.execute("insert into items values ('Data', 'a', '1', ?)", [json.dumps(item)])
        database.executemany(
            'insert into "values" values (?, ?)',
            [("changes/Data", json.dumps([change, change])), ("secret/Key", '"k"')],
        )
    with Store(tmp_path) as store:
        assert store.values() == {"secret/Key": "k"}
        assert dict(Items(store.database, "Data")["a"]) == {"1": item}
        assert Changes(store.database, "Data", delivered=0)[:] == [change, change]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"due_date": date(2026, 12, 24), "description": "Two litres", "links": ("http://a/",)},
        {"completed": True, "due_date": date(2026, 12, 24)},
    ],
    ids=str,
)
def test_tasks_of_format_2_are_as_if_they_were_new(tmp_path: Path, fields: dict[str, Any]) -> None:
    task = Task.new(new_id(), {"title": "Buy milk", **fields}, now=1_795_336_200_000)
    key = TASK.key("ada", task.id)
    new = mapper(TASK, Task).item(key, task).serialize()
    beside = {name: new[name] for name in ("pk", "sk", "vs")} | {"m": {"S": "mark"}}
    old = {**new["h"]["M"], **beside}
    other = {"pk": {"S": "a"}, "sk": {"S": "PAT#1"}, "h": {"S": "hash"}}
    with Store(tmp_path) as store:
        items = Items(store.database, "Data")
        items["USER#ada"].update({key.sk: old})
        items["a"].update({"PAT#1": other})
        store.commit()
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("pragma user_version = 2")
    for _ in range(2):
        with Store(tmp_path) as store:
            items = Items(store.database, "Data")
            assert dict(items["USER#ada"]) == {key.sk: new | {"m": {"S": "mark"}}}
            assert dict(items["a"]) == {"PAT#1": other}


def test_one_run_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "LOCK_TIMEOUT", 0.1)
    with Store(tmp_path), pytest.raises(CannotRun, match="in use by another `make run`"):
        Store(tmp_path)


def damaged(folder: Path, content: bytes) -> None:
    (folder / FILE).write_bytes(content)


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough " * 100])
def test_a_file_that_is_not_ours(tmp_path: Path, content: bytes) -> None:
    damaged(tmp_path, content)
    with pytest.raises(CannotRun, match=r"damaged or not ours .*DATA_DIR"):
        Store(tmp_path)
    assert (tmp_path / FILE).read_bytes() == content


def test_a_file_of_a_later_format(tmp_path: Path) -> None:
    Store(tmp_path).__exit__(None, None, None)
    with closing(sqlite3.connect(tmp_path / FILE)) as database:
        database.execute("pragma user_version = 99")
    with pytest.raises(CannotRun, match="its format is 99"):
        Store(tmp_path)


def test_a_file_that_was_cut_off(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        items = Items(store.database, "Data")["a"]
        items.update({str(number): {"t": {"S": "x" * 100}} for number in range(500)})
        store.commit()
    damaged(tmp_path, (tmp_path / FILE).read_bytes()[:20_000])
    with pytest.raises(CannotRun, match="damaged"):
        Store(tmp_path)


def test_a_value_that_is_not_one(tmp_path: Path) -> None:
    Store(tmp_path).__exit__(None, None, None)
    with closing(sqlite3.connect(tmp_path / FILE)) as database, database:
        database.execute("insert into \"values\" values ('secret/Key', 'no JSON')")
    with pytest.raises(CannotRun, match="damaged"):
        values_of(tmp_path)


def test_a_folder_that_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotRun, match=r"cannot use .*file for data \(.+\)"):
        Store(tmp_path / "file")


@pytest.mark.deep
def test_threads_that_ask_the_same_get_their_own_answers(tmp_path: Path) -> None:
    with Store(tmp_path) as store, ThreadPoolExecutor(4) as threads:

        def ask(number: int) -> int:
            [answer] = store.database.execute("select ?", (number,)).fetchone()
            return int(answer)

        asked = range(20_000)
        assert [*threads.map(ask, asked)] == [*asked]
