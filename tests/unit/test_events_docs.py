"""docs/events.md and the samples in events/ say the same."""

import json
import re
from pathlib import Path

import pytest

from errand.events.schema import EventType

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "events.md").read_text()


def block_after(text: str) -> object:
    found = re.search(re.escape(text) + r"\n+```json\n(.*?)```", PAGE, re.DOTALL)
    assert found, text
    return json.loads(found[1])


def sample(name: str) -> object:
    return json.loads((ROOT / "events" / f"{name}.json").read_text())


@pytest.mark.parametrize("event_type", EventType)
def test_every_type_has_its_example(event_type: EventType) -> None:
    event = sample(f"bus-{event_type.replace('.', '-')}")
    assert isinstance(event, dict)
    assert block_after(f"### {event_type}") == event["detail"]
    assert f"| `{event_type}` |" in PAGE


def test_envelope() -> None:
    assert block_after("everything of ours is in `detail`:") == sample("bus-task-created")
