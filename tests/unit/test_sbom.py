"""The bill of materials names what was built, what it needs, and always alike."""

import json
from pathlib import Path

from tools.packages import Package
from tools.sbom import bill, built

HASHES = {"one": ("1.0", ["aa" * 32]), "two": ("2.0", ["bb" * 32, "cc" * 32])}
PACKAGES = [
    Package("One", "1.0", "MIT", frozenset({"two", "elsewhere"})),
    Package("two", "2.0", "Apache-2.0 OR BSD-3-Clause"),
]


def test_components_have_version_licence_and_hashes() -> None:
    one, two = json.loads(bill(PACKAGES, HASHES))["components"]
    assert (one["purl"], one["licenses"]) == ("pkg:pypi/one@1.0", [{"license": {"id": "MIT"}}])
    assert two["licenses"] == [{"expression": "Apache-2.0 OR BSD-3-Clause"}]
    assert [hashed["content"] for hashed in two["hashes"]] == HASHES["two"][1]


def test_what_needs_what_is_told() -> None:
    told = json.loads(bill(PACKAGES, HASHES))["dependencies"]
    needs = {one["ref"]: one.get("dependsOn", []) for one in told}
    assert needs == {
        "errand": ["pkg:pypi/one@1.0", "pkg:pypi/two@2.0"],
        "pkg:pypi/one@1.0": ["pkg:pypi/two@2.0"],
        "pkg:pypi/two@2.0": [],
    }


def test_same_packages_make_the_same_bill() -> None:
    assert bill(PACKAGES, HASHES) == bill(reversed(PACKAGES), HASHES)
    assert bill(PACKAGES, HASHES) != bill(PACKAGES[:1], HASHES)


def test_what_is_built_is_found_with_what_has_lost_its_metadata(tmp_path: Path) -> None:
    folder = tmp_path / "Layer/python"
    info = folder / "one-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.4\nName: One\nVersion: 1.0\nLicense: MIT\n")
    (folder / "django").mkdir()
    assert built(tmp_path, ["one", "django", "six"]).keys() == {"one", "django"}
