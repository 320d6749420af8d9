"""A client that keeps a copy of an account by GET /sync, as one offline would."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

type Records = dict[tuple[str, str], Mapping[str, Any]]


@dataclass
class Replica:
    """What it has been told, by kind and id; `cursor`: of the last answer."""

    records: Records = field(default_factory=dict)
    cursor: str | None = None

    def take(self, page: Mapping[str, Any]) -> None:
        for change in page["changes"]:
            key = change["kind"], change["id"]
            if change["deleted"]:
                self.records.pop(key, None)
            else:
                self.records[key] = change["value"]
        self.cursor = page["cursor"]

    def begin_again(self) -> None:
        """After a cursor that has expired: what is not told again is there no more."""
        self.records, self.cursor = {}, None

    def of(self, kind: str) -> list[Mapping[str, Any]]:
        return [value for (name, _), value in self.records.items() if name == kind]
