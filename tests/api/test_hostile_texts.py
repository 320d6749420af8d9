"""Every text that a client may send, by the schema: what is hostile is refused, or harmless."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import httpx2
import pytest

from errand_testkit.depth import some

HOSTILE = {
    "half of a character": "\ud800 milk",
    "nul": "milk\x00bread",
    "escape": "milk \x1b[31m",
    "line separator": "milk\u2028bread",
    "turned around": "milk \u202e daerb",
    "nothing to see": "\u200b\u200b\u200b\u200b",
    "far too long": "x" * 20_000,
    "markup": "<script>alert(1)</script>",
    "formula": "=HYPERLINK(1)",
    "marks without end": "e" + "\u0301" * 300,
}
# Characters that no text may come back with; and, unless it is prose, no line breaks.
FORBIDDEN = ("\x00", "\x1b", "\ud800")
PROSE = {"/tasks": "description", "/tasks/{task_id}": "description"}
PROSE |= {f"/tasks/{{task_id}}/comments{rest}": "text" for rest in ("", "/{comment_id}")}
OF_TASKS = ("/tasks", "/projects", "/labels", "/filters", "/sync", "/webhooks")


class Text(NamedTuple):
    method: str
    path: str
    field: str
    body: dict[str, Any]


def _texts(schema: dict[str, Any]) -> Iterator[Text]:
    shapes = schema["components"]["schemas"]
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if not content or not path.startswith(OF_TASKS):
                continue
            shape = shapes[content["schema"]["$ref"].rpartition("/")[2]]
            for name, told in shape["properties"].items():
                if _is_text(told) and "ignored" not in told.get("description", ""):
                    yield Text(method.upper(), path, name, shape["examples"][0])


def _is_text(told: dict[str, Any]) -> bool:
    kinds = [told, *told.get("anyOf", ()), told.get("items", {})]
    return any(kind.get("type") == "string" for kind in kinds)


@pytest.fixture
def place(john: httpx2.Client) -> dict[str, str]:
    """Ids for paths."""
    task = john.post("/tasks", json={"title": "Buy milk"}).json()["id"]
    project = john.post("/projects", json={"name": "Home"}).json()["id"]
    query = {"name": "Late", "query": "overdue"}
    made = {
        "section_id": john.post(f"/projects/{project}/sections", json={"name": "Later"}),
        "comment_id": john.post(f"/tasks/{task}/comments", json={"text": "None left"}),
        "label_id": john.post("/labels", json={"name": "bank"}),
        "filter_id": john.post("/filters", json=query),
        "webhook_id": john.post("/webhooks", json={"url": "https://hooks.example.com/"}),
    }
    ids = {name: str(answer.json()["id"]) for name, answer in made.items()}
    return {"task_id": task, "project_id": project, "completion_id": task, **ids}


def _sent(told: Text, text: str) -> dict[str, Any]:
    value = told.body.get(told.field)
    return told.body | {told.field: [text] if isinstance(value, list) else text}


@pytest.mark.deeper
@pytest.mark.parametrize("name", some([*HOSTILE], 4))
def test_hostile_text_is_refused_or_harmless(
    john: httpx2.Client, place: dict[str, str], name: str
) -> None:
    texts = list(_texts(john.get("/openapi.json").json()))
    assert len(texts) > 30
    for told in texts:
        answer = john.request(
            told.method,
            told.path.format(**place),
            # Written as ASCII: half of a character cannot be sent otherwise.
            content=json.dumps(_sent(told, HOSTILE[name])),
            headers={"Content-Type": "application/json"},
        )
        where = f"{told.method} {told.path} {told.field}: {answer.status_code}"
        assert answer.status_code < 500, where
        if answer.status_code < 300 and answer.content:
            shown = answer.json()
            breaks = () if PROSE.get(told.path) == told.field else ("\u2028", "\n")
            value = shown.get(told.field) or ""
            assert not any(one in value for one in (*FORBIDDEN, *breaks)), where
            assert answer.headers["Content-Type"] == "application/json", where
    for path in (*OF_TASKS, "/users/me/export"):
        assert john.get(path).status_code == 200, path
