"""The process that is measured: Lambda's runtime in small.

`python -S -P process.py <port> <what> …`, where <port> is the local AWS's and <what> one of

    runtime                            the bare runtime, to be subtracted
    cold <handler> <event> <tokens>    import, and a request for each token
    answer <handler> <event>           one request, its answer on stdout
    warm <handler> <event>             requests on demand: tokens, a line of JSON on stdin, are
                                       answered with the CPU time (ns) of their requests
    client <handler>                   Lambda's real runtime interface client

Tokens are a list of what goes into the event's `authorization`; null leaves the event as it is.
Everything that the process itself needs is loaded before the function's module, hence in
<runtime> too. Nothing outside the standard library and awslambdaric may be imported here.
"""

import importlib
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

# Imports all that the runtime has imported before the function.
import awslambdaric.__main__  # type: ignore[import-untyped] # has no stubs

type Handler = Callable[[Any, Any], Any]


class Context:
    """Of the invocation, as far as anybody looks at it."""

    aws_request_id = "8f507cfc-xmpl-4697-b07a-ac58fc914c95"
    function_name = "errand-benchmark"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:errand-benchmark"

    def get_remaining_time_in_millis(self) -> int:
        return 20_000


def divert(port: int) -> None:
    """The names of AWS are those of the local one: clients see the URLs they would on Lambda."""
    resolve: Any = socket.getaddrinfo

    def resolved(host: Any, service: Any, *more: Any, **named: Any) -> Any:
        if host.endswith(".amazonaws.com"):
            host, service = "127.0.0.1", port
        return resolve(host, service, *more, **named)

    socket.getaddrinfo = resolved  # type: ignore[assignment] # whatever it is called with


def load(name: str) -> Handler:
    module, _, attribute = name.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module), attribute)
    return handler


def with_token(event: Any, token: str | None) -> Any:
    return (
        event if token is None else event | {"headers": event["headers"] | {"authorization": token}}
    )


def call(handler: Handler, events: Sequence[Any]) -> None:
    context = Context()
    for event in events:
        answer = handler(event, context)
        if answer.get("statusCode", 200) >= 400 or answer.get("batchItemFailures"):
            raise RuntimeError(str(answer))


def read(file: str) -> Any:
    with open(file, encoding="utf-8") as stream:  # noqa: PTH123 - pathlib is not the runtime's
        return json.load(stream)


def serve(handler: Handler, event: Any) -> None:
    for line in sys.stdin:
        events = [with_token(event, token) for token in json.loads(line)]
        start = time.process_time_ns()
        call(handler, events)
        print(time.process_time_ns() - start, flush=True)  # noqa: T201 - the protocol


def main(port: str, what: str, handler: str = "", event: str = "", tokens: str = "") -> None:
    divert(int(port))
    if what == "client":
        awslambdaric.__main__.main([sys.argv[0], handler])
    content = read(event) if event else None
    if what != "runtime":
        function = load(handler)
    if what == "cold":
        call(function, [with_token(content, token) for token in read(tokens)])
    if what == "answer":
        print(json.dumps(function(content, Context())))  # noqa: T201 - the protocol
    if what == "warm":
        serve(function, content)


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.flush()
    # An environment of Lambda is frozen, not finalised.
    os._exit(0)
