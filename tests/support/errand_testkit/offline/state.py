"""All that an offline client must not forget: one JSON text, kept before anything is sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from errand_testkit.offline.transport import Command
from errand_testkit.replica import Replica

_PLAIN = ("name", "counted", "outbox", "ids", "tried", "told", "refused")
# What commands are at most in one request.
BATCH = 99


@dataclass
class State:
    """`outbox`: commands in the order in which the person acted; `ids`: of temporary ids.

    `tried`: commands that were sent before, and may have been carried out. `told`: what was
    replaced unseen, for the person to look at. `refused`: what could not be carried out, each with
    its problem, for the person to decide.
    """

    name: str
    counted: int = 0
    outbox: list[Command] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)
    told: list[Mapping[str, Any]] = field(default_factory=list)
    refused: list[Mapping[str, Any]] = field(default_factory=list)
    copy: Replica = field(default_factory=Replica)

    @classmethod
    def load(cls, text: str) -> Self:
        kept = json.loads(text)
        records = {(kind, record_id): value for kind, record_id, value in kept.pop("records")}
        return cls(copy=Replica(records, kept.pop("cursor")), **kept)

    def dump(self) -> str:
        kept = {name: getattr(self, name) for name in _PLAIN}
        kept["cursor"] = self.copy.cursor
        kept["records"] = [[*key, value] for key, value in self.copy.records.items()]
        return json.dumps(kept)

    def new_id(self) -> str:
        """Of a command; no device has it twice, nor has another one."""
        self.counted += 1
        return f"{self.name}-{self.counted}"

    def resolved(self, command: Command) -> Command:
        """With the ids that are known by now, where the server would look for temporary ones."""
        path = "/".join(self.ids.get(part, part) for part in command["path"].split("/"))
        named: Command = {
            name: self._named(command[name]) for name in ("body", "was") if name in command
        }
        return {**command, "path": path, **named}

    def _named(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: self.ids.get(value, value) if name.endswith("_id") and value else value
            for name, value in fields.items()
        }
