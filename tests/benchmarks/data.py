"""What the database holds and what is asked of it: the same for everybody, each under its names."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt

REGION = "eu-central-1"
TASKS = 25

_USER = "06h04o2vndpa700bqsem70d6f8"
_SESSION = "06h08q0rf9qcv4e83s3ndg2tl4"
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
    "ERRAND_EPHEMERAL_TABLE": _EPHEMERAL_TABLE,
    "ERRAND_APP_URL": "",
    "ERRAND_EVENT_BUS": "errand",
    "ERRAND_MAIL_FROM": "errand@example.com",
    "ERRAND_PURGE_QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/123456789012/purge",
    "ERRAND_SIGNING_SECRET": "errand-signing",
    "SECRET_KEY": _KEY,
    "TASKS_TABLE": _TASKS_TABLE,
    "USERS_TABLE": _USERS_TABLE,
}


def answers() -> list[dict[str, str]]:
    """In the order of search: each answers requests to its target that contain its text."""
    secret = json.dumps({"kid": "1", "key": _KEY})
    found = [
        ("DynamoDB_20120810.Query", f"USER#{_USER}", _page(_our_task, TASKS + 1)),
        ("DynamoDB_20120810.Query", _TASKS_TABLE, _page(_their_task, TASKS)),
        ("DynamoDB_20120810.Query", "", {"Count": 0, "Items": [], "ScannedCount": 0}),
        ("DynamoDB_20120810.BatchGetItem", f"SESSION#{_SESSION}", _our_session()),
        ("DynamoDB_20120810.GetItem", _USERS_TABLE, {"Item": _their_user()}),
        ("DynamoDB_20120810.GetItem", "IDENTITY#email#", {"Item": {"uid": {"S": _USER}}}),
        ("DynamoDB_20120810.GetItem", f"USER#{_USER}", {"Item": _our_account()}),
        ("DynamoDB_20120810.GetItem", "", {}),
        ("DynamoDB_20120810.PutItem", "", {}),
        ("secretsmanager.GetSecretValue", "", {"Name": "errand-signing", "SecretString": secret}),
        ("AWSEvents.PutEvents", "", {"Entries": [{"EventId": "1"}], "FailedEntryCount": 0}),
        ("v2/email/outbound-emails", "", {"MessageId": "1"}),
    ]
    return [
        # As DynamoDB writes it: no blanks, UTF-8.
        {
            "target": target,
            "contains": contains,
            "body": json.dumps(body, separators=(",", ":"), ensure_ascii=False),
        }
        for target, contains, body in found
    ]


def titles(event: str) -> list[str]:
    """Of the tasks in the right answer."""
    if event == "page":
        return [_task(number)["title"] for number in range(TASKS)]
    return [json.loads(_read("api-task-create")["body"])["title"]]


def events() -> dict[str, Any]:
    """One for each kind of call, by name."""
    create = _read("api-task-create")
    del create["headers"]["idempotency-key"]
    create["headers"]["authorization"] = f"Bearer {_token()}"
    create["headers"]["content-length"] = str(len(create["body"].encode()))
    page: dict[str, Any] = json.loads(json.dumps(create))
    page |= {"rawQueryString": f"limit={TASKS}", "queryStringParameters": {"limit": str(TASKS)}}
    page["requestContext"]["http"]["method"] = "GET"
    page["headers"]["content-length"] = "0"
    del page["body"], page["headers"]["content-type"]
    records = _read("stream-changes")["Records"]
    task = next(
        record
        for record in records
        if record["eventName"] == "INSERT"
        and record["dynamodb"]["Keys"]["sk"]["S"].startswith("TASK#")
    )
    purge = _read("purge-account")
    # Somebody who is not the one that has tasks here.
    purge["Records"][0]["body"] = purge["Records"][0]["body"].replace(_USER, f"{_USER[:-1]}c")
    return {
        "page": page,
        "create": create,
        "changes": {"Records": [task]},
        "purge": purge,
        "mail": _read("mail-recovery"),
    }


def _read(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((_EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event


def _token() -> str:
    claims = {
        "iss": "errand",
        "aud": "errand",
        "sub": _USER,
        "sid": _SESSION,
        "scope": _SCOPES,
        "iat": int(_FIRST.timestamp()),
        "exp": _FAR,
        "jti": "5f0d7c1e6a2b4c3d9e8f0a1b2c3d4e5f",
    }
    return jwt.encode(claims, _KEY, "HS256", headers={"kid": "1"})


def _page(task: Any, count: int) -> dict[str, Any]:
    items = [task(number) for number in range(count)]
    keys = [name for name in ("pk", "sk", "user_id", "task_id") if name in items[-1]]
    # DynamoDB stopped at the limit, and does not know that there is nothing behind it.
    last = {name: items[-1][name] for name in keys}
    return {"Count": count, "Items": items, "LastEvaluatedKey": last, "ScannedCount": count}


def _our_task(number: int) -> dict[str, Any]:
    task = _task(number)
    item = {
        "pk": {"S": f"USER#{_USER}"},
        "sk": {"S": f"TASK#{task['id']}"},
        "t": {"S": task["title"]},
        "ca": _milliseconds(task["created"]),
        "ua": _milliseconds(task["updated"]),
        "v": {"N": task["version"]},
        "vs": {"S": f"{'c' if task['completed'] else 'o'}{task['id']}"},
    }
    if task["description"]:
        item["d"] = {"S": task["description"]}
    if task["due"]:
        item["du"] = {"S": task["due"]}
    if task["links"]:
        item["l"] = {"L": [{"S": link} for link in task["links"]]}
    if task["completed"]:
        item["cd"] = _milliseconds(task["updated"])
    return item


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
