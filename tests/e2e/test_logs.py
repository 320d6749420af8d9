"""A life of an account, and then every log there is: none holds a secret or an address of it."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from pyotp import TOTP
from tools.local.api import Api
from tools.local.embedded import Embedded
from tools.local.settings import LOOPBACK
from tools.local.sockets import listen, url_of

PATIENCE = 20.0  # seconds; it takes about two
OLD, NEW = "correct horse battery staple", "another staple of batteries"
WRONG = "not the password of anybody"
USERNAME = "logged"
EMAIL, LATER_EMAIL = "Logged.Once@example.com", "logged.twice@example.com"
NOBODYS_EMAIL = "unheard.of@example.com"
JSON = {"Content-Type": "application/json"}
# Of one life: what is above, and what the API hands out or mails on the way.
SECRETS = 42


def eventually[T](find: Callable[[], T | None]) -> T:
    deadline = time.monotonic() + PATIENCE
    while not (found := find()):
        assert time.monotonic() < deadline, "not within the time that it may take"
        time.sleep(0.1)
    return found


class Person:
    """Somebody with a client, whose `secrets` are all that no log may hold."""

    @classmethod
    @contextmanager
    def of(cls, url: str, aws: Embedded) -> Iterator["Person"]:
        with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
            yield cls(client, aws)

    def __init__(self, client: httpx.Client, aws: Embedded) -> None:
        self._client = client
        self._aws = aws
        self.secrets = {OLD, NEW, WRONG, EMAIL, LATER_EMAIL, NOBODYS_EMAIL}

    def send(self, method: str, path: str, status: int, **request: Any) -> Any:
        answer = self._client.request(method, path, **request)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def log_in(self, password: str, status: int = 200, **more: str) -> Any:
        form = {"username": USERNAME, "password": password, **more}
        return self.keep(self.send("POST", "/token", status, data=form))

    def keep(self, tokens: dict[str, Any]) -> Any:
        kinds = {"access_token", "refresh_token", "device_token", "token", "secret", "otpauth_uri"}
        self.secrets |= {value for name, value in tokens.items() if name in kinds}
        if "access_token" in tokens:
            self.use(tokens["access_token"])
        return tokens

    def reads_calendar(self, path: str) -> None:
        token = path.rpartition("/")[2].removesuffix(".ics")
        self.secrets.add(token)
        assert self._client.get(path).status_code == 200
        for wrong in (f"/calendar/{token}", f"{path}x"):
            assert self._client.get(wrong).status_code == 404

    def use(self, token: str) -> None:
        self._client.headers["Authorization"] = f"Bearer {token}"

    def mailed(self, email: str, subject: str) -> str:
        """The token in the mail with this subject, once it is there."""

        def find() -> str | None:
            found = httpx.get(self._aws.mails, trust_env=False).json()["messages"]
            for mail in (mail for mails in found.values() for mail in mails):
                if mail["To"] == [email] and mail["Subject"] == subject:
                    lines: list[str] = mail["BodyText"].splitlines()
                    return next(line for line in lines if len(line) == 64)
            return None

        token = eventually(find)
        self.secrets.add(token)
        return token


def live(person: Person) -> str:
    """The user's id."""
    send = person.send
    account = {"username": USERNAME, "password": OLD, "email": EMAIL}
    user_id: str = send("POST", "/register", 201, json=account)["id"]
    send("POST", "/register", 400, json=account)
    _log_in_and_out(person)
    _recover(person)
    _take_two_steps(person)
    _go_wrong(person)
    send("DELETE", "/users/me", 400, json={"password": WRONG})
    send("DELETE", "/users/me", 204, json={"password": NEW})
    send("POST", "/password-recovery", 202, json={"email": LATER_EMAIL})
    return user_id


def _log_in_and_out(person: Person) -> None:
    send = person.send
    person.log_in(WRONG, 401)
    first = person.log_in(OLD)["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": first}
    second = person.keep(send("POST", "/token", 200, data=form))["refresh_token"]
    person.keep(send("POST", "/token", 200, data=form | {"refresh_token": second}))
    send("POST", "/token", 400, data=form)  # a second use: the session ends
    send("GET", "/users/me", 401)
    tokens = person.log_in(OLD)
    new = {"name": "Script", "scopes": ["account:read", "tasks:write"], "current_password": OLD}
    send("POST", "/users/me/tokens", 400, json=new | {"current_password": WRONG})
    script = person.keep(send("POST", "/users/me/tokens", 201, json=new))
    person.use(script["token"])
    send("GET", "/users/me", 200)
    send("POST", "/tasks", 201, json={"title": "Buy milk"})
    send("GET", "/tasks", 403)
    person.use(script["token"][:-1] + "x")
    send("GET", "/users/me", 401)
    person.use(tokens["access_token"])
    feed = send("POST", "/calendar/feeds", 201, json={"name": "Feed", "current_password": OLD})
    person.reads_calendar(urlsplit(feed["url"]).path)
    send("POST", "/token/revoke", 200, data={"token": script["token"]})
    send("POST", "/token/revoke", 200, data={"token": tokens["refresh_token"]})


def _recover(person: Person) -> None:
    send = person.send
    for email in (NOBODYS_EMAIL, EMAIL):
        send("POST", "/password-recovery", 202, json={"email": email})
    reset = {"token": person.mailed(EMAIL, "Set a new password"), "new_password": NEW}
    send("POST", "/password-reset", 204, json=reset)
    send("POST", "/password-reset", 400, json=reset)
    person.log_in(NEW)
    send("PATCH", "/users/me", 400, json={"email": LATER_EMAIL, "current_password": WRONG})
    send("PATCH", "/users/me", 200, json={"email": LATER_EMAIL, "current_password": NEW})
    send("POST", "/users/me/email/verification", 202)
    proof = {"token": person.mailed(LATER_EMAIL, "Confirm your e-mail address")}
    send("POST", "/email/verify", 204, json=proof)
    person.log_in(NEW)


def _take_two_steps(person: Person) -> None:
    send = person.send
    secret = person.keep(send("POST", "/users/me/mfa/totp", 200, json={"password": NEW}))["secret"]
    otp = TOTP(secret).now()
    codes = send("POST", "/users/me/mfa/totp/confirm", 200, json={"otp": otp})["recovery_codes"]
    person.secrets |= {*codes, codes[0].replace("-", "")}
    person.log_in(NEW, 401)
    person.log_in(NEW, 400, otp=otp)
    person.log_in(NEW, otp=codes[0])
    person.log_in(NEW, 400, otp=codes[0])
    send("DELETE", "/users/me/mfa/totp", 204, json={"password": NEW, "otp": codes[1]})


def _go_wrong(person: Person) -> None:
    send = person.send
    send("POST", "/register", 422, json={"username": "x", "password": NEW, "email": EMAIL})
    send("POST", "/register", 422, content=f'{{"password": "{NEW}"', headers=JSON)
    send("POST", "/token", 415, json={"password": NEW})
    send("PATCH", "/users/me", 422, json={"password": NEW, "unknown": LATER_EMAIL})
    send("GET", "/users/me/security-log?cursor=made-up", 422)
    send("GET", "/users/me/export", 200)


@pytest.fixture
def api_log(tmp_path: Path) -> Iterator[IO[bytes]]:
    with (tmp_path / "api.log").open("w+b") as log:
        yield log


def cloudwatch(logs: Any) -> Iterator[str]:
    """What the functions wrote."""
    for group in logs.describe_log_groups()["logGroups"]:
        name = group["logGroupName"]
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=name):
            yield from (event["message"] for event in page["events"])


def leaks(secrets: set[str], log: str) -> list[str]:
    """Those that are in it in some spelling."""
    lowered = log.lower()
    return [
        secret
        for secret in sorted(secrets)
        if any(
            form.lower() in lowered for form in (secret, quote(secret), json.dumps(secret)[1:-1])
        )
    ]


@pytest.fixture
def purged(aws_client: Callable[[str], Any]) -> Callable[[str], bool]:
    """Whether nothing of a user is left."""
    dynamodb = aws_client("dynamodb")

    def count(table: str, user_id: str) -> int:
        found = dynamodb.query(
            TableName=table,
            KeyConditionExpression="pk = :owner",
            ExpressionAttributeValues={":owner": {"S": f"USER#{user_id}"}},
            Select="COUNT",
        )
        return int(found["Count"])

    return lambda user_id: not count("DataTable", user_id) + count("EphemeralTable", user_id)


@pytest.mark.deep
def test_no_log_holds_a_secret(
    embedded_aws: Embedded,
    aws_client: Callable[[str], Any],
    api_log: IO[bytes],
    purged: Callable[[str], bool],
) -> None:
    with listen(LOOPBACK, 0, variable="PORT") as bound:
        api = Api(environment=embedded_aws.environment(), bound=bound, log=api_log)
        try:
            api.wait()
            with Person.of(url_of(bound), embedded_aws) as person:
                user_id = live(person)
            eventually(lambda: purged(user_id))
        finally:
            api.stop()
    api_log.seek(0)
    logs = {
        "the API": api_log.read().decode(),
        "the embedded AWS": embedded_aws._log.read_text(),
        "the functions": "\n".join(cloudwatch(aws_client("logs"))),
    }
    # They are the right ones.
    assert '"POST /password-reset HTTP/1.1" 204' in logs["the API"]
    assert "SendMailsFunction" in logs["the embedded AWS"]
    assert "START RequestId" in logs["the functions"]
    assert len(person.secrets) == SECRETS
    assert [(name, leak) for name, log in logs.items() for leak in leaks(person.secrets, log)] == []


@pytest.mark.parametrize("spelling", ["a+b@example.com", "A+B@EXAMPLE.com", "a%2Bb%40example.com"])
def test_a_leak_would_be_seen(spelling: str) -> None:
    assert leaks({"a+b@example.com", NEW}, f"sent to <{spelling}>") == ["a+b@example.com"]
