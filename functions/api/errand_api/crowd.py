"""A server with many requests at once: those that would wait for others are told to come back."""

from starlette.types import ASGIApp, Receive, Scope, Send

from errand.errors import Overloaded
from errand_api.problems import problem, status_of

# In one process, which answers them in two or three seconds.
AT_ONCE = 100
# Goes on for hours, and has a limit of its own.
_STREAM = "/events"


class Crowd:
    """Inside of the envelope; for a server alone, since Lambda has one request at a time."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "errand.is_part" in scope or scope["path"] == _STREAM:
            await self._app(scope, receive, send)
            return
        if self._inside >= AT_ONCE:
            error = Overloaded()
            answer = problem(
                status_of(Overloaded),
                detail=error.detail,
                instance=scope["path"],
                code=error.code,
                headers={"Retry-After": str(error.retry_after)},
            )
            await answer(scope, receive, send)
            return
        self._inside += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._inside -= 1
