"""The FastAPI application."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

import errand
from errand.config import get_settings
from errand_api.docs_pages import add_docs
from errand_api.middleware import Envelope
from errand_api.problems import Problem, add_handlers
from errand_api.routing import LazyRoute
from errand_api.services import Services, deployed

_DESCRIPTION = """Tasks of many users. Register, log in with **Authorize**, manage your tasks.

Every error is an `application/problem+json` (RFC 9457) with a stable `code`."""


_TAGS = [
    {"name": "accounts", "description": "Registration, and your own account"},
    {"name": "sessions", "description": "Log-in, and where you are logged in"},
    {"name": "personal access tokens", "description": "Tokens for scripts"},
    {"name": "two-step log-in", "description": "One-time passwords beside your password"},
    {"name": "recovery", "description": "A forgotten password, a proven e-mail address"},
    {"name": "tasks", "description": "Your own tasks"},
    {"name": "administration", "description": "Everybody's accounts"},
    {"name": "system", "description": "The service itself"},
]

# A segment of a path -> the modules in errand_api.routers that answer paths with it.
_ROUTERS = {
    "": ("system",),
    "health": ("system",),
    ".well-known": ("system",),
    "register": ("accounts",),
    "token": ("sessions",),
    "users": ("accounts", "administration"),
    "sessions": ("sessions",),
    "tokens": ("personal_tokens",),
    "mfa": ("mfa",),
    "password-recovery": ("recovery",),
    "password-reset": ("recovery",),
    "email": ("recovery",),
    "security-log": ("security",),
    "export": ("security",),
    "tasks": ("tasks",),
    "links": ("links",),
}


class Errand(FastAPI):
    """Builds a router when it is first asked for: most instances only ever see one of them."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._built: set[str] = set()

    def build(self, path: str) -> None:
        for segment in path.split("/")[1:]:
            for name in _ROUTERS.get(segment, ()):
                if name not in self._built:
                    self._built.add(name)
                    # Not `include_router`, which makes every route once more.
                    self.router.routes += import_module(f"errand_api.routers.{name}").router.routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.build(scope["path"])
        await super().__call__(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The schema, with our problems instead of FastAPI's."""
        is_new = self.openapi_schema is None
        self.build("/".join(["", *_ROUTERS]))
        self.router.routes[:] = [
            route.made if isinstance(route, LazyRoute) else route for route in self.router.routes
        ]
        schema = super().openapi()
        if is_new:
            # Whichever router happened to be built first.
            schema["paths"] = dict(sorted(schema["paths"].items()))
            models = schema["components"]["schemas"]
            problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            models |= {**problem.pop("$defs"), "Problem": problem}
            del models["HTTPValidationError"], models["ValidationError"]
            for operations in schema["paths"].values():
                for operation in operations.values():
                    if "application/json" in operation["responses"].get("422", {}).get(
                        "content", ()
                    ):
                        del operation["responses"]["422"]
        return schema


def create_app(
    services: Services | None = None,
    *,
    server_timing: bool = False,
    cors_origins: Sequence[str] = (),
) -> FastAPI:
    """With `services`, or as the environment describes it."""
    if services is None:
        settings = get_settings()
        services, server_timing = deployed(settings), settings.server_timing
        cors_origins = settings.cors_origins
    app = Errand(
        title="Errand",
        version=errand.__version__,
        description=_DESCRIPTION,
        license_info={"name": "MIT", "identifier": "MIT"},
        openapi_tags=_TAGS,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Off, or every request asks three times whether somebody has configured OpenTelemetry.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.services = services
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
    add_docs(app)
    return app
