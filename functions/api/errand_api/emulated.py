"""The handler under `sam local`: it tells what to start where nothing answers for AWS.

Loaded by main.py only there. It looks again with each request, until something does.
"""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from errand.emulation import lead_to_make_run
from errand.errors import ConfigurationError

type Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


class Emulated:
    """`make`: makes the handler that serves once AWS is there."""

    def __init__(self, make: Callable[[], Handler]) -> None:
        self._make = make
        self._handler: Handler | None = None

    def __call__(self, event: dict[str, Any], context: Any) -> dict[str, Any]:
        if self._handler is None:
            try:
                lead_to_make_run()
            except ConfigurationError as error:
                return _unavailable(error.detail)
            self._handler = self._make()
        return self._handler(event, context)


def _unavailable(detail: str) -> dict[str, Any]:
    status = HTTPStatus.SERVICE_UNAVAILABLE
    return {
        "statusCode": status,
        "headers": {"content-type": "application/problem+json"},
        "body": json.dumps({"title": status.phrase, "status": status, "detail": detail}) + "\n",
        "isBase64Encoded": False,
    }
