"""The process that is measured: Lambda's runtime in small, and a database that answers from memory.

`python -S -P process.py <answers.json> <what> …`, where <what> is one of

    runtime                          the bare runtime, to be subtracted
    import <handler>                 and the function's module
    cold <handler> <event> <count>   and so many requests
    answer <handler> <event>         one request, its answer on stdout
    warm <handler> <event>           requests on demand: a number of them, read from stdin, is
                                     answered with the CPU time (ns) that they took
    client <handler>                 Lambda's real runtime interface client

Everything that the process itself needs is loaded before the function's module, hence in
<runtime> too. Nothing outside the standard library and awslambdaric may be imported here.
"""

import importlib
import json
import os
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
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


class Raw:
    """The part of urllib3's response that botocore uses."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


class Wire(MetaPathFinder):
    """Takes the place of botocore's HTTP session as soon as somebody imports it."""

    def __init__(self, answers: Sequence[Mapping[str, str]]) -> None:
        self._answers = [
            (
                answer["target"].encode(),
                answer["contains"].encode(),
                answer["body"].encode(),
                {
                    "Server": "Server",
                    "Date": "Sun, 22 Nov 2026 08:30:00 GMT",
                    "Content-Type": "application/x-amz-json-1.0",
                    "Content-Length": str(len(answer["body"].encode())),
                    "Connection": "keep-alive",
                    "x-amzn-RequestId": "0D9N4O3K2J1H0G9F8E7D6C5B4AVV4KQNSO5AEMVJF66Q9ASUAAJG",
                    "x-amz-crc32": str(zlib.crc32(answer["body"].encode())),
                },
            )
            for answer in answers
        ]

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != "botocore.httpsession":
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.loader is None:
            raise ImportError(fullname)
        spec.loader = Patched(spec.loader, self._send)
        return spec

    def _send(self, request: Any) -> Any:
        response: Any = sys.modules["botocore.awsrequest"]
        # SES alone names the operation in the path.
        asked = request.headers.get("X-Amz-Target") or request.url.split("/", 3)[3]
        asked = asked if isinstance(asked, bytes) else asked.encode()
        for target, contained, body, headers in self._answers:
            if target == asked and contained in request.body:
                return response.AWSResponse(request.url, 200, headers, Raw(body))
        raise LookupError(f"no answer to {asked!r}: {request.body!r}")


class Patched(Loader):
    def __init__(self, loader: Loader, send: Callable[[Any], Any]) -> None:
        self._loader = loader
        self._send = send

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        # Bound already: it does not get to see the session.
        module.URLLib3Session.send = self._send


def load(name: str) -> Handler:
    module, _, attribute = name.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module), attribute)
    return handler


def call(handler: Handler, event: Any, count: int) -> None:
    context = Context()
    for _ in range(count):
        answer = handler(event, context)
        if answer.get("statusCode", 200) >= 400 or answer.get("batchItemFailures"):
            raise RuntimeError(str(answer))


def read(file: str) -> Any:
    with open(file, encoding="utf-8") as stream:  # noqa: PTH123 - pathlib is not the runtime's
        return json.load(stream)


def serve(handler: Handler, event: Any) -> None:
    for line in sys.stdin:
        start = time.process_time_ns()
        call(handler, event, int(line))
        print(time.process_time_ns() - start, flush=True)  # noqa: T201 - the protocol


def main(answers: str, what: str, handler: str = "", event: str = "", count: str = "") -> None:
    sys.meta_path.insert(0, Wire(read(answers)))
    if what == "client":
        awslambdaric.__main__.main([sys.argv[0], handler])
    content = read(event) if event else None
    if what != "runtime":
        function = load(handler)
    if what == "cold":
        call(function, content, int(count))
    if what == "answer":
        print(json.dumps(function(content, Context())))  # noqa: T201 - the protocol
    if what == "warm":
        serve(function, content)


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.flush()
    # An environment of Lambda is frozen, not finalised.
    os._exit(0)
