"""Peer (d), the floor: a handler, json and botocore's client; nothing is validated."""

import json
import os
import uuid
from datetime import UTC, datetime
from typing import Any

import botocore.session
import jwt

SECRET_KEY = os.environ["SECRET_KEY"]
TASKS_TABLE = os.environ["TASKS_TABLE"]

dynamodb: Any = botocore.session.get_session().create_client("dynamodb")


def to_task(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "task_id": item["task_id"]["S"],
        "title": item["title"]["S"],
        "description": item["description"]["S"] if "description" in item else None,
        "due_date": item["due_date"]["S"] if "due_date" in item else None,
        "links": [link["S"] for link in item["links"]["L"]],
        "completed": item["completed"]["BOOL"],
        "completed_at": item["completed_at"]["S"] if "completed_at" in item else None,
        "created_at": item["created_at"]["S"],
        "updated_at": item["updated_at"]["S"],
        "version": int(item["version"]["N"]),
    }


def list_tasks(user_id: str, event: dict[str, Any]) -> tuple[int, Any]:
    answer = dynamodb.query(
        TableName=TASKS_TABLE,
        KeyConditionExpression="user_id = :user",
        ExpressionAttributeValues={":user": {"S": user_id}},
        Limit=int(event.get("queryStringParameters", {}).get("limit", 10)),
        ScanIndexForward=False,
        ConsistentRead=True,
    )
    return 200, [to_task(item) for item in answer["Items"]]


def create_task(user_id: str, event: dict[str, Any]) -> tuple[int, Any]:
    new = json.loads(event["body"])
    now = datetime.now(UTC).isoformat()
    item: dict[str, Any] = {
        "user_id": {"S": user_id},
        "task_id": {"S": str(uuid.uuid4())},
        "title": {"S": new["title"]},
        "links": {"L": [{"S": link} for link in new.get("links", [])]},
        "completed": {"BOOL": new.get("completed", False)},
        "created_at": {"S": now},
        "updated_at": {"S": now},
        "version": {"N": "1"},
    }
    for name in ("description", "due_date"):
        if new.get(name) is not None:
            item[name] = {"S": new[name]}
    if new.get("completed"):
        item["completed_at"] = {"S": now}
    dynamodb.put_item(
        TableName=TASKS_TABLE, Item=item, ConditionExpression="attribute_not_exists(task_id)"
    )
    return 201, to_task(item)


ROUTES = {("GET", "/tasks"): list_tasks, ("POST", "/tasks"): create_task}


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    status: int
    content: Any
    route = ROUTES.get((event["requestContext"]["http"]["method"], event["rawPath"]))
    if route is None:
        status, content = 404, {"message": "Not Found"}
    else:
        try:
            token = event["headers"].get("authorization", "").removeprefix("Bearer ")
            claims = jwt.decode(token, SECRET_KEY, algorithms=["HS256"], audience="errand")
        except jwt.InvalidTokenError:
            status, content = 401, {"message": "Unauthorized"}
        else:
            status, content = route(claims["sub"], event)
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(content),
    }
