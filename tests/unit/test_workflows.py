"""What GitHub does is what a person does, with no more rights than that takes."""

import os
import re
import subprocess
from pathlib import Path
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
        "make sbom",
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
    assert not action or re.search(r"@[0-9a-f]{40}$", action), job
    if action.startswith("actions/checkout@"):
        assert step["with"]["persist-credentials"] is False, job


def may_write(job: str) -> bool:
    return "write" in {value for key, value in permissions(job).items() if key != "id-token"}


def permissions(job: str) -> dict[str, str]:
    own: dict[str, str] = JOBS[job].get("permissions", {})
    return own


@pytest.mark.parametrize("job", [name for name in JOBS if may_write(name)])
def test_what_may_write_runs_nothing_that_was_installed_or_handed_over(job: str) -> None:
    words = {line.split()[0] for script in runs(job) for line in script.splitlines()}
    assert words <= {"git", "gh"}
    names = {step["uses"].partition("@")[0] for step in JOBS[job]["steps"] if "uses" in step}
    assert names <= {"actions/checkout", "actions/download-artifact"}


def test_new_releases_are_tried_where_nothing_can_be_changed() -> None:
    assert {name for name in JOBS if may_write(name)} == {"update.request"}
    assert permissions("update.try") == {}
    assert {"make update", "bash .ci/run"} <= {*runs("update.try")}


class Repository:
    """A checkout with one file, in which a runner's steps are run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "checkout"
        self.output = folder / "output"
        self.output.touch()
        self._folder.mkdir()
        self._environment = os.environ | {
            "RUNNER_TEMP": str(folder),
            "GITHUB_OUTPUT": str(self.output),
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        self.run("git init --quiet; git config user.name x; git config user.email x@example.com")
        self.run("echo pin==1 > pins; git add .; git commit --quiet --message first")

    def run(self, script: str) -> str:
        done = subprocess.run(  # noqa: S603 - what stands in our workflows
            ["bash", "-euo", "pipefail", "-c", script],  # noqa: S607 - as GitHub does
            cwd=self._folder,
            env=self._environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return done.stdout

    def files(self) -> dict[str, str]:
        names = self.run("git ls-tree --name-only HEAD").splitlines()
        return {name: self.run(f"git show HEAD:{name}").strip() for name in names}


def script(job: str, of: str) -> str:
    [found] = [one for one in runs(job) if of in one]
    return found


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


@pytest.mark.parametrize(
    ("update", "then"),
    [
        ("echo pin==2 > pins", {"pins": "pin==2"}),
        ("echo also==1 > new", {"pins": "pin==1", "new": "also==1"}),
        ("rm pins; echo pin==2 > new", {"new": "pin==2"}),
    ],
)
def test_update_is_handed_over_as_a_patch(
    repository: Repository, update: str, then: dict[str, str]
) -> None:
    repository.run(update)
    repository.run(script("update.try", "git diff"))
    assert repository.output.read_text() == "is-new=true\n"
    repository.run("git reset --quiet --hard")
    apply = script("update.request", "git apply").splitlines()[0]
    repository.run(f"{apply}; git commit --quiet --message update")
    assert repository.files() == then


def test_nothing_new_is_no_request(repository: Repository) -> None:
    repository.run(script("update.try", "git diff"))
    assert repository.output.read_text() == ""
    assert JOBS["update.request"]["if"] == "needs.try.outputs.is-new"


@every_step
def test_no_text_of_others_becomes_a_command(job: str, step: dict[str, Any]) -> None:
    assert "${{" not in step.get("run", ""), job


def test_no_key_is_stored() -> None:
    for path in FOLDER.iterdir():
        assert "secrets." not in path.read_text()
