"""Several requests in one: each is answered as if it had come alone, in their order.

They go through all of the application, so that each is validated, authorized and refused as it
would be by itself; one that fails stops none but those that need what it would have made. Those
that are to be carried out together are errand_api.one_batch's.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.types import Message

from errand import deadline
from errand.errors import (
    Contended,
    IdempotencyKeyReused,
    RequestInFlight,
    StorageUnavailable,
)
from errand.identity.caller import Caller
from errand.sync.replays import Replays
from errand_api.dependencies import receipt_for, services_of

if TYPE_CHECKING:
    from errand.tasks.merges import Told
    from errand.tasks.trash import TrashService

_IS_TASK = re.compile(r"/tasks/[^/]+")
# What a request takes at most; one is not begun later than that before the end.
_LONGEST_SECONDS = 5.0
_PASSING = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_PASSING_CODES = frozenset({Contended.code, RequestInFlight.code})
# Of POST requests all others have a receipt, which commits with what they do.
_WITHOUT_RECEIPT = frozenset({"move", "skip", "restore"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """`name`: of the client; what is sent with it again is carried out once.

    `temp_id`: what later commands call the thing that this one makes. `was`: what the fields of
    `body` had when the client began to change them.
    """

    name: str
    method: str
    path: str
    body: Mapping[str, Any] | None = None
    if_match: str | None = None
    temp_id: str | None = None
    was: Mapping[str, Any] | None = None

    @property
    def has_receipt(self) -> bool:
        return self.method == "POST" and self.path.rpartition("/")[2] not in _WITHOUT_RECEIPT


@dataclass(slots=True)
class Merge:
    """Goes with the request of a command that tells what `was`, and comes back with what it met."""

    was: Mapping[str, Any]
    conflicts: "Sequence[Told]" = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """`body`: as JSON; of a 204 there is none. `conflicts`: as SyncConflict has them."""

    status: int
    etag: str | None = None
    body: Any = None
    conflicts: Sequence[Mapping[str, Any]] = ()

    @property
    def is_done(self) -> bool:
        return self.status < HTTPStatus.BAD_REQUEST

    @property
    def is_passing(self) -> bool:
        """Whether it may be carried out when it is sent again."""
        return self.status in _PASSING or self.code in _PASSING_CODES

    @property
    def code(self) -> str | None:
        """Of the problem, if it is one."""
        is_problem = isinstance(self.body, dict) and not self.is_done
        return self.body.get("code") if is_problem else None

    @property
    def made(self) -> str | None:
        """The id of what there is now."""
        return self.body.get("id") if self.is_done and isinstance(self.body, dict) else None

    @property
    def kept(self) -> dict[str, Any]:
        """What it is told of when the command is sent again."""
        kept: dict[str, Any] = {"status": self.status, "etag": self.etag}
        if self.conflicts:
            kept["conflicts"] = self.conflicts
        return kept | ({"body": {"id": self.made}} if self.made else {})


@dataclass(slots=True)
class Batch:
    """`request`: the one that brought the commands, whose token is good for all.

    `trash`: made when a task is not found. `is_one`: whether it has one receipt for all of them.
    """

    request: Request
    caller: Caller
    replays: Replays
    trash: "Callable[[], TrashService]"
    is_one: bool = False
    # What temporary ids stand for; None for those whose command failed.
    made: dict[str, str | None] = field(default_factory=dict)

    async def run(self, commands: Sequence[Command]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for command in commands:
            if outcomes and outcomes[-1].is_passing:
                # It may be about the same, and came first.
                why = "What stands before it has to be sent again first"
                outcomes.append(refused(command, HTTPStatus.SERVICE_UNAVAILABLE, why))
            else:
                outcomes.append(await self.carried_out(command))
        return outcomes

    async def carried_out(self, command: Command) -> Outcome:
        """The next of them."""
        outcome = await self._outcome(command)
        if outcome.status == HTTPStatus.NOT_FOUND and command.method != "DELETE":
            outcome = await self._told_where(command, outcome)
        if command.temp_id:
            self.made[command.temp_id] = outcome.made
        return outcome

    async def _told_where(self, command: Command, outcome: Outcome) -> Outcome:
        """Another device may have deleted the task: then it can be restored."""
        of, _, rest = command.path.removeprefix("/").partition("/")
        task_id, *_ = rest.split("/")
        task_id = self.made.get(task_id) or task_id
        if of != "tasks" or not await services_of(self.request).run(
            self.trash().holds, caller=self.caller, task_id=task_id
        ):
            return outcome
        detail = f"The task is in the trash: POST /trash/{task_id}/restore brings it back"
        return refused(command, HTTPStatus.NOT_FOUND, detail, code="in_trash")

    async def _outcome(self, command: Command) -> Outcome:
        named = [one for one in _names(command) if one in self.made]
        if missing := next((name for name in named if self.made[name] is None), None):
            return refused(command, HTTPStatus.FAILED_DEPENDENCY, f"{missing} was not made")
        try:
            deadline.leave(_LONGEST_SECONDS)
        except StorageUnavailable:
            detail = "There was no time left for it: send it again"
            return refused(command, HTTPStatus.SERVICE_UNAVAILABLE, detail)
        path = "/".join(self.made.get(part) or part for part in command.path.split("/"))
        content = b"" if command.body is None else json.dumps(self._named(command.body)).encode()
        if command.has_receipt or self.is_one:
            return await self._ask(command, path, content)
        return await self._ask_once(command, path, content)

    async def _ask_once(self, command: Command, path: str, content: bytes) -> Outcome:
        services = services_of(self.request)
        was = b"" if command.was is None else json.dumps(self._named(command.was)).encode()
        what = f"{command.method} {path} {command.if_match}".encode() + b"\0" + content + was
        receipt = receipt_for(services, "/sync", command.name, what)
        try:
            before = await services.run(self.replays.answer, caller=self.caller, receipt=receipt)
        except IdempotencyKeyReused as reused:
            return refused(command, HTTPStatus.UNPROCESSABLE_CONTENT, reused.detail)
        if before is not None:
            return Outcome(**json.loads(before))
        outcome = await self._ask(command, path, content)
        if outcome.is_done:
            answer = json.dumps(outcome.kept)
            await services.run(
                self.replays.keep, caller=self.caller, receipt=receipt, answer=answer
            )
        return outcome

    def _named(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """With the ids of what was made meanwhile."""
        return {
            name: self.made.get(value) or value if _is_id(name, value) else value
            for name, value in body.items()
        }

    async def _ask(self, command: Command, path: str, content: bytes) -> Outcome:
        if command.was is None:
            return await self._sent(command, path, content)
        merge = Merge(self._named(command.was))
        if _IS_TASK.fullmatch(path):
            outcome = await self._sent(command, path, content, merge)
        else:
            from errand_api.merging import asked  # noqa: PLC0415 - only for what was

            services = services_of(self.request)
            ask = partial(self._sent, path=path)
            outcome = await asked(services, ask, command, content, merge)
        told = [asdict(one) for one in merge.conflicts] if outcome.is_done else []
        return replace(outcome, conflicts=told)

    async def _sent(
        self, command: Command, path: str, content: bytes, merge: Merge | None = None
    ) -> Outcome:
        """What the application answers to it."""
        given = self.request.scope
        started: dict[str, Any] = {}
        chunks: list[bytes] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            else:
                chunks.append(message.get("body", b""))

        scope = {
            "type": "http",
            "root_path": "",
            "method": command.method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": self._headers(command, content),
            "state": given.get("state", {}),
            "errand.is_part": True,
            "errand.merge": merge,
            **{name: given.get(name) for name in ("asgi", "http_version", "scheme", "server")},
            "client": given.get("client"),
        }
        await self.request.app(scope, receive, send)
        headers = {name: value.decode("latin-1") for name, value in started["headers"]}
        text = b"".join(chunks)
        body = json.loads(text) if text else None
        return Outcome(started["status"], headers.get(b"etag"), body)

    def _headers(self, command: Command, content: bytes) -> list[tuple[bytes, bytes]]:
        sent = self.request.headers
        headers = {name: sent.get(name, "") for name in ("authorization", "user-agent")}
        if content:
            headers |= {"content-type": "application/json", "content-length": str(len(content))}
        if command.has_receipt and not self.is_one:
            headers["idempotency-key"] = command.name
        if command.if_match:
            headers["if-match"] = command.if_match
        return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]


def _names(command: Command) -> Iterator[str]:
    """Whatever may be a temporary id."""
    yield from command.path.split("/")
    for name, value in (command.body or {}).items():
        if _is_id(name, value):
            yield value


def _is_id(name: str, value: Any) -> bool:
    """Whether a field names another thing."""
    return isinstance(value, str) and (name.endswith("_id") or name in {"before", "after"})


def refused(
    command: Command, status: HTTPStatus, detail: str, *, code: str | None = None
) -> Outcome:
    code = code or status.phrase.lower().replace(" ", "_")
    problem = {"title": status.phrase, "status": status.value, "detail": detail, "code": code}
    return Outcome(status.value, None, {**problem, "instance": command.path})
