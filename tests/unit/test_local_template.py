import re
from datetime import date
from typing import Any

import pytest
from tools.local.failures import CannotRun
from tools.local.template import dump, expiring, localize, parameters

from errand_testkit.stack import TEMPLATE as OUR_OWN

TEMPLATE: dict[str, Any] = {
    "Parameters": {"PurgeDelaySeconds": {"Type": "Number"}, "Stage": {"Type": "String"}},
    "Resources": {
        "ApiFunction": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"CodeUri": "functions/api", "Handler": "errand_api.main.handler"},
        },
        "CoreLayer": {
            "Type": "AWS::Serverless::LayerVersion",
            "Properties": {"ContentUri": "layers/core"},
        },
        "Sessions": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {"TimeToLiveSpecification": {"AttributeName": "end", "Enabled": True}},
        },
        "Key": {"Type": "AWS::SecretsManager::Secret"},
    },
}


def test_code_and_names_are_local_and_the_rest_stays() -> None:
    resources = localize(TEMPLATE, code="s3://bucket/key", endpoint="http://127.0.0.1:4566")[
        "Resources"
    ]
    assert resources["ApiFunction"]["Properties"] == {
        "CodeUri": "s3://bucket/key",
        "Handler": "errand_api.main.handler",
    }
    assert resources["CoreLayer"]["Properties"] == {"ContentUri": "s3://bucket/key"}
    assert resources["Sessions"]["Properties"]["TableName"] == "Sessions"
    assert resources["Key"]["Properties"] == {"Name": "Key"}


def test_gateways_are_where_the_embedded_aws_has_them() -> None:
    def local(url: str) -> Any:
        url += "://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/live"
        made = {"Resources": {"F": {"Type": "T", "Properties": {"Url": [{"Fn::Sub": url}]}}}}
        found = localize(made, code="", endpoint="http://127.0.0.1:4567")
        return found["Resources"]["F"]["Properties"]["Url"]

    assert local("wss") == [{"Fn::Sub": "ws://127.0.0.1:4567/_aws/execute-api/${Api}/live"}]
    assert local("https") == [{"Fn::Sub": "http://127.0.0.1:4567/_aws/execute-api/${Api}/live"}]


@pytest.mark.parametrize("name", ["HttpApi.ApiEndpoint", ["HttpApi", "ApiEndpoint"]])
def test_api_is_where_it_is_served(name: Any) -> None:
    variables = {"URL": {"Fn::If": ["HasUrl", {"Ref": "Url"}, {"Fn::GetAtt": name}]}}
    template = {"Resources": {"Role": {"Type": "Role", "Properties": variables}}}
    local = localize(
        template, code="", endpoint="http://127.0.0.1:4567", api_url="http://127.0.0.1:8000"
    )
    assert local["Resources"]["Role"]["Properties"]["URL"] == {
        "Fn::If": ["HasUrl", {"Ref": "Url"}, "http://127.0.0.1:8000"]
    }


def test_what_the_embedded_aws_has_not_is_left_out() -> None:
    alarm = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "Errors"}}
    of_several = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": []}}
    query = {"Type": "AWS::Logs::QueryDefinition"}
    template = {"Resources": {"Alarm": alarm, "OfSeveral": of_several, "Query": query}}
    local = localize(template, code="", endpoint="http://127.0.0.1:4567")
    assert [*local["Resources"]] == ["Alarm"]


def test_codedeploy_is_left_out_with_all_that_belongs_to_it() -> None:
    trust = [{"Principal": {"Service": "codedeploy.amazonaws.com"}}]
    function = TEMPLATE["Resources"]["ApiFunction"]
    preference = {"DeploymentPreference": {"Type": "AllAtOnce", "Hooks": {"PreTraffic": "Check"}}}
    template = {
        "Resources": {
            "Api": function | {"Properties": function["Properties"] | preference},
            "Check": function | {"Condition": "ChecksVersions"},
            "Judge": {"Type": "AWS::CloudWatch::Alarm", "Condition": "IsGradual"},
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {"AssumeRolePolicyDocument": {"Statement": trust}},
            },
        }
    }
    local = localize(template, code="", endpoint="http://127.0.0.1:4567")
    assert [*local["Resources"]] == ["Api"]
    assert "DeploymentPreference" not in local["Resources"]["Api"]["Properties"]


def test_what_is_left_out_of_our_own_template_is_referred_to_by_nothing_else() -> None:
    local = localize(OUR_OWN, code="", endpoint="http://127.0.0.1:4567")
    names = OUR_OWN["Resources"].keys() - local["Resources"].keys()
    assert {"CheckVersionFunction", "DeploymentRole", "NewVersionErrorsAlarm"} <= names
    text = dump({"Resources": local["Resources"], "Outputs": local["Outputs"]})
    referred = {*re.findall(r'"Ref": "(\w+)"', text), *re.findall(r'"Fn::GetAtt": \["(\w+)"', text)}
    assert not referred & {*names, "ServerlessDeploymentApplication"}


def test_the_template_itself_is_not_changed() -> None:
    localize(TEMPLATE, code="s3://bucket/key", endpoint="http://127.0.0.1:4566")
    assert TEMPLATE["Resources"]["ApiFunction"]["Properties"]["CodeUri"] == "functions/api"
    assert "Properties" not in TEMPLATE["Resources"]["Key"]


def test_only_declared_parameters_are_given() -> None:
    assert parameters(TEMPLATE) == [
        {"ParameterKey": "PurgeDelaySeconds", "ParameterValue": "1"},
    ]
    assert parameters({"Resources": {}}) == []


def test_what_is_given_takes_the_place_of_ours() -> None:
    assert parameters(TEMPLATE, {"PurgeDelaySeconds": "60", "Stage": "prod"}) == [
        {"ParameterKey": "PurgeDelaySeconds", "ParameterValue": "60"},
        {"ParameterKey": "Stage", "ParameterValue": "prod"},
    ]


def test_a_value_that_the_template_does_not_allow() -> None:
    declared = {"AllowedPattern": "^(https?://[^/]+)?$", "Description": "Where the client is"}
    template = {"Parameters": {"AppUrl": declared}, "Resources": {}}
    assert parameters(template, {"AppUrl": ""})
    with pytest.raises(CannotRun, match="AppUrl cannot be 'here': Where the client is"):
        parameters(template, {"AppUrl": "here"})


@pytest.mark.parametrize(
    "url", ["http://[", "http://localhost:http", "http://localhost:99999", "https://a,http://[b"]
)
def test_what_only_looks_like_a_url_is_not_allowed(url: str) -> None:
    template = {"Parameters": {"PublicUrl": {"AllowedPattern": "^http.*$"}}, "Resources": {}}
    with pytest.raises(CannotRun, match="PublicUrl cannot be"):
        parameters(template, {"PublicUrl": url})
    for sound in ("http://[::1]:8000", "https://a.example.com/b", "http://a:1,https://b"):
        assert parameters(template, {"PublicUrl": sound})


def test_tables_with_items_that_expire() -> None:
    assert expiring(TEMPLATE) == {"Sessions": {"AttributeName": "end", "Enabled": True}}


def test_a_date_becomes_the_text_it_was() -> None:
    assert dump({"Version": date(2012, 10, 17)}) == '{"Version": "2012-10-17"}'
