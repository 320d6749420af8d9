"""What clients of the API may send, and what becomes of it: a model on plain dictionaries."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hypothesis import strategies as st

PASSWORD = "correct horse"
# How a name may be written, and whose it is: case and composition make no difference.
NAMES = {"ada": "ada", "ADA": "ada", "Zo\u00eb": "zoe", "zoe\u0308": "zoe", "bob": "bob"}
ADDRESSES = {None: None, "Ada@example.com": "ada", "ada@example.com": "ada", "b@example.com": "b"}
INVALID_TASKS: list[dict[str, Any]] = [
    {},
    {"title": "  ab  "},
    {"title": None},
    {"title": "Buy milk", "id": "1"},
    {"title": "Buy milk", "completed": None},
    {"title": "Buy milk", "links": ["file:///etc/passwd"]},
    {"title": "Buy milk", "due_date": "2026-02-30"},
]
# How a client names the version it expects, and which of these hold; None is no condition.
CONDITIONS = {
    None: True,
    "*": True,
    '"{now}"': True,
    '"0", "{now}"': True,
    '"{old}"': False,
    '"{next}"': False,
    'W/"{now}"': False,
    '"x"': False,
}

_words = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), max_size=12)
_titles = _words.map(lambda text: f" {text}abc ")
_links = st.lists(
    st.sampled_from(["https://example.com/1", "http://example.com/2"]), max_size=2, unique=True
)
_optional: dict[str, st.SearchStrategy[Any]] = {
    "description": st.none() | _words,
    "due_date": st.none() | st.dates().map(date.isoformat),
    "completed": st.booleans(),
}

names = st.sampled_from(list(NAMES))
addresses = st.sampled_from(list(ADDRESSES))
passwords = st.sampled_from([PASSWORD, "wrong horse"])
creations = st.fixed_dictionaries({"title": _titles}, optional=_optional | {"links": _links})
# Most are about being done.
updates = st.fixed_dictionaries({"completed": st.booleans()}) | st.fixed_dictionaries(
    {}, optional=_optional | {"title": _titles, "links": st.none() | _links}
)
idempotency_keys = st.sampled_from([None, "key-1", "key-2"])
conditions = st.sampled_from(list(CONDITIONS))


@dataclass(eq=False)
class Device:
    """Where somebody has logged in; `since`: when its tokens were renewed."""

    access_token: str
    refresh_token: str
    since: int
    used: list[str] = field(default_factory=list)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}


@dataclass(eq=False)
class Person:
    account: dict[str, Any]
    address: str | None
    # The last is the one in use.
    devices: list[Device] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)
    # In the order of their creation.
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    # Idempotency key to the body it was used with and the answer that it got.
    receipts: dict[str, tuple[bytes, dict[str, Any]]] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        return self.devices[-1].headers

    def refusal(self, task_id: str, condition: str | None) -> tuple[int | None, dict[str, str]]:
        """The status that a change is refused with, if it is, and the headers to send."""
        task = self.tasks.get(task_id)
        version = task["version"] if task else 1
        status = 404 if task is None else None if CONDITIONS[condition] else 412
        if condition is None:
            return status, self.headers
        if_match = condition.format(now=version, old=version - 1, next=version + 1)
        return status, self.headers | {"If-Match": if_match}


def changed(task: dict[str, Any], sent: dict[str, Any], now: str) -> dict[str, Any]:
    """The task once the fields `sent` have changed."""
    task = task | {
        name: value.strip() if isinstance(value, str) else value for name, value in sent.items()
    }
    task["description"] = task["description"] or None
    task["links"] = task["links"] or []
    day = task["due_date"]
    task["due"] = {"type": "date", "date": day} if day else None
    task["completed_at"] = (task["completed_at"] or now) if task["completed"] else None
    return task | {"updated_at": now, "version": task["version"] + 1}
