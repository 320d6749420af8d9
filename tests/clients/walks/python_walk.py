"""What a user of openapi-python-client writes."""

import os

from errand_client import AuthenticatedClient, Client
from errand_client.api.accounts import register
from errand_client.api.sessions import log_in
from errand_client.api.tasks import create_task, list_tasks, patch_task
from errand_client.models.problem import Problem
from errand_client.models.problem_code import ProblemCode
from errand_client.models.registration import Registration
from errand_client.models.task import Task
from errand_client.models.task_create import TaskCreate
from errand_client.models.task_update import TaskUpdate
from errand_client.models.token import Token
from errand_client.models.token_request import TokenRequest
from errand_client.models.user import User

NAME, PASSWORD = "openapi-python-client", "correct horse battery"


def walk(base_url: str) -> None:
    anybody = Client(base_url=base_url)
    new = Registration(username=NAME, password=PASSWORD)
    user = register.sync(client=anybody, body=new)
    assert isinstance(user, User)
    assert user.username == NAME

    refused = list_tasks.sync(client=AuthenticatedClient(base_url=base_url, token="none"))
    assert isinstance(refused, Problem)
    assert refused.code is ProblemCode.INVALID_TOKEN

    token = log_in.sync(client=anybody, body=TokenRequest(username=NAME, password=PASSWORD))
    assert isinstance(token, Token)
    client = AuthenticatedClient(base_url=base_url, token=token.access_token)

    task = create_task.sync(
        client=client, body=TaskCreate(title="Buy milk"), idempotency_key="walk"
    )
    assert isinstance(task, Task)
    assert task.links == []

    tasks = list_tasks.sync(client=client, limit=5)
    assert isinstance(tasks, list)
    assert [one.title for one in tasks] == ["Buy milk"]

    # As it was read, but for what changes.
    update = TaskUpdate.from_dict({**task.to_dict(), "completed": True})
    updated = patch_task.sync(task.id, client=client, body=update, if_match='"1"')
    assert isinstance(updated, Task)
    assert updated.completed
    assert updated.version == 2


walk(os.environ["ERRAND_URL"])
