"""Whatever can be late or fail has an alarm, and the runbook says what to do."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from tools import cost
from tools.sam_template import resources

from errand_testkit.stack import (
    FUNCTIONS,
    RESOURCES,
    ROOT,
    TEMPLATE,
    event_sources,
    properties,
    target,
)

ALARMS = resources(TEMPLATE, "AWS::CloudWatch::Alarm")
QUEUES = resources(TEMPLATE, "AWS::SQS::Queue")
LETTERS = {name for name in QUEUES if name.endswith("DeadLetters")}
RUNBOOK = (ROOT / "docs/runbook.md").read_text()
COST = (ROOT / "docs/cost.md").read_text()
MONTH = 0.10  # dollars, of each metric of an alarm

# Of a deployment, while it is under way: there whether or not anybody is told.
JUDGES = {name for name in ALARMS if name.startswith("NewVersion")}

every_alarm = pytest.mark.parametrize("name", ALARMS)


def metrics(name: str) -> list[dict[str, Any]]:
    """Those that the alarm looks at, each as CloudWatch is asked for it."""
    alarm = properties(name)
    if "MetricName" in alarm:
        return [alarm]
    return [one["MetricStat"]["Metric"] for one in alarm["Metrics"] if "MetricStat" in one]


def watched(metric: str) -> Iterator[str]:
    """What alarms of one metric alone look at: functions or queues, by logical id."""
    for name in ALARMS:
        alarm = properties(name)
        if alarm.get("MetricName") == metric:
            [dimension] = alarm["Dimensions"]
            yield target(dimension["Value"])


def test_every_queue_that_is_consumed_has_an_alarm_of_its_age() -> None:
    assert sorted(watched("ApproximateAgeOfOldestMessage")) == sorted(QUEUES.keys() - LETTERS)


def test_every_dead_letter_has_an_alarm() -> None:
    assert sorted(watched("ApproximateNumberOfMessagesVisible")) == sorted(LETTERS)
    for name in ALARMS:
        if properties(name).get("MetricName") == "ApproximateNumberOfMessagesVisible":
            assert properties(name)["Threshold"] == 0


def test_every_function_at_a_stream_has_an_alarm_of_its_age() -> None:
    functions = {function.name for function, _ in event_sources("DynamoDB")}
    assert sorted(watched("IteratorAge")) == sorted(functions)


def test_every_table_has_an_alarm_of_its_throttles() -> None:
    tables = {
        target(metric["Dimensions"][0]["Value"])
        for name in ALARMS
        for metric in metrics(name)
        if metric["MetricName"] in ["ReadThrottleEvents", "WriteThrottleEvents"]
    }
    assert tables == resources(TEMPLATE, "AWS::DynamoDB::Table").keys()


def test_letters_that_came_from_a_queue_can_be_put_back() -> None:
    """By `make redrive`, which looks for both in the outputs of the stack."""
    for name, queue in QUEUES.items():
        if name not in LETTERS:
            letters = target(queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"])
            assert f"{letters}Url" in TEMPLATE["Outputs"]
            assert name == "PatientWebhookQueue" or f"{name}Url" in TEMPLATE["Outputs"]


def test_alarms_are_an_option() -> None:
    assert TEMPLATE["Parameters"]["Alarms"]["Default"] == "false"
    assert TEMPLATE["Parameters"]["HourlyCostBound"]["Default"] == 0


@pytest.mark.parametrize("name", sorted(ALARMS.keys() - JUDGES))
def test_alarm_is_there_where_alarms_are_wanted_and_what_it_looks_at(name: str) -> None:
    """Both conditions need `Alarms`; what is watched has the second."""
    needed = {
        RESOURCES[target(dimension["Value"])].get("Condition")
        for metric in metrics(name)
        for dimension in metric.get("Dimensions", [])
    }
    optional = {
        "HasMail": "HasMailAlarms",
        "HasPush": "HasPushAlarms",
        "HasRealtime": "HasRealtimeAlarms",
    }
    [expected] = {optional.get(str(one), "HasAlarms") for one in needed} or {"HasAlarms"}
    given = ALARMS[name]["Condition"]
    assert given == ("HasCostAlarm" if name == "CostAlarm" else expected)
    condition = TEMPLATE["Conditions"][given]
    asked = {"Fn::Equals": [{"Ref": "Alarms"}, "true"]}
    assert condition == asked or {"Condition": "HasAlarms"} in condition["Fn::And"]


@every_alarm
def test_topic_is_told_of_it_and_of_its_end(name: str) -> None:
    alarm, told = properties(name), [{"Ref": "AlarmTopic"}]
    if name in JUDGES:
        told = {"Fn::If": ["HasAlarms", told, {"Ref": "AWS::NoValue"}]}  # type: ignore[assignment]
    assert alarm["AlarmActions"] == alarm["OKActions"] == told
    assert alarm["AlarmDescription"]


@every_alarm
def test_idle_service_sets_off_none(name: str) -> None:
    assert properties(name)["TreatMissingData"] == "notBreaching"


@every_alarm
def test_metrics_of_our_own_are_made_by_a_filter(name: str) -> None:
    made = [
        transformation["MetricName"]
        for one in resources(TEMPLATE, "AWS::Logs::MetricFilter").values()
        for transformation in one["Properties"]["MetricTransformations"]
    ]
    for metric in metrics(name):
        if metric["Namespace"] == "Errand":
            assert metric["MetricName"] in made


@every_alarm
def test_expression_names_its_metrics_and_no_more_than_an_alarm_may_have(name: str) -> None:
    """Ten. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Metric.html."""
    alarm = properties(name)
    if "Metrics" not in alarm:
        return
    [expression] = [one["Expression"] for one in alarm["Metrics"] if "Expression" in one]
    named = set(re.findall(r"\b[a-z][a-z_]+\b", expression))
    assert named == {one["Id"] for one in alarm["Metrics"] if "MetricStat" in one}
    assert len(named) <= 10
    assert [one["Id"] for one in alarm["Metrics"] if one.get("ReturnData", True)] == ["told"]


def test_log_that_has_stopped_is_not_taken_for_a_quiet_night() -> None:
    looked_at = {
        one["MetricName"]: one["Dimensions"][0]["Value"] for one in metrics("LogStoppedAlarm")
    }
    assert looked_at == {
        "ConsumedWriteCapacityUnits": {"Ref": "DataTable"},
        "Invocations": {"Ref": "RecordChangesFunction"},
    }


def test_cost_of_an_hour_is_by_the_prices_of_the_page() -> None:
    """In dollars for a million of each."""
    [told, *others] = properties("CostAlarm")["Metrics"]
    assert {one["MetricStat"]["Period"] for one in others} == {3600}

    def price(**units: float) -> float:
        names = {one["Id"]: units.get(one["Id"], 0) for one in others}
        formula = re.sub(r"FILL\((\w+), 0\)", r"\1", told["Expression"])
        return float(eval(formula, {}, names))  # noqa: S307 - the template's own

    def of_memory(function: str) -> float:
        return FUNCTIONS[function].memory / 1024 / 1000 * cost.GB_SECOND[0][1]

    million = 1e6
    request = cost.GATEWAY[0][1] + cost.LAMBDA_REQUEST
    assert price(requests=million) == pytest.approx(million * request)
    assert price(bytes=1e9) == pytest.approx(cost.OUT_GB[0][1])
    assert price(api_ms=million) == pytest.approx(million * of_memory("ApiFunction"))
    assert price(webhooks_ms=million) == pytest.approx(
        million * of_memory("DeliverWebhooksFunction")
    )
    for table in ("data", "log", "ephemeral"):
        # The log's index has a unit for each of the log's own.
        copies = 2 if table == "log" else 1
        assert price(**{f"{table}_reads": million}) == pytest.approx(million * cost.READ_UNIT)
        written = price(**{f"{table}_writes": million})
        assert written == pytest.approx(copies * million * cost.WRITE_UNIT)


def test_page_of_costs_tells_how_many_metrics_alarms_have_and_what_they_cost() -> None:
    always = [len(metrics(name)) for name in ALARMS if ALARMS[name]["Condition"] == "HasAlarms"]
    mail = [len(metrics(name)) for name in ALARMS if ALARMS[name]["Condition"] == "HasMailAlarms"]
    live = [len(metrics(n)) for n in ALARMS if ALARMS[n]["Condition"] == "HasRealtimeAlarms"]
    push = [len(metrics(name)) for name in ALARMS if ALARMS[name]["Condition"] == "HasPushAlarms"]
    each = {"always": always, "with mails": mail, "with real time": live, "with browsers": push}
    for what, of in each.items():
        assert f"| {what} | {len(of)} | {sum(of)} | ${sum(of) * MONTH:.2f} |" in COST
    judged = sum(len(metrics(name)) for name in JUDGES)
    gradual = f"| with a gradual `DeploymentPreference` | {len(JUDGES)} | {judged} |"
    assert f"{gradual} ${judged * MONTH:.2f} |" in COST
    bound = len(metrics("CostAlarm"))
    assert f"| with `HourlyCostBound` | 1 | {bound} | ${bound * MONTH:.2f} |" in COST


# -------------------------------------------------------------------------------------------- topic


def test_only_alarms_of_this_account_are_told_to_the_topic_and_over_tls() -> None:
    allowed, denied = properties("AlarmTopicPolicy")["PolicyDocument"]["Statement"]
    account = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert (allowed["Effect"], allowed["Action"], allowed["Condition"]) == (
        "Allow",
        "sns:Publish",
        account,
    )
    assert (denied["Effect"], denied["Principal"]) == ("Deny", "*")
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": False}}


def test_topic_is_encrypted_with_a_key_that_alarms_may_use() -> None:
    assert properties("AlarmTopic")["KmsMasterKeyId"] == {"Fn::GetAtt": ["AlarmKey", "Arn"]}
    _, alarms = properties("AlarmKey")["KeyPolicy"]["Statement"]
    assert alarms["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert alarms["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]


# ------------------------------------------------------------------------------------------ runbook


def entries() -> dict[str, str]:
    parts = re.split(r"^### (\w+)\n", RUNBOOK, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_every_alarm_has_an_entry_and_every_entry_an_alarm() -> None:
    assert sorted(entries()) == sorted(ALARMS)
    assert len(re.findall(r"^### ", RUNBOOK, re.MULTILINE)) == len(ALARMS)


@every_alarm
def test_entry_says_what_it_means_where_to_look_and_how_to_mend_it(name: str) -> None:
    said = re.findall(r"^- (Means|Look at|Mend): \S", entries()[name], re.MULTILINE)
    assert said == ["Means", "Look at", "Mend"]


def test_commands_queues_and_functions_of_the_runbook_are_there() -> None:
    commands = set(re.findall(r"`make ([a-z-]+)", RUNBOOK))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert commands
    assert commands <= targets
    assert {*re.findall(r"QUEUE=(\w+)", RUNBOOK)} <= LETTERS
    assert {
        *re.findall(r"`(\w+(?:Queue|DeadLetters|Function|Table))`", RUNBOOK)
    } <= RESOURCES.keys()
    groups = [
        properties(name)["LogGroupName"]["Fn::Sub"].rpartition("/")[2]
        for name in resources(TEMPLATE, "AWS::Logs::LogGroup")
    ]
    assert {*re.findall(r"log of `([a-z-]+)`", RUNBOOK)} <= {*groups}
    assert {*re.findall(r"`(\w+)=", RUNBOOK)} - {"QUEUE"} <= TEMPLATE["Parameters"].keys()
