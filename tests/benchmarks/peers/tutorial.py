"""Peer (a): FastAPI, Mangum and PynamoDB as tutorials put them together."""

import os
import uuid
from datetime import UTC, date, datetime
from typing import Annotated, ClassVar

import jwt
from fastapi import Depends, FastAPI, HTTPException, Query, status
from fastapi.security import OAuth2PasswordBearer
from mangum import Mangum
from passlib.context import CryptContext
from pydantic import BaseModel, ConfigDict, Field, HttpUrl
from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.models import Model

SECRET_KEY = os.environ["SECRET_KEY"]
ALGORITHM = "HS256"

password_context = CryptContext(schemes=["argon2"], deprecated="auto")
oauth2_scheme = OAuth2PasswordBearer(tokenUrl="token")


class UserModel(Model):
    class Meta:
        table_name = os.environ["USERS_TABLE"]
        region = os.environ["AWS_REGION"]

    user_id = UnicodeAttribute(hash_key=True)
    username = UnicodeAttribute()
    password_hash = UnicodeAttribute()
    disabled = BooleanAttribute(default=False)


class TaskModel(Model):
    class Meta:
        table_name = os.environ["TASKS_TABLE"]
        region = os.environ["AWS_REGION"]

    user_id = UnicodeAttribute(hash_key=True)
    task_id = UnicodeAttribute(range_key=True)
    title = UnicodeAttribute()
    description = UnicodeAttribute(null=True)
    due_date = UnicodeAttribute(null=True)
    links = ListAttribute(of=UnicodeAttribute, default=list)
    completed = BooleanAttribute(default=False)
    completed_at = UTCDateTimeAttribute(null=True)
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()
    version = NumberAttribute(default=1)


class TaskCreate(BaseModel):
    title: str = Field(min_length=3, max_length=200)
    description: str | None = Field(default=None, max_length=5000)
    due_date: date | None = None
    links: list[HttpUrl] = Field(default=[], max_length=20)
    completed: bool = False


class TaskOut(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(from_attributes=True)

    task_id: str
    title: str
    description: str | None
    due_date: date | None
    links: list[str]
    completed: bool
    completed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


app = FastAPI(title="Tasks")


def current_user(token: Annotated[str, Depends(oauth2_scheme)]) -> UserModel:
    try:
        claims = jwt.decode(token, SECRET_KEY, algorithms=[ALGORITHM], audience="errand")
        user = UserModel.get(claims["sub"])
    except (jwt.InvalidTokenError, UserModel.DoesNotExist):
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED,
            detail="Could not validate credentials",
            headers={"WWW-Authenticate": "Bearer"},
        ) from None
    if user.disabled:
        raise HTTPException(status.HTTP_400_BAD_REQUEST, detail="Inactive user")
    return user


CurrentUser = Annotated[UserModel, Depends(current_user)]


@app.get("/tasks", response_model=list[TaskOut])
def list_tasks(
    user: CurrentUser, limit: Annotated[int, Query(ge=1, le=100)] = 10
) -> list[TaskModel]:
    return list(
        TaskModel.query(user.user_id, limit=limit, scan_index_forward=False, consistent_read=True)
    )


@app.post("/tasks", response_model=TaskOut, status_code=status.HTTP_201_CREATED)
def create_task(user: CurrentUser, new: TaskCreate) -> TaskModel:
    now = datetime.now(UTC)
    task = TaskModel(
        user.user_id,
        str(uuid.uuid4()),
        title=new.title,
        description=new.description,
        due_date=new.due_date.isoformat() if new.due_date else None,
        links=[str(link) for link in new.links],
        completed=new.completed,
        completed_at=now if new.completed else None,
        created_at=now,
        updated_at=now,
    )
    task.save(TaskModel.task_id.does_not_exist())
    return task


handler = Mangum(app)
