"""Pins move to the versions that pip found, and nothing else of a file changes."""

from tools.update import ENVIRONMENTS, ROOT, asked, moved, unpinned

TEXT = "# tools\n-r other.txt\nmoto[dynamodb]==5.0  # of tests\nPyYAML==6.0\n"


def test_all_that_is_pinned_is_asked_for_without_its_version() -> None:
    assert asked([TEXT, "six==1.0\n"]) == ["moto[dynamodb]", "PyYAML", "six"]


def test_version_moves_and_the_rest_stays() -> None:
    found = moved(TEXT, {"moto": "5.1", "pyyaml": "6.1", "other": "1"})
    assert found == "# tools\n-r other.txt\nmoto[dynamodb]==5.1  # of tests\nPyYAML==6.1\n"


def test_what_a_new_release_needs_is_pinned_too() -> None:
    assert unpinned([TEXT], {"moto": "5.1", "pyyaml": "6.1", "new": "0.1"}) == "new==0.1\n"


def test_every_list_of_pins_belongs_to_an_environment() -> None:
    lists = {
        str(path.relative_to(ROOT))
        for folder in ("layers", "tools", "tests", "functions", "self-hosting")
        for path in (ROOT / folder).rglob("*.txt")
        if asked([path.read_text()]) and "locks" not in path.parts
    }
    assert lists | {"requirements.txt"} == {name for one in ENVIRONMENTS for name in one}
