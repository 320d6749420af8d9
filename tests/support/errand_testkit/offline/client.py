"""What a person does, at once on this device and sooner or later everywhere."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from errand_testkit.offline.state import BATCH, State
from errand_testkit.offline.transport import Command, CursorExpired, Result, Transport
from errand_testkit.offline.views import shown

OK, NOT_FOUND, FAILED = 300, 404, 400
# What passes by itself: the command waits, as those behind it do then.
PASSING = frozenset({429, 503})
PASSING_CODES = frozenset({"contended", "request_in_flight"})
WRITTEN = frozenset({"title", "description", "text"})
# Of records whose new value is the answer, by the last of these that is in their path.
KINDS = {"tasks": "task", "comments": "comment", "projects": "project"}


class OfflineClient:
    """One request at a time. `keep`: is given the state whenever it must survive the process.

    `merges`: whether changes tell what they began with.
    """

    def __init__(
        self,
        state: State,
        transport: Transport,
        *,
        keep: Callable[[str], None],
        merges: bool = True,
    ) -> None:
        self.state = state
        self._transport = transport
        self._keep = keep
        self._merges = merges

    def tasks(self) -> dict[str, dict[str, Any]]:
        """As the person sees them: what there was, with what waits; by id, a temporary one too."""
        return shown(self.state)

    def create(self, **fields: Any) -> str:
        """Its temporary id, which stands for it for good."""
        temp_id = f"temp-{self.state.name}-{self.state.counted + 1}"
        self._act("POST", "/tasks", body=fields, temp_id=temp_id)
        return temp_id

    def edit(self, task_id: str, **fields: Any) -> str:
        """The command's id."""
        task = self._seen(task_id)
        was = {"was": {name: task.get(name) for name in fields}} if self._merges else {}
        return self._act("PATCH", f"/tasks/{task_id}", body=fields, **was)

    def complete(self, task_id: str) -> str:
        """The present occurrence of what comes again; nobody completes the next one by mistake."""
        task = self._seen(task_id)
        if not task.get("recurrence"):
            return self.edit(task_id, completed=True)
        occurrence = {"occurrence": task["occurrence"]} if task.get("occurrence") else {}
        return self._act("POST", f"/tasks/{task_id}/complete", body=occurrence)

    def delete(self, task_id: str) -> str:
        return self._act("DELETE", f"/tasks/{task_id}")

    def comment(self, task_id: str, text: str) -> str:
        return self._act("POST", f"/tasks/{task_id}/comments", body={"text": text})

    def push(self) -> None:
        """What waits, as much as one request takes. Raises Unanswered: then it still waits."""
        waiting = [self.state.resolved(command) for command in self.state.outbox[:BATCH]]
        if not waiting:
            return
        before = frozenset(self.state.tried)
        self.state.tried = [command["id"] for command in waiting]
        self._save()
        self._settle(waiting, self._transport.send(waiting), before)
        self._save()

    def pull(self) -> bool:
        """A page; whether there are more. Raises Unanswered."""
        try:
            page = self._transport.changes(self.state.copy.cursor)
        except CursorExpired:
            # What waits stays: it is not told by any cursor.
            self.state.copy.begin_again()
            page = self._transport.changes(None)
        self.state.copy.take(page)
        self._save()
        more: bool = page["more"]
        return more

    def _seen(self, task_id: str) -> dict[str, Any]:
        return self.tasks()[self.state.ids.get(task_id, task_id)]

    def _act(self, method: str, path: str, **more: Any) -> str:
        command_id = self.state.new_id()
        self.state.outbox.append({"id": command_id, "method": method, "path": path, **more})
        self._save()
        return command_id

    def _save(self) -> None:
        self._keep(self.state.dump())

    def _settle(
        self, sent: Sequence[Command], results: Sequence[Result], tried: frozenset[str]
    ) -> None:
        restored: set[str] = set()
        left: list[Command] = []
        for command, result in zip(sent, results, strict=True):
            body = result["body"] or {}
            code = body.get("code") if result["status"] >= FAILED else None
            if result["status"] < OK:
                self._done(command, result, is_first=command["id"] not in tried)
            elif result["status"] in PASSING or code in PASSING_CODES:
                left.append(command)
            elif code == "in_trash" and WRITTEN & (command.get("body") or {}).keys():
                # Another device has deleted what was written about here: that outlives it.
                left += [*self._restoring(command, restored), command]
            elif result["status"] != NOT_FOUND or not _is_void(command):
                self.state.refused.append({"command": command, "problem": body})
        self.state.outbox[: len(sent)] = left

    def _done(self, command: Command, result: Result, *, is_first: bool) -> None:
        if result["made_id"] and "temp_id" in command:
            self.state.ids[command["temp_id"]] = result["made_id"]
        self.state.told += [{**one, "path": command["path"]} for one in result["conflicts"]]
        if not is_first:
            # It is answered as it was then, and may have been told otherwise since.
            return
        if command["method"] == "DELETE":
            self.state.copy.records.pop(("task", command["path"].split("/")[2]), None)
        elif result["body"] and "version" in result["body"]:
            self.state.copy.records[_kind(command), result["body"]["id"]] = result["body"]

    def _restoring(self, command: Command, restored: set[str]) -> list[Command]:
        task_id = command["path"].split("/")[2]
        if task_id in restored:
            return []
        restored.add(task_id)
        path = f"/trash/{task_id}/restore"
        return [{"id": self.state.new_id(), "method": "POST", "path": path}]


def _is_void(command: Mapping[str, Any]) -> bool:
    """What is gone need not be deleted, and what is there not be restored."""
    path: str = command["path"]
    return command["method"] == "DELETE" or path.startswith("/trash/")


def _kind(command: Mapping[str, Any]) -> str:
    names = [part for part in command["path"].split("/") if part in KINDS]
    return KINDS[names[-1]] if names else "task"
