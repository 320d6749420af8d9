"""What the database holds and what is asked of it: the same for everybody, each under its names."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any
from zlib import crc32

import jwt

REGION = "eu-central-1"
HOSTS = f"*.{REGION}.amazonaws.com"
TASKS = 25

_USER = "06h04o2vndpa700bqsem70d6f8"
_SESSION = "06h08q0rf9qcv4e83s3ndg2tl4"
# Of all that bear tokens here: what differs is the number of `new_tokens`.
_ANY_USER, _ANY_SESSION = f"{_USER[:20]}\\w{{5}}8", f"{_SESSION[:20]}\\w{{5}}4"
_SCOPES = "account:read account:write tasks:read tasks:write"
_KEY = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
_DATA_TABLE, _EPHEMERAL_TABLE = "errand-data", "errand-ephemeral"
_TASKS_TABLE, _USERS_TABLE = "tutorial-tasks", "tutorial-users"
_HASH = (
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA"
    "$RdescudvJCsgt3ub+b0Cm9GRUQH2DCZPcyQHm2UZ0eU"
)
_FAR = 4_102_444_800  # 2100-01-01, in seconds: token and session outlive every run
_EVENTS = Path(__file__).parents[2] / "events"
_FIRST = datetime(2026, 11, 22, 8, 30, 0, 123000, UTC)

_TITLES = (
    "Renew the passport before the trip",
    "Book a table for eight on Friday",
    "Send the signed lease to the landlord",
    "Buy milk",
    "Prepare slides for the quarterly review",
    "Water the plants on the balcony",
    "Call the dentist about Tuesday",
)
_DESCRIPTIONS = (
    "Two photographs are needed, and the old one has to be handed in at the counter.",
    None,
    "Ask for a quiet corner; Ada cannot eat nuts: the café wants to know that a day ahead.",
    "Figures up to October only, the rest comes from the controllers on Monday morning.",
    None,
)
_LINKS = (
    (),
    ("https://example.com/appointments?office=12&service=passport",),
    (),
    ("https://docs.example.com/d/1q2w3e4r5t/edit", "https://example.com/review/2026-q3"),
)

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
    "AWS_LAMBDA_FUNCTION_NAME": "errand-benchmark",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_LAMBDA_LOG_FORMAT": "JSON",
    "AWS_REGION": REGION,
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "IQoJb3JpZ2luX2VjEXAMPLE" * 16,
    "ERRAND_DATA_TABLE": _DATA_TABLE,
    "ERRAND_LOG_TABLE": "errand-log",
    "ERRAND_EPHEMERAL_TABLE": _EPHEMERAL_TABLE,
    "ERRAND_APP_URL": "",
    "ERRAND_PUBLIC_URL": "",
    "ERRAND_EVENT_BUS": "errand",
    "ERRAND_CHANGE_DEAD_LETTERS_URL": "https://sqs.eu-central-1.amazonaws.com/123456789012/ChangeDeadLetters",
    "ERRAND_MAIL_FROM": "errand@example.com",
    "ERRAND_MAIL_CONFIGURATION_SET": "errand",
    "ERRAND_PURGE_QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/123456789012/purge",
    "ERRAND_SIGNING_SECRET": "errand-signing",
    "SECRET_KEY": _KEY,
    "TASKS_TABLE": _TASKS_TABLE,
    "USERS_TABLE": _USERS_TABLE,
}


@dataclass(frozen=True)
class Answer:
    """To requests to `target` that `pattern` is found in; `body` is about one user and session."""

    target: str
    pattern: str
    body: str

    def is_to(self, target: str, request: str) -> bool:
        return target == self.target and re.search(self.pattern, request) is not None

    def to(self, request: str) -> tuple[dict[str, str], bytes]:
        """Headers and body, about the user and the session that are asked for."""
        text = self.body
        for known, asked in ((_USER, _ANY_USER), (_SESSION, f"(?<=SESSION#){_ANY_SESSION}")):
            if found := re.search(asked, request):
                text = text.replace(known, found[0])
        body = text.encode()
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "Content-Length": str(len(body)),
            "Connection": "keep-alive",
            "x-amzn-RequestId": "0D9N4O3K2J1H0G9F8E7D6C5B4AVV4KQNSO5AEMVJF66Q9ASUAAJG",
        }
        if self.target.startswith("DynamoDB"):
            headers["x-amz-crc32"] = str(crc32(body))
        return headers, body


def answers() -> list[Answer]:
    """In the order of search."""
    secret = json.dumps({"kid": "1", "key": _KEY})
    found = [
        ("DynamoDB_20120810.Query", f"USER#{_ANY_USER}", _page(_our_task, TASKS + 1)),
        ("DynamoDB_20120810.Query", _TASKS_TABLE, _page(_their_task, TASKS)),
        ("DynamoDB_20120810.Query", "", {"Count": 0, "Items": [], "ScannedCount": 0}),
        ("DynamoDB_20120810.BatchGetItem", f"SESSION#{_ANY_SESSION}", _our_session()),
        ("DynamoDB_20120810.GetItem", _USERS_TABLE, {"Item": _their_user()}),
        ("DynamoDB_20120810.GetItem", "IDENTITY#email#", {"Item": {"uid": {"S": _USER}}}),
        ("DynamoDB_20120810.GetItem", f"USER#{_ANY_USER}", {"Item": _our_account()}),
        ("DynamoDB_20120810.GetItem", "", {}),
        ("DynamoDB_20120810.PutItem", "", {}),
        ("DynamoDB_20120810.UpdateItem", "THROTTLE#writes#", {"Attributes": _our_counter()}),
        ("secretsmanager.GetSecretValue", "", {"Name": "errand-signing", "SecretString": secret}),
        ("AWSEvents.PutEvents", "", {"Entries": [{"EventId": "1"}], "FailedEntryCount": 0}),
        ("v2/email/outbound-emails", "", {"MessageId": "1"}),
    ]
    return [
        # As DynamoDB writes it: no blanks, UTF-8.
        Answer(target, pattern, json.dumps(body, separators=(",", ":"), ensure_ascii=False))
        for target, pattern, body in found
    ]


def titles(event: str) -> list[str]:
    """Of the tasks in the right answer."""
    if event == "page":
        return [_task(number)["title"] for number in range(TASKS)]
    return [json.loads(_read("api-task-create")["body"])["title"]]


def events() -> dict[str, Any]:
    """One for each kind of call, by name."""
    create = _read("api-task-create")
    # Everybody answers plain: what gzip takes, and saves, is in docs/cost.md.
    del create["headers"]["idempotency-key"], create["headers"]["accept-encoding"]
    create["headers"]["authorization"] = _bearer(_USER, _SESSION)
    create["headers"]["content-length"] = str(len(create["body"].encode()))
    page: dict[str, Any] = json.loads(json.dumps(create))
    page |= {"rawQueryString": f"limit={TASKS}", "queryStringParameters": {"limit": str(TASKS)}}
    page["requestContext"]["http"]["method"] = "GET"
    page["headers"]["content-length"] = "0"
    del page["body"], page["headers"]["content-type"]
    records = _read("stream-changes")["Records"]
    task = next(
        record for record in records if record["dynamodb"]["NewImage"]["k"]["S"].startswith("TASK#")
    )
    purge = _read("purge-account")
    # Somebody who is not the one that has tasks here.
    purge["Records"][0]["body"] = purge["Records"][0]["body"].replace(_USER, f"{_USER[:-1]}c")
    description: dict[str, Any] = json.loads(json.dumps(page))
    description |= {"rawPath": "/openapi.json", "rawQueryString": "", "queryStringParameters": {}}
    description["requestContext"]["http"]["path"] = "/openapi.json"
    return {
        "page": page,
        "create": create,
        "openapi": description,
        "changes": {"Records": [task]},
        "purge": purge,
        "mail": _read("mail-recovery"),
    }


def _read(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((_EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event


def new_tokens() -> Iterator[str]:
    """Values of `Authorization` without end, each of another user and another session."""
    return (_bearer(f"{_USER[:20]}{n:05}8", f"{_SESSION[:20]}{n:05}4") for n in count())


def _bearer(user: str, session: str) -> str:
    claims = {
        "iss": "errand",
        "aud": "errand",
        "sub": user,
        "sid": session,
        "scope": _SCOPES,
        "iat": int(_FIRST.timestamp()),
        "exp": _FAR,
        "jti": sha256(session.encode()).hexdigest()[:32],
    }
    return f"Bearer {jwt.encode(claims, _KEY, 'HS256', headers={'kid': '1'})}"


def _page(task: Any, size: int) -> dict[str, Any]:
    items = [task(number) for number in range(size)]
    keys = [name for name in ("pk", "sk", "user_id", "task_id") if name in items[-1]]
    # DynamoDB stopped at the limit, and does not know that there is nothing behind it.
    last = {name: items[-1][name] for name in keys}
    return {"Count": size, "Items": items, "LastEvaluatedKey": last, "ScannedCount": size}


def _our_task(number: int) -> dict[str, Any]:
    task = _task(number)
    head = {
        "t": {"S": task["title"]},
        "ca": _milliseconds(task["created"]),
        "ua": _milliseconds(task["updated"]),
        "v": {"N": task["version"]},
    }
    if task["description"]:
        head["d"] = {"S": task["description"]}
    if task["due"]:
        head["du"] = {"S": task["due"]}
    if task["links"]:
        head["l"] = {"L": [{"S": link} for link in task["links"]]}
    if task["completed"]:
        head["cd"] = _milliseconds(task["updated"])
    return {
        "pk": {"S": f"USER#{_USER}"},
        "sk": {"S": f"TASK#{task['id']}"},
        "h": {"M": head},
        "vs": {"S": f"{'c' if task['completed'] else 'o'}{task['id']}"},
    }


def _their_task(number: int) -> dict[str, Any]:
    task = _task(number)
    item = {
        "user_id": {"S": _USER},
        "task_id": {"S": task["id"]},
        "title": {"S": task["title"]},
        "links": {"L": [{"S": link} for link in task["links"]]},
        "completed": {"BOOL": task["completed"]},
        "created_at": _text(task["created"]),
        "updated_at": _text(task["updated"]),
        "version": {"N": task["version"]},
    }
    if task["description"]:
        item["description"] = {"S": task["description"]}
    if task["due"]:
        item["due_date"] = {"S": task["due"]}
    if task["completed"]:
        item["completed_at"] = _text(task["updated"])
    return item


def _task(number: int) -> dict[str, Any]:
    created = _FIRST - timedelta(hours=7 * number)
    return {
        "id": f"06h08q0rf9qcv4e83s3ndg{TASKS - number:03}8",
        "title": _TITLES[number % len(_TITLES)],
        "description": _DESCRIPTIONS[number % len(_DESCRIPTIONS)],
        "due": f"2026-12-{number + 1:02}" if number % 3 else None,
        "links": _LINKS[number % len(_LINKS)],
        "completed": number % 4 == 3,
        "created": created,
        "updated": created + timedelta(minutes=number),
        "version": str(1 + number % 3),
    }


def _our_session() -> dict[str, Any]:
    """And the account, which is read together with it."""
    session = {
        "pk": {"S": f"USER#{_USER}"},
        "sk": {"S": f"SESSION#{_SESSION}"},
        "sc": {"S": _SCOPES},
        "dn": {"S": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
        "ip": {"S": "203.0.113.7"},
        "sd": {"S": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="},
        "h": {"S": _KEY},
        "ca": {"N": str(_FAR * 1000)},
        "lu": {"N": str(_FAR * 1000)},
        "expires_at": {"N": str(_FAR)},
    }
    found = {_DATA_TABLE: [_our_account()], _EPHEMERAL_TABLE: [session]}
    return {"Responses": found, "UnprocessedKeys": {}}


def _our_account() -> dict[str, Any]:
    return {
        "pk": {"S": f"USER#{_USER}"},
        "sk": {"S": "ACCOUNT"},
        "ak": {"S": "ACCOUNT"},
        "un": {"S": "ada"},
        "em": {"S": "ada@example.com"},
        "ph": {"S": _HASH},
        "ca": _milliseconds(_FIRST),
        "ua": _milliseconds(_FIRST),
        "v": {"N": "1"},
    }


def _our_counter() -> dict[str, Any]:
    """Of writes: told every so many, and far from the limit."""
    return {
        "pk": {"S": f"THROTTLE#writes#{_USER}#1"},
        "sk": {"S": "THROTTLE"},
        "n": {"N": "50"},
        "at": _milliseconds(_FIRST),
        "expires_at": {"N": str(_FAR)},
    }


def _their_user() -> dict[str, Any]:
    return {
        "user_id": {"S": _USER},
        "username": {"S": "ada"},
        "password_hash": {"S": _HASH},
        "disabled": {"BOOL": False},
    }


def _milliseconds(instant: datetime) -> dict[str, str]:
    return {"N": str(int(instant.timestamp() * 1000))}


def _text(instant: datetime) -> dict[str, str]:
    """As PynamoDB writes it, and as everybody can read it."""
    return {"S": instant.strftime("%Y-%m-%dT%H:%M:%S.%f%z")}
