"""Deploys template.yaml to the embedded AWS, through its ordinary API."""

import io
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import botocore.session
from tools.local import template as templates
from tools.local.failures import CannotRun

STACK = "errand"
BUCKET, KEY, TEMPLATE = "errand-code", "code.zip", "template.json"
PATIENCE = 30.0  # seconds
PAUSE = 0.05  # seconds


@dataclass(frozen=True, slots=True)
class Deployment:
    stack: str  # id
    resources: dict[str, tuple[str, str]]  # logical id -> (type, physical id)
    outputs: dict[str, str]
    environments: dict[str, dict[str, str]]  # handler of a function -> its environment


def deploy(
    template: Mapping[str, Any],
    given: Mapping[str, str],
    *,
    api_url: str,
    endpoint: str,
    region: str,
) -> Deployment:
    """`given`: values of parameters. Raises CannotRun if the template cannot be deployed."""
    session = botocore.session.get_session()

    def client(service: str) -> Any:
        return session.create_client(service, endpoint_url=endpoint, region_name=region)

    code = f"s3://{BUCKET}/{KEY}"
    local = templates.localize(template, code=code, endpoint=endpoint, api_url=api_url)
    _upload(client("s3"), local)
    # As on AWS, it sends only for whom it knows.
    client("sesv2").create_email_identity(EmailIdentity=templates.PARAMETERS["MailFrom"])
    cloudformation = client("cloudformation")
    _create(cloudformation, template, given, url=f"{endpoint}/{BUCKET}/{TEMPLATE}")
    resources = {
        resource["LogicalResourceId"]: (resource["ResourceType"], resource["PhysicalResourceId"])
        for resource in cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    }
    dynamodb = client("dynamodb")
    for table, specification in templates.expiring(template).items():
        dynamodb.update_time_to_live(
            TableName=resources[table][1], TimeToLiveSpecification=specification
        )
    [stack] = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    return Deployment(stack["StackId"], resources, _outputs(stack), _environments(client("lambda")))


def _upload(s3: Any, template: Mapping[str, Any]) -> None:
    """The template, and an archive without code.

    Functions import that from the project's environment, as it is now.
    """
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("README", "The code is imported from the working tree.\n")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=archive.getvalue())
    s3.put_object(Bucket=BUCKET, Key=TEMPLATE, Body=templates.dump(template).encode())


def _create(
    cloudformation: Any, template: Mapping[str, Any], given: Mapping[str, str], *, url: str
) -> None:
    """`url`: where the template is, which is longer than a request may be (51,200 bytes)."""
    try:
        cloudformation.create_stack(
            StackName=STACK,
            TemplateURL=url,
            Parameters=templates.parameters(template, given),
            Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
    except cloudformation.exceptions.ClientError as error:
        raise CannotRun(f"template.yaml: {error}") from None
    deadline = time.monotonic() + PATIENCE
    while (status := _status(cloudformation)) == "CREATE_IN_PROGRESS":
        if time.monotonic() > deadline:
            raise CannotRun(f"template.yaml was not deployed within {PATIENCE:.0f} s")
        time.sleep(PAUSE)
    if status != "CREATE_COMPLETE":
        raise CannotRun(f"template.yaml cannot be deployed: {_reason(cloudformation)}")


def _status(cloudformation: Any) -> str:
    [stack] = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    return str(stack["StackStatus"])


def _reason(cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
    failures = (
        f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
        for event in reversed(events)
        if event["ResourceStatus"].endswith("FAILED") and event.get("ResourceStatusReason")
    )
    return next(failures, "no reason given")


def _outputs(stack: Mapping[str, Any]) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _environments(functions: Any) -> dict[str, dict[str, str]]:
    return {
        function["Handler"]: function.get("Environment", {}).get("Variables", {})
        for page in functions.get_paginator("list_functions").paginate()
        for function in page["Functions"]
    }
