"""Whose imports wait until they are used, and which: see deferred.py.

What a request needs anyway is not among them.
"""

# File -> modules, or a name of one, whose imports wait; "*" for all of a package that only
# collects names.
DEFERRED: dict[str, set[str]] = {
    "anyio/__init__.py": {"*"},
    "anyio/abc/__init__.py": {"*"},
    "botocore/auth.py": {"calendar"},
    "botocore/compat.py": {"botocore.vendored", "dateutil.tz", "xml.etree.ElementTree"},
    "botocore/configloader.py": {"configparser"},
    "botocore/docs/__init__.py": {"botocore.docs.service"},
    "botocore/docs/docstring.py": {
        "botocore.docs.bcdoc.restdoc",
        "botocore.docs.method",
        "botocore.docs.paginator",
        "botocore.docs.waiter",
    },
    "botocore/handlers.py": {"botocore.compat.ETree", "botocore.compat.XMLParseError"},
    "botocore/parsers.py": {"botocore.compat"},
    "botocore/paginate.py": {"jmespath"},
    "botocore/regions.py": {"jmespath"},
    "botocore/response.py": {"botocore.compat.XMLParseError"},
    "botocore/serialize.py": {"calendar", "xml.etree"},
    "botocore/utils.py": {"dateutil.parser", "dateutil.tz", "tempfile", "urllib.request"},
    "botocore/waiter.py": {"jmespath"},
    "botocore/credentials.py": {"dateutil.parser", "dateutil.tz"},
    "botocore/tokens.py": {"dateutil.parser", "dateutil.tz"},
    "certifi/core.py": {"importlib.resources"},
    "jwt/__init__.py": {".jwks_client"},
    "jwt/api_jwt.py": {"calendar"},
    "pydantic/networks.py": {"importlib.metadata"},
    "pydantic/plugin/_loader.py": {"importlib.metadata"},
    "urllib3/http2/__init__.py": {"importlib.metadata"},
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
    "pynamodb/attributes.py": {"calendar"},
    "python_multipart/multipart.py": {"shutil", "tempfile"},
    "starlette/middleware/errors.py": {"html"},
    "starlette/requests.py": {"http", "starlette.formparsers"},
    "starlette/responses.py": {"http.cookies"},
}
