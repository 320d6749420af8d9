import os
from pathlib import Path

import pytest
from tools.local.watch import Watch


@pytest.fixture
def module(tmp_path: Path) -> Path:
    path = tmp_path / "code" / "package" / "module.py"
    path.parent.mkdir(parents=True)
    path.touch()
    return path


def test_nothing_has_changed(module: Path, tmp_path: Path) -> None:
    watch = Watch(tmp_path / "code", tmp_path / "missing.yaml")
    assert not watch.changed()
    (module.parent / "notes.txt").touch()
    assert not watch.changed()


def test_a_change_is_seen_once(module: Path, tmp_path: Path) -> None:
    watch = Watch(tmp_path / "code")
    os.utime(module, ns=(0, 0))
    assert watch.changed()
    assert not watch.changed()


def test_added_and_removed_modules(module: Path, tmp_path: Path) -> None:
    watch = Watch(tmp_path / "code")
    (module.parent / "other.py").touch()
    assert watch.changed()
    module.unlink()
    assert watch.changed()


def test_a_single_file(tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    watch = Watch(template)
    template.touch()
    assert watch.changed()
