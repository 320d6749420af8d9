"""What a browser is told of a reminder."""

import json

from errand.codecs import instant
from errand.events.schema import EventType
from errand.reminding.requests import TimeToRemind
from errand.tasks.model import Task


def payload(when: TimeToRemind, task: Task) -> bytes:
    """`id`: the same if it comes twice; `url`: the path of the task's page in the web client."""
    told = {
        "type": EventType.REMINDER_DUE,
        "id": when.name,
        "task_id": task.id,
        "title": task.title,
        "at": instant(when.at),
        "url": f"/tasks/{task.id}",
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
