"""Commands for whoever runs a deployment, on the embedded AWS, as their user meets them."""

import os
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import httpx
import jwt
import pytest
from tools.local.embedded import Embedded
from tools.local.instance import Instance, announce
from tools.local.settings import ROOT

from errand.keys import SEARCH_PAUSE_MS, KeyRing, parse_ring

pytestmark = pytest.mark.deep

PASSWORD = "correct horse battery staple"

type Make = Callable[..., CompletedProcess[str]]


@pytest.fixture
def make(embedded_aws: Embedded) -> Make:
    """Run `make` with these arguments."""
    # What an outer make hands down is not meant for this one.
    inherited = {name: value for name, value in os.environ.items() if "MAKE" not in name}

    def make(*arguments: str, data_dir: Path = embedded_aws.data_dir) -> CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - nothing but the tests' own arguments
            ["make", *arguments, f"DATA_DIR={data_dir}"],  # noqa: S607 - found on PATH, as by its user
            cwd=ROOT,
            env=inherited,
            capture_output=True,
            text=True,
            check=False,
        )

    return make


def test_another_instance_is_left_alone(
    make: Make, embedded_aws: Embedded, user: str, tmp_path: Path
) -> None:
    """One that was killed has left its address, where another listens by now."""
    announce(tmp_path, Instance(endpoint=embedded_aws.endpoint, stack="arn:of-the-killed-one"))
    run = make("grant-admin", f"USER={user}", data_dir=tmp_path)
    assert run.returncode != 0
    assert f"`make run` at {embedded_aws.endpoint} does not answer" in run.stderr


def test_a_folder_without_an_instance(make: Make, tmp_path: Path) -> None:
    run = make("rotate-keys", data_dir=tmp_path)
    assert run.returncode != 0
    assert f"no `make run` is at work on {tmp_path} (DATA_DIR)" in run.stderr


@pytest.fixture
def client(api_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=api_url, timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture
def user(client: httpx.Client) -> str:
    """The name of somebody new."""
    name = f"user-{secrets.token_hex(4)}"
    account = {"username": name, "password": PASSWORD}
    assert client.post("/register", json=account).status_code == 201
    return name


def log_in(client: httpx.Client, user: str) -> str:
    answer = client.post("/token", data={"username": user, "password": PASSWORD})
    return str(answer.raise_for_status().json()["access_token"])


def is_accepted(client: httpx.Client, token: str) -> bool:
    headers = {"Authorization": f"Bearer {token}"}
    return client.get("/users/me", headers=headers).status_code == 200


def kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def of_another_instance(token: str, ring: KeyRing) -> str:
    """The same claims, signed where the new key is known already."""
    claims = jwt.decode(token, options={"verify_signature": False})
    headers = {"kid": ring.current.kid}
    return jwt.encode(claims, ring.current.secret, "HS256", headers=headers)


def kept(aws_client: Callable[[str], Any], embedded_aws: Embedded) -> KeyRing:
    secret_id = embedded_aws.outputs["SigningSecretName"]
    answer = aws_client("secretsmanager").get_secret_value(SecretId=secret_id)
    return parse_ring(answer["SecretString"])


def test_rotation_logs_nobody_out(
    make: Make,
    client: httpx.Client,
    user: str,
    aws_client: Callable[[str], Any],
    embedded_aws: Embedded,
) -> None:
    before = log_in(client, user)
    done = make("rotate-keys")
    assert done.returncode == 0, done.stderr
    ring = kept(aws_client, embedded_aws)
    assert ring.find(kid(before))
    assert ring.current.kid != kid(before)
    assert f"key {ring.current.kid} signs" in done.stdout
    assert not any(key.secret.decode() in done.stdout + done.stderr for key in ring.keys)

    assert is_accepted(client, before)
    new = of_another_instance(before, ring)
    # The API looks for it at once, unless somebody else has just made it look.
    deadline = time.monotonic() + SEARCH_PAUSE_MS / 1000 + 2
    while not is_accepted(client, new):
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert is_accepted(client, before)
    assert kid(log_in(client, user)) == ring.current.kid


def test_a_list_goes_on_after_a_rotation(make: Make, client: httpx.Client, user: str) -> None:
    client.headers["Authorization"] = f"Bearer {log_in(client, user)}"
    for title in ("Buy milk", "Buy bread"):
        client.post("/tasks", json={"title": title}).raise_for_status()
    page = client.get("/tasks", params={"limit": 1})
    assert make("rotate-keys").returncode == 0
    assert [task["title"] for task in client.get(page.links["next"]["url"]).json()] == ["Buy milk"]


def stored(aws_client: Callable[[str], Any], embedded_aws: Embedded, user: str) -> list[Any]:
    """Every item of the account of that name."""
    dynamodb, table = aws_client("dynamodb"), embedded_aws.outputs["DataTableName"]

    def collection(pk: str) -> list[Any]:
        found: list[Any] = dynamodb.query(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
        )["Items"]
        return found

    [claim] = collection(f"IDENTITY#username#{user}")
    return collection(f"USER#{claim['uid']['S']}")


def test_user_becomes_an_administrator_and_ceases_to_be(
    make: Make, user: str, aws_client: Callable[[str], Any], embedded_aws: Embedded
) -> None:
    def is_admin() -> bool:
        [account] = [
            item for item in stored(aws_client, embedded_aws, user) if item["sk"]["S"] == "ACCOUNT"
        ]
        return "ad" in account

    for arguments, says, admin in [
        ((), f"{user} is an administrator now", True),
        ((), f"{user} is an administrator already", True),
        (("REVOKE=1",), f"{user} is no administrator now", False),
    ]:
        done = make("grant-admin", f"USER={user}", *arguments)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"`make run` at {embedded_aws.endpoint}: {says}\n"
        assert is_admin() == admin

    records = [item for item in stored(aws_client, embedded_aws, user) if "a" in item]
    assert [(item["a"]["S"], item["ag"]["S"]) for item in records] == [
        ("admin_granted", "make grant-admin"),
        ("admin_revoked", "make grant-admin"),
    ]
    assert not any("by" in item for item in records)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("USER=nobody-of-this-name",), "grant-admin: there is no user nobody-of-this-name"),
        ((), "usage: make grant-admin USER=name [REVOKE=1] [STACK=name]"),
    ],
    ids=["unknown", "none"],
)
def test_nobody_to_become_an_administrator(
    make: Make, arguments: tuple[str, ...], line: str
) -> None:
    done = make("grant-admin", *arguments)
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == line


def test_log_is_given_what_it_has_missed(
    make: Make, client: httpx.Client, user: str, aws_client: Callable[[str], Any]
) -> None:
    client.headers["Authorization"] = f"Bearer {log_in(client, user)}"
    task = client.post("/tasks", json={"title": "Buy milk"}).json()
    user_id = client.get("/users/me").json()["id"]
    log = f"/tasks/{task['id']}/history"
    deadline = time.monotonic() + 20
    while not (entries := client.get(log).json()):
        assert time.monotonic() < deadline, "not recorded in time"
        time.sleep(0.1)
    number = f"CHANGE#{entries[0]['number']:015}"
    key = {"pk": {"S": f"USER#{user_id}"}, "sk": {"S": number}}
    aws_client("dynamodb").delete_item(TableName="LogTable", Key=key)
    assert client.get(log).json() == []
    run = make("reconcile", f"ACCOUNT={user_id}")
    assert run.returncode == 0, run.stderr
    assert run.stdout.endswith("1 accounts compared, 1 entries added\n")
    assert [entry["id"] for entry in client.get(log).json()] == [task["id"]]
    again = make("reconcile", f"ACCOUNT={user_id}")
    assert again.stdout.endswith("1 accounts compared, 0 entries added\n")
