"""Which changes of the log are of what is searched."""

from errand.errors import MalformedRecord
from errand.history.changes import Action, Change
from errand.storage.kinds import COMMENT, TASK

# Attributes of a task: title, description, labels, when it was completed. A task that is moved, or
# due at another time, is found as before.
_SEARCHED = frozenset({"t", "d", "lb", "cd"})


def searched(change: Change) -> str | None:
    """The id of the task that is to be looked at, None if none is. Raises MalformedRecord."""
    kind = change.kind_of_record
    if kind not in {TASK, COMMENT}:
        return None
    task_id = change.place.split("#")[1]
    if kind is TASK and change.action is Action.UPDATED:
        touched = {*(change.before or ()), *(change.after or ())}
        # Of what reconciliation found nobody knows what has changed.
        if touched and not touched & _SEARCHED:
            return None
    if not task_id:
        raise MalformedRecord("A change of no task")
    return task_id
