"""A line of JSON in the log for each request: which operation, how it ended, how long it took.

Only on Lambda, where a setting asks for it. Logs Insights queries the lines; with the header of the
embedded metric format CloudWatch makes metrics of them, by operation, for which it takes money.
"""

import sys
from collections.abc import Callable
from time import perf_counter, time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

type Write = Callable[[str], object]

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
_METRICS = (
    '[{"Namespace":"Errand","Dimensions":[["function"],["function","operation"]],"Metrics":['
    '{"Name":"ms","Unit":"Milliseconds"},{"Name":"faults","Unit":"Count"},'
    '{"Name":"cold","Unit":"Count"}]}]'
)


class RequestLines:
    """Inside of the envelope: what that refuses has no operation, and is in the access log alone.

    The time is that of our own code and of what it waits for. Nothing in it is what somebody sent.
    """

    def __init__(self, app: ASGIApp, *, function: str = "", write: Write | None = None) -> None:
        """`function`: whose metrics they are; empty: no metrics."""
        self._app = app
        self._function = function
        self._write = write
        self._is_cold = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or "errand.is_part" in scope:
            await self._app(scope, receive, send)
            return
        began_at = perf_counter()
        # Of what is raised: the envelope answers for it.
        status = 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            self._tell(scope, status, 1000 * (perf_counter() - began_at))

    def _tell(self, scope: Scope, status: int, ms: float) -> None:
        cold, self._is_cold = int(self._is_cold), False
        operation = getattr(scope.get("route"), "operation_id", None) or "none"
        head = ""
        if self._function:
            head = (
                f'"_aws":{{"Timestamp":{int(time() * 1000)},"CloudWatchMetrics":{_METRICS}}},'
                f'"function":"{self._function}","faults":{int(status >= 500)},'  # noqa: PLR2004
            )
        line = (
            f'{{{head}"operation":"{operation}","status":{status},'
            f'"ms":{ms:.2f},"cold":{cold},"requestId":"{scope["errand.request_id"]}"}}\n'
        )
        # As it is now: Lambda puts one of its own there.
        (self._write or sys.stdout.write)(line)
