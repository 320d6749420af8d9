"""Saved queries: of fields that the logs have, and all that the runbook sends people to."""

import json
import re
from typing import Any

import pytest
from tools.sam_template import resources

from errand_testkit.stack import RESOURCES, ROOT, TEMPLATE, properties

QUERIES = resources(TEMPLATE, "AWS::Logs::QueryDefinition")
GROUPS = resources(TEMPLATE, "AWS::Logs::LogGroup")
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
OF_LAMBDA = {"level", "message", "errorType", "type", "record"}
LINES = {"operation", "status", "ms", "cold", "requestId"}
WORDS = {
    "filter",
    "fields",
    "stats",
    "sort",
    "limit",
    "desc",
    "by",
    "as",
    "and",
    "or",
    "in",
    "like",
}
FUNCTIONS = {"count", "sum", "pct", "floor", "bin", "ispresent"}

every_query = pytest.mark.parametrize("name", QUERIES)


def title(name: str) -> str:
    return str(properties(name)["Name"]["Fn::Sub"].removeprefix("${AWS::StackName}/"))


def groups(name: str) -> dict[str, str | None]:
    """Logical id -> the condition that it is named on."""
    found: dict[str, str | None] = {}
    for group in properties(name)["LogGroupNames"]:
        condition, one, _ = group.get("Fn::If", [None, group, None])
        found[one["Ref"]] = condition
    return found


def known(name: str) -> set[str]:
    """Fields of the groups that are asked."""
    access: Any = json.loads(properties("HttpApi")["AccessLogSettings"]["Format"])
    fields = {"request_id"} | OF_LAMBDA
    for group in groups(name):
        fields |= set(access) if group == "AccessLogGroup" else LINES
    return fields


@every_query
def test_query_asks_for_fields_that_its_logs_have(name: str) -> None:
    text = re.sub(r'"[^"]*"|/[^/]*/|@\w+|\.[\w.]+', " ", properties(name)["QueryString"])
    given = set(re.findall(r"\bas (\w+)", text))
    named = set(re.findall(r"\b[a-z_A-Z]\w+", text)) - WORDS - FUNCTIONS - given
    assert named <= known(name)


@every_query
def test_query_asks_groups_that_are_there(name: str) -> None:
    for group, condition in groups(name).items():
        assert GROUPS[group].get("Condition") == condition


def test_what_went_wrong_is_asked_of_every_function() -> None:
    assert groups("FailuresQuery").keys() == GROUPS.keys() - {"AccessLogGroup"}


def test_runbook_sends_people_to_queries_that_are_there() -> None:
    named = re.findall(r"quer(?:y|ies) `([a-z -]+)`", (ROOT / "docs/runbook.md").read_text())
    assert named
    assert {*named} <= {title(name) for name in QUERIES}


def test_dashboard_asks_as_the_saved_query_does() -> None:
    shown = properties("OperationsDashboard")["DashboardBody"]["Fn::Sub"][1]["SlowOperations"]
    saved = " ".join(properties("SlowOperationsQuery")["QueryString"].split())
    assert shown.split("| limit")[0] == saved.split("| limit")[0]


def test_queries_cost_nothing_and_so_are_always_there() -> None:
    assert QUERIES
    assert all("Condition" not in RESOURCES[name] for name in QUERIES)
