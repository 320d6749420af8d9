import sqlite3
from pathlib import Path

import pytest
from tools.local import store as stores
from tools.local.failures import CannotRun
from tools.local.image import Image, Items
from tools.local.store import FILE, Store, removed, written


def item(title: str) -> dict[str, object]:
    return {"t": {"S": title}}


def kept(folder: Path) -> Image:
    with Store(folder) as store:
        return store.load()


def test_a_new_folder_is_empty(tmp_path: Path) -> None:
    assert kept(tmp_path / "new" / "folder") == Image()


def test_an_image_comes_back_as_it_was(tmp_path: Path) -> None:
    image = Image({"Data": {"a": {"1": item("é"), "2": item("\ud800")}}}, {"secret/Key": "k"})
    with Store(tmp_path) as store:
        store.save(image)
    assert kept(tmp_path) == image


def test_changes_follow(tmp_path: Path) -> None:
    first: Items = {"a": {"1": item("x"), "2": item("y")}, "b": {"1": item("z")}}
    second: Items = {"a": {"1": first["a"]["1"], "2": item("changed"), "3": item("new")}}
    with Store(tmp_path) as store:
        store.save(Image({"Data": first}, {"n": 1}))
        store.save(Image({"Data": second}, {"n": 2}))
    assert kept(tmp_path) == Image({"Data": second}, {"n": 2})


def test_only_what_changed_is_written() -> None:
    same, old, new = item("same"), item("old"), item("new")
    before = Image({"Data": {"a": {"1": same, "2": old}, "b": {"1": old}}})
    after = Image({"Data": {"a": {"1": same, "2": new, "3": new}}})
    assert list(written(before, after)) == [("Data", "a", "2", new), ("Data", "a", "3", new)]
    assert list(removed(before, after)) == [("Data", "b", "1")]


def test_data_of_a_table_that_is_gone_is_kept(tmp_path: Path) -> None:
    gone: Items = {"a": {"1": item("x")}}
    with Store(tmp_path) as store:
        store.save(Image({"Gone": gone}))
        store.save(Image({"Data": {}}))
    assert kept(tmp_path).tables == {"Gone": gone}


def test_a_failed_save_changes_nothing(tmp_path: Path) -> None:
    image = Image({"Data": {"a": {"1": item("x")}}})
    with Store(tmp_path) as store:
        store.save(image)
        with pytest.raises(TypeError):
            store.save(Image({"Data": {"a": {"2": {"t": object()}}}}))
    assert kept(tmp_path) == image


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


def test_a_file_that_was_cut_off(tmp_path: Path) -> None:
    items: Items = {"a": {str(number): item("x" * 100) for number in range(500)}}
    with Store(tmp_path) as store:
        store.save(Image({"Data": items}))
    damaged(tmp_path, (tmp_path / FILE).read_bytes()[:20_000])
    with pytest.raises(CannotRun, match="damaged"):
        kept(tmp_path)


def test_an_item_that_is_not_one(tmp_path: Path) -> None:
    Store(tmp_path).__exit__(None, None, None)
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("insert into items values ('Data', 'a', '1', '[]')")
    database.close()
    with pytest.raises(CannotRun, match="an item is not an object"):
        kept(tmp_path)


def test_a_folder_that_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotRun, match=r"cannot use .*file for data \(.+\)"):
        Store(tmp_path / "file")
