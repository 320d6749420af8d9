"""Requests to one version of the API's function, as the HTTP API would send them (payload 2.0).

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import randbelow, token_hex
from typing import Any
from urllib.parse import urlencode

from errand.aws import AWS_ERRORS, reason
from errand.smoke import Failed


@dataclass(frozen=True, slots=True)
class Answered:
    """`headers`: by names in small letters."""

    status_code: int
    headers: Mapping[str, str]
    body: str

    def json(self) -> Any:
        """Raises ValueError for what is none."""
        return json.loads(self.body)


class Version:
    """`functions`: a client of Lambda; `arn`: with the version's number."""

    def __init__(self, functions: Any, arn: str) -> None:
        self._functions = functions
        self._arn = arn
        # Of this machine, as the edge lets pass (errand_api.edge); each walk from another, as an
        # address may register a few accounts a day only.
        self._address = f"127.{randbelow(256)}.{randbelow(256)}.{1 + randbelow(254)}"

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        json: Any = None,
        data: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answered:
        """Raises Failed if the function does not answer."""
        body, kind = _content(json, data)
        event = self._event(method, path, {**headers, **kind}, body, urlencode(params or {}))
        asked = f"{method} {path}"
        try:
            answer = self._functions.invoke(FunctionName=self._arn, Payload=_encoded(event))
            result = _decoded(answer["Payload"].read())
        except AWS_ERRORS as error:
            raise Failed(f"{asked} is not answered: {reason(error)}") from None
        if "FunctionError" in answer:
            raise Failed(f"{asked} made the function fail: its log tells why")
        if result is None:
            raise Failed(f"{asked} is answered by what is no answer of HTTP")
        return result

    def _event(
        self, method: str, path: str, headers: Mapping[str, str], body: str | None, query: str
    ) -> dict[str, Any]:
        route = "$default"
        sent = {
            "host": "localhost",
            "user-agent": "errand-check-version",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
            **{name.lower(): value for name, value in headers.items()},
        }
        return {
            "version": "2.0",
            "routeKey": route,
            "rawPath": path,
            "rawQueryString": query,
            "headers": sent,
            "requestContext": {
                "routeKey": route,
                "stage": "$default",
                "domainName": "localhost",
                "requestId": token_hex(8),
                "http": {
                    "method": method,
                    "path": path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": self._address,
                    "userAgent": sent["user-agent"],
                },
            },
            "isBase64Encoded": False,
        } | ({} if body is None else {"body": body})


def _content(of_json: Any, form: Mapping[str, str] | None) -> tuple[str | None, dict[str, str]]:
    """Body and its type."""
    if form is not None:
        return urlencode(form), {"content-type": "application/x-www-form-urlencoded"}
    if of_json is not None:
        return json.dumps(of_json), {"content-type": "application/json"}
    return None, {}


def _encoded(event: Mapping[str, Any]) -> bytes:
    return json.dumps(event).encode()


def _decoded(payload: bytes) -> Answered | None:
    try:
        answer = json.loads(payload)
        headers = {name.lower(): str(value) for name, value in answer["headers"].items()}
        return Answered(int(answer["statusCode"]), headers, str(answer.get("body") or ""))
    except (AttributeError, LookupError, TypeError, ValueError):
        return None
