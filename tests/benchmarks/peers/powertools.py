"""Peer (c): the resolver of aws-lambda-powertools with validation, and boto3's client."""

import os
import uuid
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Annotated, Any

import boto3
import jwt
from aws_lambda_powertools.event_handler import (  # type: ignore[import-not-found] # only packed
    APIGatewayHttpResolver,
    Response,
)
from aws_lambda_powertools.event_handler.exceptions import (  # type: ignore[import-not-found]
    UnauthorizedError,
)
from aws_lambda_powertools.event_handler.openapi.params import (  # type: ignore[import-not-found]
    Query,
)
from pydantic import BaseModel, Field, HttpUrl

SECRET_KEY = os.environ["SECRET_KEY"]
TASKS_TABLE = os.environ["TASKS_TABLE"]

app = APIGatewayHttpResolver(enable_validation=True)
dynamodb = boto3.client("dynamodb")


class TaskCreate(BaseModel):
    title: Annotated[str, Field(min_length=3, max_length=200)]
    description: Annotated[str | None, Field(max_length=5000)] = None
    due_date: date | None = None
    links: Annotated[list[HttpUrl], Field(max_length=20)] = []
    completed: bool = False


class Task(BaseModel):
    task_id: str
    title: str
    description: str | None = None
    due_date: date | None = None
    links: list[str] = []
    completed: bool
    completed_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    version: int


def current_user() -> str:
    scheme, _, token = app.current_event.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise UnauthorizedError("Could not validate credentials")
    try:
        claims = jwt.decode(token, SECRET_KEY, algorithms=["HS256"], audience="errand")
    except jwt.InvalidTokenError:
        raise UnauthorizedError("Could not validate credentials") from None
    user_id: str = claims["sub"]
    return user_id


def to_task(item: dict[str, Any]) -> Task:
    return Task(
        task_id=item["task_id"]["S"],
        title=item["title"]["S"],
        description=item["description"]["S"] if "description" in item else None,
        due_date=item["due_date"]["S"] if "due_date" in item else None,
        links=[link["S"] for link in item["links"]["L"]],
        completed=item["completed"]["BOOL"],
        completed_at=item["completed_at"]["S"] if "completed_at" in item else None,
        created_at=item["created_at"]["S"],
        updated_at=item["updated_at"]["S"],
        version=int(item["version"]["N"]),
    )


@app.get("/tasks")  # type: ignore[untyped-decorator]
def list_tasks(limit: Annotated[int, Query(ge=1, le=100)] = 10) -> list[Task]:
    answer = dynamodb.query(
        TableName=TASKS_TABLE,
        KeyConditionExpression="user_id = :user",
        ExpressionAttributeValues={":user": {"S": current_user()}},
        Limit=limit,
        ScanIndexForward=False,
        ConsistentRead=True,
    )
    return [to_task(item) for item in answer["Items"]]


@app.post("/tasks")  # type: ignore[untyped-decorator]
def create_task(new: TaskCreate) -> Response[Task]:
    now = datetime.now(UTC).isoformat()
    item: dict[str, Any] = {
        "user_id": {"S": current_user()},
        "task_id": {"S": str(uuid.uuid4())},
        "title": {"S": new.title},
        "links": {"L": [{"S": str(link)} for link in new.links]},
        "completed": {"BOOL": new.completed},
        "created_at": {"S": now},
        "updated_at": {"S": now},
        "version": {"N": "1"},
    }
    if new.description is not None:
        item["description"] = {"S": new.description}
    if new.due_date is not None:
        item["due_date"] = {"S": new.due_date.isoformat()}
    if new.completed:
        item["completed_at"] = {"S": now}
    dynamodb.put_item(
        TableName=TASKS_TABLE, Item=item, ConditionExpression="attribute_not_exists(task_id)"
    )
    return Response(
        status_code=HTTPStatus.CREATED, content_type="application/json", body=to_task(item)
    )


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    answer: dict[str, Any] = app.resolve(event, context)
    return answer
