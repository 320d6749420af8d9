"""A route is made when a request of its path and its method first comes."""

import asyncio
from typing import Annotated, Any

import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.routing import Match

from errand_api.routing import Later, LazyRoute, Router
from errand_testkit.asgi_client import asgi_client


class Draft(BaseModel):
    title: str


def draft() -> type[Draft]:
    return Draft


def routes() -> tuple[LazyRoute, LazyRoute]:
    """What reads and what writes the same path."""
    router = Router(prefix="/tasks")

    @router.get("/{task_id}")
    def read(task_id: str) -> str:
        return task_id

    @router.patch("/{task_id}")
    def write(task_id: str, new: Annotated[BaseModel, Later(draft)]) -> Any:
        return [task_id, type(new).__name__, new]

    reading, writing = router.routes
    assert isinstance(reading, LazyRoute)
    assert isinstance(writing, LazyRoute)
    return reading, writing


def matched(route: LazyRoute, method: str, path: str) -> Match:
    return route.matches({"type": "http", "method": method, "path": path, "root_path": ""})[0]


def is_made(route: LazyRoute) -> bool:
    return "made" in vars(route)


def test_a_request_makes_the_route_of_its_method_alone() -> None:
    reading, writing = routes()
    assert matched(reading, "PATCH", "/tasks/1") is Match.PARTIAL
    assert matched(writing, "PATCH", "/tasks/1") is Match.FULL
    assert (is_made(reading), is_made(writing)) == (False, True)


@pytest.mark.parametrize("path", ["/tasks", "/tasks/", "/tasks/1/", "/tasks/1/2", "/others/1"])
def test_another_path_makes_none(path: str) -> None:
    for route in routes():
        for method in ("GET", "PATCH", "DELETE"):
            assert matched(route, method, path) is Match.NONE
        assert not is_made(route)


def test_a_body_is_read_as_the_shape_that_was_made_with_its_route(
    loop: asyncio.AbstractEventLoop,
) -> None:
    app = FastAPI()
    app.router.routes += routes()
    client = asgi_client(app, loop)
    answer = client.patch("/tasks/1", json={"title": "Buy milk"})
    assert answer.json() == ["1", "Draft", {"title": "Buy milk"}]
    assert client.patch("/tasks/1", json={}).status_code == 422
    assert client.delete("/tasks/1").status_code == 405
