"""What a request took, in the headers of its answer; only there where a setting asks for it."""

from time import perf_counter

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from errand.storage.metering import metered


class ServerTiming:
    """`app` and `db` in milliseconds: our own time, and that spent waiting for DynamoDB.

    https://www.w3.org/TR/server-timing/
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_at = perf_counter()
        with metered() as meter:

            async def send_with_timing(message: Message) -> None:
                if message["type"] == "http.response.start":
                    # Calls at once count one by one, and may be more than all that passed.
                    own = max(0.0, perf_counter() - began_at - meter.seconds)
                    headers = MutableHeaders(scope=message)
                    headers["Server-Timing"] = (
                        f"app;dur={own * 1000:.2f}, db;dur={meter.seconds * 1000:.2f}, "
                        f'db-calls;desc="{meter.calls}"'
                    )
                    headers["X-Consumed-Capacity"] = f"{meter.units:g}"
                await send(message)

            await self._app(scope, receive, send_with_timing)
