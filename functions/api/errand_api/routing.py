"""Routes that are made when a path of theirs is first asked for.

FastAPI takes 2.2 million instructions to make one, and most instances only ever see two of them.
"""

from collections.abc import Callable, Collection
from functools import cached_property
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette._utils import get_route_path
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send


class Documented:
    """What a route answers with, made for OpenAPI: the route answers with a Response of its own.

    `query`: the parameters that it reads by itself (dependencies.query_of).
    """

    def __init__(
        self, make: Callable[[], Any], *, query: Callable[[], type[BaseModel]] | None = None
    ) -> None:
        self.make = make
        self._query = query

    def options(self) -> dict[str, Any]:
        asked = [] if self._query is None else [Depends(_taking(self._query()))]
        return {"response_model": self.make(), "dependencies": asked}


class Later:
    """In an annotation, `Annotated[Draft, Later(make)]`: a shape that is made with its route."""

    def __init__(self, make: Callable[[], type[BaseModel]]) -> None:
        self.make = make


class LazyRoute(BaseRoute):
    """`make` takes whether OpenAPI is what it is for."""

    def __init__(
        self, path: str, methods: Collection[str], make: Callable[[bool], BaseRoute]
    ) -> None:
        self.path = path
        self._segments = path.split("/")
        self._methods = methods
        self._make = make

    @cached_property
    def made(self) -> BaseRoute:
        return self._make(False)  # noqa: FBT003 - named above

    def documented(self) -> BaseRoute:
        return self._make(True)  # noqa: FBT003 - named above

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if not self._fits(get_route_path(scope)):
            return Match.NONE, {}
        if scope["type"] == "http" and scope["method"] not in self._methods:
            return Match.PARTIAL, {}
        return self.made.matches(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "route" not in scope:
            # Of another method: who tells of the refusal asks whose path it was.
            scope.update(self.made.matches(scope)[1])
        await self.made.handle(scope, receive, send)

    def _fits(self, path: str) -> bool:
        given = path.split("/")
        return len(given) == len(self._segments) and all(
            ours == theirs or (ours.startswith("{") and theirs)
            for ours, theirs in zip(self._segments, given, strict=True)
        )


class Router(APIRouter):
    """An APIRouter of lazy routes; a parameter of a path takes one segment, all of it."""

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        shown = options.get("response_model")

        def make(documented: bool) -> BaseRoute:  # noqa: FBT001 - as above
            told = dict(options)
            if isinstance(shown, Documented):
                told |= shown.options() if documented else {"response_model": None}
            APIRouter.add_api_route(self, path, _complete(endpoint), **told)
            return self.routes.pop()

        self.routes.append(LazyRoute(self.prefix + path, _methods(options), make))


def _methods(options: dict[str, Any]) -> set[str]:
    return {method.upper() for method in options.get("methods") or ["GET"]}


def _complete(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    for name, annotation in endpoint.__annotations__.items():
        for told in getattr(annotation, "__metadata__", ()):
            if isinstance(told, Later):
                endpoint.__annotations__[name] = told.make()
    return endpoint


def _taking(query: type[BaseModel]) -> Callable[..., None]:
    def take(query: Annotated[Any, Query()]) -> None:
        """Nothing: it is there to be described."""

    take.__annotations__["query"] = Annotated[query, Query()]
    return take
