"""Which feature answers which path, whatever was asked for first."""

from collections.abc import Iterator
from importlib import import_module
from itertools import combinations, permutations
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute, Match

from errand_api.app import create_app
from errand_api.features import FEATURES
from errand_api.routing import LazyRoute


def routes_of(feature: str) -> list[LazyRoute]:
    return [*import_module(f"errand_api.features.{feature}").router.routes]


def methods(route: LazyRoute) -> frozenset[str]:
    made: Any = route.made
    return frozenset(made.methods)


def overlap(one: LazyRoute, other: LazyRoute) -> bool:
    """Whether there is a request that both would answer."""
    ours, theirs = one.path.split("/"), other.path.split("/")
    return (
        len(ours) == len(theirs)
        and bool(methods(one) & methods(other))
        and all(a == b or "{" in (a[:1], b[:1]) for a, b in zip(ours, theirs, strict=True))
    )


def is_told_apart(one: LazyRoute, other: LazyRoute) -> bool:
    """One names literally what the other takes for a parameter, and never the other way round."""
    pairs = zip(one.path.split("/"), other.path.split("/"), strict=True)
    return len({a.startswith("{") for a, b in pairs if a != b}) == 1


def overlapping() -> Iterator[tuple[LazyRoute, LazyRoute]]:
    for first, second in combinations(FEATURES, 2):
        for one in routes_of(first):
            yield from ((one, other) for other in routes_of(second) if overlap(one, other))


def test_routes_of_different_features_do_not_overlap_unless_one_is_literal() -> None:
    assert [(a.path, b.path) for a, b in overlapping() if not is_told_apart(a, b)] == []


@pytest.mark.parametrize("feature", FEATURES)
def test_every_route_is_found_by_its_path(feature: str) -> None:
    for route in routes_of(feature):
        nothing: Any = object()
        app: Any = create_app(nothing)
        app.build(route.path)
        assert route in app.router.routes, route.path


def answering(app: FastAPI, method: str, path: str) -> BaseRoute:
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    return next(route for route in app.routes if route.matches(scope)[0] is Match.FULL)


@pytest.mark.parametrize("order", [*permutations(["/users/me", "/users/06h0", "/tasks"], 2)])
def test_what_is_literal_answers_whichever_was_built_first(order: tuple[str, ...]) -> None:
    nothing: Any = object()
    app: Any = create_app(nothing)
    for path in (*order, "/users/me"):
        app.build(path)
    assert getattr(answering(app, "PATCH", "/users/me"), "path", None) == "/users/me"


def test_every_router_has_the_tag_of_a_feature() -> None:
    modules = [import_module(f"errand_api.features.{name}") for name in FEATURES]
    tags = {module.TAG["name"] for module in modules}
    assert all(set(module.router.tags) <= tags for module in modules)
    assert all(module.router.tags for module in modules)
