"""An HTTP client whose requests reach a Lambda handler the way an API Gateway HTTP API sends them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
says what an event holds; that `rawPath` arrives decoded, and cut off at a decoded question mark,
was measured in https://github.com/middleapi/standard-server/pull/93 and
https://github.com/honojs/hono/issues/2156.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, unquote

import httpx2

type Handler = Callable[[dict[str, Any], Any], dict[str, Any]]

_HOST = "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"
_CLIENT = "203.0.113.7"
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "te", "trailer", "transfer-encoding"})
_TEXT = ("text/", "application/json", "application/javascript", "application/xml")


def lambda_client(handler: Handler, *, address: str = _CLIENT) -> httpx2.Client:
    transport = LambdaTransport(handler, address=address)
    return httpx2.Client(transport=transport, base_url=f"https://{_HOST}")


class LambdaTransport(httpx2.BaseTransport):
    """Events and answers pass through JSON, as they do on Lambda."""

    def __init__(self, handler: Handler, *, address: str = _CLIENT) -> None:
        self._handler = handler
        self._address = address
        self._request_ids: Iterator[str] = (f"KpQ{number:08x}IAMEPOw=" for number in count())

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        event = to_event(request, request_id=next(self._request_ids), address=self._address)
        answer = json.dumps(self._handler(json.loads(json.dumps(event)), None))
        return to_response(json.loads(answer), request)


def to_event(request: httpx2.Request, *, request_id: str, address: str = _CLIENT) -> dict[str, Any]:
    """Keys that the gateway leaves out when there is nothing to say are left out."""
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    path = unquote(path).partition("?")[0]
    method = request.method
    route = {"routeKey": "ANY /{proxy+}" if path.strip("/") else "ANY /"}
    event: dict[str, Any] = {
        "version": "2.0",
        **route,
        "rawPath": path,
        "rawQueryString": query,
        "headers": _headers(request, address),
        "requestContext": {
            **route,
            "accountId": "123456789012",
            "apiId": _HOST.partition(".")[0],
            "domainName": _HOST,
            "domainPrefix": _HOST.partition(".")[0],
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": address,
                "userAgent": request.headers.get("user-agent", ""),
            },
            "requestId": request_id,
            "stage": "$default",
            "time": "22/Nov/2026:08:30:00 +0000",
            "timeEpoch": 1795336200123,
        },
        "isBase64Encoded": False,
    }
    if path.strip("/"):
        event["pathParameters"] = {"proxy": path.strip("/")}
    cookies = request.headers.get("cookie")
    if cookies:
        event["cookies"] = cookies.split("; ")
    if query:
        event["queryStringParameters"] = _joined(parse_qsl(query, keep_blank_values=True))
    if request.content:
        event |= _body(request)
    return event


def to_response(answer: dict[str, Any], request: httpx2.Request) -> httpx2.Response:
    content = answer.get("body", "")
    headers = [*answer.get("headers", {}).items()]
    headers += [("set-cookie", cookie) for cookie in answer.get("cookies", [])]
    return httpx2.Response(
        answer["statusCode"],
        headers=headers,
        content=b64decode(content) if answer["isBase64Encoded"] else content.encode(),
        request=request,
    )


def _headers(request: httpx2.Request, address: str) -> dict[str, str]:
    given = [
        (name.lower(), value)
        for name, value in request.headers.multi_items()
        if name.lower() not in _HOP_BY_HOP | {"cookie"}
    ]
    return _joined(given) | {
        # The gateway has read the whole body, chunked or not.
        "content-length": str(len(request.content)),
        "x-amzn-trace-id": "Root=1-6921b8a8-3c5e7a9b1d2f4e6a8c0b2d4f",
        "x-forwarded-for": address,
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    }


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(request: httpx2.Request) -> dict[str, Any]:
    kind = request.headers.get("content-type", "")
    if kind.startswith(_TEXT):
        try:
            return {"body": request.content.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": b64encode(request.content).decode("ascii"), "isBase64Encoded": True}
