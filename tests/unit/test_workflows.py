"""What GitHub does is what a person does, with no more rights than that takes."""

import re
from typing import Any

import pytest
import yaml

from errand_testkit.stack import ROOT

FOLDER = ROOT / ".github/workflows"
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text()) for path in FOLDER.iterdir()}
JOBS = {
    f"{workflow}.{name}": job
    for workflow, content in WORKFLOWS.items()
    for name, job in content["jobs"].items()
}
STEPS = [(name, step) for name, job in JOBS.items() for step in job.get("steps", ())]
every_step = pytest.mark.parametrize(
    ("job", "step"), STEPS, ids=[f"{name}-{number}" for number, (name, _) in enumerate(STEPS)]
)


def runs(job: str) -> list[str]:
    return [step["run"] for step in JOBS[job]["steps"] if "run" in step]


def test_every_push_is_checked_as_ci_checks() -> None:
    assert runs("ci.check") == ["bash .ci/run"]
    # YAML 1.1 reads `on` as true.
    assert {"push", "pull_request"} <= WORKFLOWS["ci"][True].keys()


def test_a_stage_is_deployed_and_walked_as_a_person_does() -> None:
    assert runs("deploy.deploy") == [
        'make deploy STAGE="$STAGE"',
        'make sbom STAGE="$STAGE"',
        'make smoke URL="$URL"',
    ]


def test_what_was_checked_goes_to_dev_and_then_to_prod() -> None:
    assert JOBS["ci.dev"]["needs"] == "check"
    assert "refs/heads/main" in JOBS["ci.dev"]["if"]
    assert JOBS["ci.prod"]["needs"] == "dev"
    for stage in ("dev", "prod"):
        assert JOBS[f"ci.{stage}"]["with"] == {"stage": stage}
        assert JOBS[f"ci.{stage}"]["permissions"] == {"contents": "read", "id-token": "write"}
    # Where GitHub asks whoever has to approve.
    assert JOBS["deploy.deploy"]["environment"] == "${{ inputs.stage }}"


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_workflow_may_read_only_unless_a_job_says_more(workflow: str) -> None:
    assert WORKFLOWS[workflow]["permissions"] == {"contents": "read"}


@every_step
def test_action_is_of_one_commit_and_keeps_no_credentials(job: str, step: dict[str, Any]) -> None:
    action = step.get("uses", "")
    assert not action or re.search(r"@[0-9a-f]{40}$|^docker://[\w/]+:[\d.]+$", action)
    if action.startswith("actions/checkout@") and job != "update.update":
        assert step["with"]["persist-credentials"] is False


@every_step
def test_no_text_of_others_becomes_a_command(job: str, step: dict[str, Any]) -> None:
    assert "${{" not in step.get("run", ""), job


def test_no_key_is_stored() -> None:
    for path in FOLDER.iterdir():
        assert "secrets." not in path.read_text()
