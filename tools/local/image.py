"""What is kept of the embedded AWS: its data. Everything else is made anew from template.yaml."""

from dataclasses import dataclass, field
from typing import Any

type Item = dict[str, Any]  # in DynamoDB's JSON
type Items = dict[str, dict[str, Item]]  # partition key -> sort key -> item


@dataclass(frozen=True, slots=True)
class Image:
    """Data at one moment, by the logical ids of the template: no physical name is kept."""

    tables: dict[str, Items] = field(default_factory=dict)
    # Small values that are written whole: messages of queues, secrets, changes not yet delivered.
    values: dict[str, Any] = field(default_factory=dict)
