"""The layer says whose code it is, under which licence, and is the same each time it is built."""

from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest

from errand_testkit import layers
from slimming.amazon_roots import FILE
from slimming.distributions import keep_notices
from slimming.prepared_code import MODULE


def deployed(layer: Path) -> list[Distribution]:
    return [*distributions(path=[str(layer)])]


def test_every_package_comes_with_its_licence(layer: Path) -> None:
    packages = deployed(layer)
    assert len(packages) > 30
    for package in packages:
        names = [file.name.upper() for file in package.files or ()]
        assert any(name.startswith(("LICENSE", "LICENCE", "COPYING")) for name in names), package


def test_a_package_without_a_licence_fails_the_build(tmp_path: Path) -> None:
    metadata = tmp_path / "other-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Name: other\n\nOther")
    with pytest.raises(ValueError, match="other"):
        keep_notices(tmp_path)


def test_records_name_every_file_and_no_other(layer: Path) -> None:
    recorded = {str(file) for package in deployed(layer) for file in package.files or ()}
    there = {file.relative_to(layer).as_posix() for file in layer.rglob("*") if file.is_file()}
    # Of Django there is no package any more.
    ours = {name for name in there if name.startswith("django/")} | {FILE, f"{MODULE}.pyc"}
    assert recorded == there - ours


def test_records_hold_sizes_and_hashes(layer: Path) -> None:
    (botocore,) = (one for one in deployed(layer) if one.name == "botocore")
    (session,) = (one for one in botocore.files or () if one.name == "session.pyc")
    assert session.size == (layer / session).stat().st_size
    assert session.hash
    assert session.hash.mode == "sha256"


def test_a_build_makes_the_same_bytes_again(layer: Path, tmp_path: Path) -> None:
    """Sets come in another order under another seed."""
    again = layers.build("DependenciesLayer", tmp_path, hash_seed=2) / "python"

    def contents(root: Path) -> dict[Path, bytes]:
        files = (file for file in root.rglob("*") if file.is_file())
        return {file.relative_to(root): file.read_bytes() for file in files}

    first, second = contents(layer), contents(again)
    assert first.keys() == second.keys()
    assert [name for name, content in first.items() if second[name] != content] == []
