"""The FastAPI application."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

import errand
from errand.config import TrustedEdge, get_settings
from errand_api.docs_pages import add_docs
from errand_api.features import FEATURES
from errand_api.middleware import Envelope, unlogged
from errand_api.problems import add_handlers
from errand_api.routing import LazyRoute
from errand_api.services import Services, deployed


class Errand(FastAPI):
    """Builds a feature's router when it is first asked for."""

    def __init__(self, *, public_url: str, **settings: Any) -> None:
        # What an API mapping or a proxy puts before every path of ours.
        self.base_path = urlsplit(public_url).path
        super().__init__(**settings)
        self.state.public_url = public_url
        self.state.base_path = self.base_path
        # By the first segment: every request looks there.
        self._to_build: dict[str, list[tuple[list[str], str]]] = {}
        for name, prefixes in FEATURES.items():
            for prefix in prefixes:
                segments = prefix.split("/")
                self._to_build.setdefault(segments[1], []).append((segments, name))

    def build(self, path: str) -> None:
        """All features whose paths begin as this one does."""
        given = path.split("/")
        waiting = self._to_build.get(given[1], ()) if len(given) > 1 else ()
        for name in {name for prefix, name in waiting if _leads_to(prefix, given)}:
            self._build(name)

    def _build(self, name: str) -> None:
        for waiting in self._to_build.values():
            waiting[:] = [entry for entry in waiting if entry[1] != name]
        # Not `include_router`, which makes every route once more.
        self.router.routes += import_module(f"errand_api.features.{name}").router.routes
        # What a path names literally comes before what takes it for a parameter, whichever of them
        # was built first.
        self.router.routes.sort(key=_parameters)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = unlogged(scope)
            if self.base_path and f"{scope['path']}/".startswith(f"{self.base_path}/"):
                scope = {**scope, "path": scope["path"].removeprefix(self.base_path) or "/"}
            self.build(scope["path"])
        await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """Of all features, as errand_api.openapi completes it."""
        from errand_api.openapi import CONTACT, DESCRIPTION, complete, servers  # noqa: PLC0415

        is_new = self.openapi_schema is None
        left = {name for waiting in self._to_build.values() for _, name in waiting}
        for name in filter(left.__contains__, FEATURES):
            self._build(name)
        self.router.routes[:] = [
            route.documented() if isinstance(route, LazyRoute) else route
            for route in self.router.routes
        ]
        if is_new:
            features = [import_module(f"errand_api.features.{name}") for name in FEATURES]
            tags = {feature.TAG["name"]: feature.TAG for feature in features}
            self.openapi_tags = list(tags.values())
            self.description, self.contact = DESCRIPTION, CONTACT
            self.servers = servers(self.base_path)
        schema = super().openapi()
        if is_new:
            complete(schema)
        return schema


def _leads_to(prefix: list[str], path: list[str]) -> bool:
    return len(prefix) <= len(path) and all(
        ours == theirs or ours.startswith("{") for ours, theirs in zip(prefix, path, strict=False)
    )


def _parameters(route: BaseRoute) -> list[bool]:
    """Of each segment of its path, whether it takes any."""
    path: str = getattr(route, "path", "")
    return [segment.startswith("{") for segment in path.split("/")]


def create_app(
    services: Services | None = None,
    *,
    server_timing: bool = False,
    cors_origins: Sequence[str] = (),
    public_url: str = "",
    docs: bool = True,
    edge: TrustedEdge | None = None,
    request_lines: bool = False,
    metrics_of: str = "",
    is_server: bool = False,
) -> FastAPI:
    """With `services`, or as the environment describes it. `is_server`: of many at once."""
    if services is None:
        settings = get_settings()
        services, server_timing = deployed(settings), settings.server_timing
        cors_origins, public_url = settings.cors_origins, settings.public_url
        docs, edge = settings.docs, settings.edge
        request_lines, metrics_of = settings.request_lines, settings.metrics_of
        is_server = not settings.on_lambda
    app = Errand(
        public_url=public_url,
        title="Errand",
        version=errand.__version__,
        license_info={"name": "MIT", "identifier": "MIT"},
        openapi_url="/openapi.json" if docs else None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Off, or every request asks three times whether somebody has configured OpenTelemetry.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.services = services
    if request_lines:
        from errand_api.request_lines import RequestLines  # noqa: PLC0415 - as below

        app.add_middleware(RequestLines, function=metrics_of)
    if edge:
        from errand_api.edge import Edge  # noqa: PLC0415 - as in services.deployed

        app.add_middleware(Edge, trusted=edge)
    if is_server:
        from errand_api.crowd import Crowd  # noqa: PLC0415 - as above

        app.add_middleware(Crowd)
    app.add_middleware(Envelope)
    if server_timing:
        from errand_api.timing import ServerTiming  # noqa: PLC0415 - as in services.deployed

        app.add_middleware(ServerTiming)
    if cors_origins:
        from errand_api.cors import Cors  # noqa: PLC0415 - as above

        app.add_middleware(Cors, origins=cors_origins)
    add_handlers(app)
    # What nearly every request is about: on initialisation rather than in the first of them, and
    # before the other routes, which are tried in turn.
    app.build("/tasks")
    if docs:
        add_docs(app, base_path=app.base_path)
    return app
