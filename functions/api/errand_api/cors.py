"""Scripts of other origins, where a deployment allows some."""

from collections.abc import Sequence

from fastapi.middleware.cors import CORSMiddleware
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp

from errand_api.middleware import SAFE


class Cors(CORSMiddleware):
    """Outside of the envelope, so that scripts can read what it refuses."""

    def __init__(self, app: ASGIApp, *, origins: Sequence[str]) -> None:
        super().__init__(
            app,
            # They send a token, so no cookie has to be allowed.
            allow_origins=origins,
            allow_methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=[
                "Authorization",
                "Content-Type",
                "Idempotency-Key",
                "If-Match",
                "If-None-Match",
                "Last-Event-ID",
                "X-Request-Id",
            ],
            expose_headers=[
                "Accept-Patch",
                "Allow",
                "ETag",
                "Link",
                "Location",
                "RateLimit",
                "RateLimit-Policy",
                "Retry-After",
                "Server-Timing",
                "WWW-Authenticate",
                "X-Consumed-Capacity",
                "X-Items-Read",
                "X-Query-Plan",
                "X-Request-Id",
                "X-Total-Count",
            ],
            max_age=3600,
        )

    def preflight_response(self, request_headers: Headers) -> Response:
        # It never gets as far as the envelope.
        answer = super().preflight_response(request_headers)
        answer.headers.update({name.decode(): value.decode() for name, value in SAFE})
        return answer
