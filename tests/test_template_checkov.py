"""What checkov asks for and is not done has a reason, and what stands in its place is there."""

import re
from typing import Any

import yaml

from errand_testkit.stack import RESOURCES, ROOT, properties

TEXT = (ROOT / ".checkov.yaml").read_text()
CONFIG: dict[str, Any] = yaml.safe_load(TEXT)
# Of one resource, which everything else of its kind would be excused from with it.
EXCUSED = {
    (name, skip["id"]): skip["comment"]
    for name, resource in RESOURCES.items()
    for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", [])
}


def test_whatever_is_skipped_has_a_line_that_says_why() -> None:
    explained = re.findall(r"^  # .{30,}\n  - (\w+)$", TEXT, re.MULTILINE)
    assert explained == CONFIG["skip-check"]


def test_whatever_one_resource_is_excused_from_says_why_and_is_asked_of_the_others() -> None:
    assert EXCUSED
    for (_, check), why in EXCUSED.items():
        assert len(why) > 30
        assert check not in CONFIG["skip-check"]


def test_no_backup_of_what_expires_and_no_versions_of_what_is_to_go() -> None:
    """Nothing else is excused from them."""
    assert [name for name, check in EXCUSED if check == "CKV_AWS_28"] == ["EphemeralTable"]
    assert [name for name, check in EXCUSED if check == "CKV_AWS_21"] == ["ImportBucket"]
    assert "LifecycleConfiguration" in properties("ImportBucket")


def test_every_template_is_looked_at() -> None:
    templates = {str(one.relative_to(ROOT)) for one in (ROOT / "events").rglob("template.yaml")}
    assert {*CONFIG["file"]} == templates | {"template.yaml"}
