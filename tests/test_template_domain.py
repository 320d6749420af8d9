"""A domain of its own, an edge in front: what the parameters of template.yaml make of it."""

from typing import Any

import pytest

from errand_testkit.intrinsics import carried_out, holds
from errand_testkit.stack import RESOURCES, TEMPLATE, properties

RULES: dict[str, Any] = TEMPLATE["Rules"]


@pytest.mark.parametrize("path", ["", "/v1", "/v1/tasks"])
def test_domain_is_the_host_of_the_url(path: str) -> None:
    given = {"PublicUrl": f"https://api.example.com{path}"}
    assert carried_out(properties("ApiDomain")["DomainName"], given) == "api.example.com"


@pytest.mark.parametrize(("path", "key"), [("", {"Ref": "AWS::NoValue"}), ("v1", "v1")])
def test_host_is_shared_where_there_is_a_base_path(path: str, key: object) -> None:
    """A key that is empty the gateway does not take."""
    told = carried_out(properties("ApiDomainMapping")["ApiMappingKey"], {"BasePath": path})
    assert told == key


@pytest.mark.parametrize(
    ("certificate", "zone"), [("", ""), ("arn", ""), ("arn", "Z1"), ("", "Z1")]
)
def test_domain_takes_a_certificate_and_its_record_a_zone(certificate: str, zone: str) -> None:
    given = {"CertificateArn": certificate, "HostedZoneId": zone}
    for name in ("ApiDomain", "ApiDomainMapping"):
        assert holds(RESOURCES[name]["Condition"], given) is bool(certificate)
    has_record = holds(RESOURCES["ApiDomainRecord"]["Condition"], given)
    assert has_record is bool(certificate and zone)


def test_name_that_the_gateway_gives_leads_nowhere_where_there_is_another() -> None:
    api, url = properties("HttpApi"), TEMPLATE["Outputs"]["ApiUrl"]["Value"]
    for certificate in ("", "arn"):
        given = {"CertificateArn": certificate, "PublicUrl": "https://api.example.com"}
        assert carried_out(api["DisableExecuteApiEndpoint"], given) is bool(certificate)
        told = carried_out(url, given)
        assert told == (
            given["PublicUrl"] if certificate else {"Fn::GetAtt": ["HttpApi", "ApiEndpoint"]}
        )


def test_what_sam_writes_of_the_name_stops_no_deployment() -> None:
    """See https://github.com/aws/serverless-application-model/issues/2424."""
    assert properties("HttpApi")["FailOnWarnings"] is False


@pytest.mark.parametrize(
    ("rule", "parameters", "is_taken"),
    [
        ("CertificateIsOfAHost", {"CertificateArn": "arn", "PublicUrl": ""}, False),
        ("CertificateIsOfAHost", {"CertificateArn": "arn", "PublicUrl": "https://a"}, True),
        ("CertificateIsOfAHost", {"CertificateArn": "", "PublicUrl": ""}, True),
        ("EdgeCanProveItself", {"EdgeOnly": "true", "EdgeSecretDigest": ""}, False),
        ("EdgeCanProveItself", {"EdgeOnly": "true", "EdgeSecretDigest": "0"}, True),
        ("EdgeCanProveItself", {"EdgeOnly": "false", "EdgeSecretDigest": ""}, True),
    ],
)
def test_parameters_that_go_together_come_together(
    rule: str, parameters: dict[str, str], *, is_taken: bool
) -> None:
    found = carried_out(RULES[rule], parameters)
    [assertion] = found["Assertions"]
    assert (not found["RuleCondition"] or assertion["Assert"]) is is_taken
