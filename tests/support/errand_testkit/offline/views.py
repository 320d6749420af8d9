"""Tasks as a person sees them who has acted on what is not sent yet."""

from typing import Any

from errand_testkit.offline.state import State
from errand_testkit.offline.transport import Command

type Tasks = dict[str, dict[str, Any]]


def shown(state: State) -> Tasks:
    """What the copy has, and on it what waits, in its order."""
    tasks: Tasks = {task["id"]: dict(task) for task in state.copy.of("task")}
    for command in state.outbox:
        _apply(tasks, state.resolved(command))
    return tasks


def _apply(tasks: Tasks, command: Command) -> None:
    """As far as it can be known here: when something is due again the server tells."""
    _, of, *rest = command["path"].split("/")
    if of != "tasks":
        return
    if not rest:
        tasks[command["temp_id"]] = {"id": command["temp_id"], **command["body"]}
    elif command["method"] == "DELETE" and len(rest) == 1:
        tasks.pop(rest[0], None)
    elif command["method"] == "PATCH" and rest[0] in tasks:
        tasks[rest[0]] |= command["body"]
