"""What template.yaml promises of SnapStart: an option, and a new snapshot of whatever changes."""

import json
import re

import pytest

from errand_testkit.intrinsics import carried_out
from errand_testkit.stack import FUNCTIONS, TEMPLATE, properties, target


@pytest.mark.parametrize(("chosen", "applied"), [("true", "PublishedVersions"), ("false", "None")])
def test_snapshots_are_taken_of_published_versions_if_asked_for(chosen: str, applied: str) -> None:
    api = properties("ApiFunction")
    assert carried_out(api["SnapStart"], {"SnapStart": chosen}) == {"ApplyOn": applied}
    # A snapshot is of a version: the HTTP API has to call it by the alias.
    assert api["AutoPublishAlias"] == "live"


def test_snapshots_are_an_option() -> None:
    parameter = TEMPLATE["Parameters"]["SnapStart"]
    assert (parameter["Default"], parameter["AllowedValues"]) == ("false", ["true", "false"])
    assert [name for name in FUNCTIONS if "SnapStart" in properties(name)] == ["ApiFunction"]


def test_version_that_is_replaced_is_there_to_roll_back_to() -> None:
    """`make deploy` deletes the older ones (tools/versions.py)."""
    assert properties("ApiFunction")["VersionDeletionPolicy"] == "Retain"


def test_whatever_changes_the_function_publishes_a_version() -> None:
    """SAM derives it from the function's properties and its layers', where a Ref is just a Ref."""
    api = properties("ApiFunction")
    assert api["AutoPublishAliasAllProperties"] is True
    for layer in api["Layers"]:
        assert properties(target(layer))["PublishLambdaVersion"] is True

    inherited = TEMPLATE["Globals"]["Function"] | {"Tags": None}  # not part of a version
    # Of all versions, and of the alias.
    others = {"VersionDescription": None, "ReservedConcurrentExecutions": None}
    others |= {"DeploymentPreference": None}
    text = json.dumps([inherited, api | others])
    conditions = set(re.findall(r'"Fn::If": \["(\w+)"', text))
    text += json.dumps([TEMPLATE["Conditions"][name] for name in conditions])
    parameters = {name for name in TEMPLATE["Parameters"] if f'{{"Ref": "{name}"}}' in text}
    assert parameters
    assert parameters == described()


def test_description_of_a_version_has_room_for_every_value() -> None:
    """Lambda takes 256 characters; the longest values are those of parameters with a bound."""
    text, flags = properties("ApiFunction")["VersionDescription"]["Fn::Sub"]
    longest = 0
    for name in re.findall(r"\$\{(\w+)\}", text):
        if name in flags:
            _, on, off = flags[name]["Fn::If"]
            longest += max(len(on), len(off))
        else:
            parameter = TEMPLATE["Parameters"][name]
            digits = re.search(r"\{(\d+)\}", parameter["AllowedPattern"])
            longest += parameter.get("MaxLength") or int((digits and digits[1]) or 0)
    assert len(re.sub(r"\$\{\w+\}", "", text)) + longest <= 256


def test_no_two_settings_have_one_description() -> None:
    """Each flag has letters of its own."""
    _, flags = properties("ApiFunction")["VersionDescription"]["Fn::Sub"]
    letters = [letter for flag in flags.values() for letter in flag["Fn::If"][1:]]
    assert len(letters) == len({*letters})


def described() -> set[str]:
    """The parameters that the description of a version tells of, by value or on a condition."""
    text, values = properties("ApiFunction")["VersionDescription"]["Fn::Sub"]
    named = {name for name in re.findall(r"\$\{(\w+)\}", text) if name not in values}
    content = json.dumps(values)
    for condition in re.findall(r'"Fn::If": \["(\w+)"', content):
        content += json.dumps(TEMPLATE["Conditions"][condition])
    return named | set(re.findall(r'"Ref": "(\w+)"', content))
