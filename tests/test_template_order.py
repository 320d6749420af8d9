"""template.yaml reads by function: what one needs stands with it, in one section."""

import re
from typing import Any

import pytest
from tools.sam_template import Function

from errand_testkit.stack import FUNCTIONS, PATH, RESOURCES, properties, target

_HEADING = re.compile(r"^  # -{10,} (\d+ .+)$|^  (\w+):$", re.MULTILINE)


def sections() -> dict[str, list[str]]:
    """Heading -> the logical ids below it."""
    found: dict[str, list[str]] = {}
    body = PATH.read_text().partition("\nResources:\n")[2].partition("\nOutputs:\n")[0]
    for heading, logical_id in _HEADING.findall(body):
        if heading:
            found[heading] = []
        else:
            [*found.values()][-1].append(logical_id)
    return found


def needed(function: Function) -> list[str]:
    """Its role, what it waits at, where its failures go, its log."""
    own = properties(function.name)
    found = [target(own["Role"]), target(own["LoggingConfig"]["LogGroup"])]
    for event in own["Events"].values():
        source: dict[str, Any] = event["Properties"]
        if "Queue" in source:
            queue = target(source["Queue"])
            found += [queue, target(properties(queue)["RedrivePolicy"]["deadLetterTargetArn"])]
        if "DestinationConfig" in source:
            found.append(target(source["DestinationConfig"]["OnFailure"]["Destination"]))
        if "ApiId" in source:
            found.append(target(source["ApiId"]))
    return found


def test_every_resource_is_in_a_section() -> None:
    assert [name for section in sections().values() for name in section] == [*RESOURCES]


def test_head_of_the_file_lists_the_sections() -> None:
    listed = re.findall(r"\d+ [\w ]+\w", PATH.read_text().partition("\nAWSTemplate")[0])
    assert listed == [*sections()]


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda one: one.name)
def test_what_a_function_needs_stands_with_it(function: Function) -> None:
    [section] = [names for names in sections().values() if function.name in names]
    assert {*needed(function)} <= {*section}
    assert FUNCTIONS.keys() & {*section} == {function.name}
