"""Between the application and Lambda: Mangum, with four things put right."""

from functools import cached_property
from http import HTTPStatus
from typing import Any

from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES
from mangum.handlers import HTTPGateway
from mangum.types import ASGI, Response, Scope

from errand_api.problems import MEDIA_TYPE

# What Mangum reads a port from, and stops where there is none.
_OF_THE_SERVER = frozenset({"host", "x-forwarded-port"})
_WITHOUT_CONTENT = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


class HttpApi(HTTPGateway):
    @cached_property
    def scope(self) -> Scope:
        # Mangum asks twice and makes it anew each time: 1 % of a page's CPU.
        try:
            return super().scope
        except ValueError:
            headers = self.event["headers"].items()
            kept = {name: value for name, value in headers if name.lower() not in _OF_THE_SERVER}
            self.event = {**self.event, "headers": kept}
            return super().scope

    def __call__(self, response: Response) -> dict[str, Any]:
        answer = super().__call__(response)
        # Mangum says of every answer that it is JSON, even if there is nothing.
        if answer["statusCode"] in _WITHOUT_CONTENT:
            answer["headers"].pop("content-type", None)
        return answer


def lambda_handler(app: ASGI) -> Mangum:
    return Mangum(
        app,
        lifespan="off",
        custom_handlers=[HttpApi],
        # Or every problem would travel in Base64.
        text_mime_types=[*DEFAULT_TEXT_MIME_TYPES, MEDIA_TYPE],
    )
