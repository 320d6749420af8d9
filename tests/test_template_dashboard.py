"""The dashboard: JSON about things that are there, whatever has an alarm among them."""

import json
import re
from typing import Any

import pytest
from tools.sam_template import resources

from errand_testkit.stack import FUNCTIONS, RESOURCES, TEMPLATE, properties

TEXT, VARIABLES = properties("OperationsDashboard")["DashboardBody"]["Fn::Sub"]
ALARMS = resources(TEMPLATE, "AWS::CloudWatch::Alarm")


def body(*, whole: bool) -> dict[str, Any]:
    """With all that a deployment can have, or with as little as it can. Names are logical ids."""

    def replaced(found: re.Match[str]) -> str:
        value = VARIABLES.get(found[1])
        if value is None:
            return found[1].partition(".")[0]
        if isinstance(value, str):
            return value
        _, there, absent = value["Fn::If"]
        return re.sub(r"\$\{([\w.:]+)\}", replaced, there["Fn::Sub"]) if whole else str(absent)

    found: dict[str, Any] = json.loads(re.sub(r"\$\{([\w.:]+)\}", replaced, TEXT))
    return found


def rows(*, whole: bool = True) -> list[list[Any]]:
    return [
        row
        for widget in body(whole=whole)["widgets"]
        for row in widget["properties"].get("metrics", [])
        if isinstance(row[0], str)
    ]


def test_dashboard_is_an_option() -> None:
    assert TEMPLATE["Parameters"]["Dashboard"]["Default"] == "false"
    assert RESOURCES["OperationsDashboard"]["Condition"] == "HasDashboard"


@pytest.mark.parametrize("whole", [True, False])
def test_it_is_json_of_things_that_are_there(*, whole: bool) -> None:
    for row in rows(whole=whole):
        for _, name in zip(row[2:-1:2], row[3:-1:2], strict=True):
            optional = RESOURCES.get(name, {}).get("Condition")
            assert whole or optional is None
            assert name in RESOURCES or row[0] == "AWS/DynamoDB"


def test_questions_are_asked_in_order() -> None:
    texts = [
        widget["properties"]["markdown"]
        for widget in body(whole=True)["widgets"]
        if widget["type"] == "text"
    ]
    assert texts == ["# Is it well?", "# Who is slow?", "# What does it cost?"]


def test_widgets_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for widget in body(whole=True)["widgets"]:
        columns = range(widget["x"], widget["x"] + widget["width"])
        places = {(x, widget["y"] + row) for x in columns for row in range(widget["height"])}
        assert max(columns) < 24
        assert taken.isdisjoint(places)
        taken |= places


def test_whatever_has_an_alarm_is_shown() -> None:
    """But for what sockets fail at, what logs are counted into, and one version of many."""
    shown = {(row[1], row[3]) for row in rows()}
    others = {"SocketAlarm", "NewVersionErrorsAlarm", "NewVersionLatencyAlarm"}
    for name in ALARMS.keys() - others:
        alarm = properties(name)
        looked_at = [one["MetricStat"]["Metric"] for one in alarm.get("Metrics", [])[1:]] or [alarm]
        for metric in looked_at:
            for dimension in metric.get("Dimensions", []):
                [one] = dimension["Value"].values()
                watched = (metric["MetricName"], one if isinstance(one, str) else one[0])
                assert watched in shown or metric["MetricName"] == "Invocations"


def test_every_function_behind_a_queue_or_stream_is_timed() -> None:
    timed = {row[3] for row in rows() if row[1] == "Duration"}
    optional = {name for name in FUNCTIONS if RESOURCES[name].get("Condition")}
    assert timed == FUNCTIONS.keys() - optional


def test_costs_are_those_of_the_alarm() -> None:
    """Factor by factor."""
    [told, *_] = properties("CostAlarm")["Metrics"]
    shown = [
        row[0]["expression"]
        for widget in body(whole=True)["widgets"]
        for row in widget["properties"].get("metrics", [])
        if isinstance(row[0], dict)
    ]
    factors = re.compile(r"([\d.]+) \* (?:FILL\((\w+)|\(FILL\((\w+))")
    assert sorted(factors.findall(" ".join(shown))) == sorted(factors.findall(told["Expression"]))
