"""What a purge is about: two accounts, the tables, and what the queue delivers."""

import json
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).parents[3] / "events"
DATA, EPHEMERAL, LOG = "errand-data", "errand-ephemeral", "errand-log"
DELETED = "06h04o2vndpa700bqsem70d6f8"
LIVING = "06h04oaa3dpa700lnaafu6cr44"


def sample(name: str = "purge-account") -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event
