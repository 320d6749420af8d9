"""How a new version of the API gets its requests: asked about first, judged meanwhile."""

import json
import subprocess
from typing import Any

import pytest
from tools.local.template import dump
from tools.sam_template import resources
from tools.under_way import APPLICATION, GROUP

from errand_testkit.access import as_list, statements
from errand_testkit.intrinsics import carried_out
from errand_testkit.stack import FUNCTIONS, ROOT, TEMPLATE, properties

PREFERENCE = properties("ApiFunction")["DeploymentPreference"]
TYPES = TEMPLATE["Parameters"]["DeploymentPreference"]["AllowedValues"]
JUDGES = ["NewVersionErrorsAlarm", "NewVersionLatencyAlarm", "NewVersionFaultsAlarm"]
# CloudFormation names them; SAM makes the resources that they are of.
TRANSFORM = """
import json, sys
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
made = Translator({}, Parser()).translate(json.load(sys.stdin), json.loads(sys.argv[1]))
json.dump(made["Resources"], sys.stdout)
"""


def test_only_the_function_with_an_alias_is_deployed_by_parts() -> None:
    assert [name for name in FUNCTIONS if "DeploymentPreference" in properties(name)] == [
        "ApiFunction"
    ]
    assert PREFERENCE["Type"] == {"Ref": "DeploymentPreference"}
    assert TEMPLATE["Parameters"]["DeploymentPreference"]["Default"] == "AllAtOnce"


@pytest.mark.parametrize(("checks", "hook"), [("true", "CheckVersionFunction"), ("false", None)])
def test_somebody_asks_about_a_version_if_they_may(checks: str, hook: str | None) -> None:
    given = carried_out(PREFERENCE["Hooks"]["PreTraffic"], {"CheckVersions": checks})
    assert given == ({"Ref": hook} if hook else {"Ref": "AWS::NoValue"})
    variables = properties("CheckVersionFunction")["Environment"]["Variables"]
    assert variables == {"ERRAND_NEW_VERSION": {"Ref": "ApiFunction.Version"}}


@pytest.mark.parametrize("type_", TYPES)
def test_what_is_gradual_is_judged_by_alarms_of_a_minute(type_: str) -> None:
    given = carried_out(PREFERENCE["Alarms"], {"DeploymentPreference": type_})
    judged = [{"Ref": name} for name in JUDGES]
    assert given == (judged if type_ != "AllAtOnce" else [{"Ref": "AWS::NoValue"}])


@pytest.mark.parametrize("name", JUDGES)
def test_judge_looks_at_each_minute_and_is_there_with_what_it_judges(name: str) -> None:
    alarm = properties(name)
    stats = [one["MetricStat"] for one in alarm.get("Metrics", []) if "MetricStat" in one]
    assert {one["Period"] for one in stats or [alarm]} == {60}
    assert resources(TEMPLATE, "AWS::CloudWatch::Alarm")[name]["Condition"] == "IsGradual"


@pytest.mark.parametrize("name", ["NewVersionErrorsAlarm", "NewVersionLatencyAlarm"])
def test_version_is_judged_by_what_it_has_done_itself(name: str) -> None:
    """Or what fails would keep out what mends it."""
    found = {one["Name"]: one["Value"] for one in properties(name)["Dimensions"]}
    assert found == {
        "FunctionName": {"Ref": "ApiFunction"},
        "Resource": {"Fn::Sub": "${ApiFunction}:live"},
        "ExecutedVersion": {"Fn::GetAtt": ["ApiFunction", "Version.Version"]},
    }


def test_codedeploy_moves_one_alias_looks_at_alarms_and_asks_one_function() -> None:
    may = {
        action: as_list(statement["Resource"])
        for statement in statements("DeploymentRole")
        for action in as_list(statement["Action"])
    }
    alias = [{"Fn::GetAtt": ["ApiFunction", "Arn"]}, {"Fn::Sub": "${ApiFunction.Arn}:*"}]
    alarms = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:*"
    assert may == {
        "lambda:GetAlias": alias,
        "lambda:GetProvisionedConcurrencyConfig": alias,
        "lambda:UpdateAlias": alias,
        "lambda:InvokeFunction": [{"Fn::GetAtt": ["CheckVersionFunction", "Arn"]}],
        "cloudwatch:DescribeAlarms": [{"Fn::Sub": alarms}],
    }


@pytest.mark.deep
@pytest.mark.parametrize("type_", ["AllAtOnce", "Canary10Percent5Minutes"])
def test_sam_makes_of_it_what_is_meant(type_: str) -> None:
    made = transformed(DeploymentPreference=type_)
    group = made[GROUP]["Properties"]
    assert made[APPLICATION]["Type"] == "AWS::CodeDeploy::Application"
    config = ["CodeDeployDefault.Lambda${ConfigName}", {"ConfigName": type_}]
    assert group["DeploymentConfigName"] == {"Fn::Sub": config}
    condition, judges, nobody = group["AlarmConfiguration"]["Fn::If"]
    assert (condition, nobody) == ("IsGradual", {})
    assert judges["Alarms"] == [{"Name": {"Ref": name}} for name in JUDGES]
    assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]
    assert group["ServiceRoleArn"] == {"Fn::GetAtt": ["DeploymentRole", "Arn"]}
    update = made["ApiFunctionAliaslive"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
    assert update["BeforeAllowTrafficHook"] == PREFERENCE["Hooks"]["PreTraffic"]
    # A role of SAM's own may move every alias.
    assert "CodeDeployServiceRole" not in made
    version = made["CheckVersionFunction"]["Properties"]["Environment"]["Variables"]
    name = version["ERRAND_NEW_VERSION"]["Ref"]
    assert made[name]["Type"] == "AWS::Lambda::Version"
    number = {"Fn::GetAtt": [name, "Version"]}
    assert made["ApiFunctionAliaslive"]["Properties"]["FunctionVersion"] == number
    [*_, judged] = made["NewVersionErrorsAlarm"]["Properties"]["Dimensions"]
    assert judged == {"Name": "ExecutedVersion", "Value": number}


def transformed(**parameters: str) -> dict[str, Any]:
    """Resources by SAM's own translation, which needs no account."""
    sam = ROOT / ".venv/sam/bin/python"
    if not sam.exists():
        pytest.skip("`make validate` installs SAM")
    template = json.loads(dump(TEMPLATE))
    for resource in template["Resources"].values():
        for name in {"CodeUri", "ContentUri"} & resource.get("Properties", {}).keys():
            resource["Properties"][name] = "s3://bucket/key"
    done = subprocess.run(  # noqa: S603 - our own
        [sam, "-c", TRANSFORM, json.dumps(parameters)],
        input=json.dumps(template),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
        env={"AWS_DEFAULT_REGION": "eu-central-1"},
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
