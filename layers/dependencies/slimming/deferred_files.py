"""Whose imports wait until they are used, and which: see deferred.py.

These 16 files give 89 % of what all files in which it would be possible give.
"""

from collections.abc import Collection

# File -> modules whose imports wait; "*" for all of a package that only collects names.
DEFERRED: dict[str, Collection[str]] = {
    "anyio/__init__.py": {"*"},
    "anyio/abc/__init__.py": {"*"},
    "fastapi/applications.py": {"fastapi.openapi.docs", "fastapi.openapi.utils"},
    "fastapi/concurrency.py": {"anyio"},
    "fastapi/dependencies/utils.py": {"anyio"},
    "fastapi/param_functions.py": {"fastapi.openapi.models"},
    "fastapi/params.py": {"fastapi.openapi.models"},
    "fastapi/routing.py": {"anyio", "anyio.abc"},
    "fastapi/security/__init__.py": {"*"},
    "fastapi/security/base.py": {"fastapi.openapi.models"},
    "fastapi/security/oauth2.py": {"fastapi.openapi.models"},
    "fastapi/telemetry/_api.py": {
        "opentelemetry._logs",
        "opentelemetry.metrics",
        "opentelemetry.trace",
    },
    "fastapi/telemetry/_asgi.py": {
        "opentelemetry",
        "opentelemetry._logs",
        "opentelemetry.metrics",
        "opentelemetry.trace",
    },
    "starlette/middleware/errors.py": {"html"},
    "starlette/requests.py": {"http", "starlette.formparsers"},
    "starlette/responses.py": {"http.cookies"},
}
