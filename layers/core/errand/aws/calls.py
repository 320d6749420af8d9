"""A call of DynamoDB: JSON out, JSON back.

botocore's own is for every service of AWS: it walks shapes, resolves addresses and check sums,
tells of a dozen steps, and takes 70 % of a page's instructions and 40 % of a create's. Here
parameters and answers are the JSON that they are; binary attributes stay base64, which
errand.codecs.BINARY reads. The signature and every error are botocore's, as are the two steps that
somebody listens to.
"""

import json
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, prepare_request_dict
from botocore.endpoint import convert_to_response_dict
from botocore.hooks import first_non_none_response
from botocore.parsers import JSONParser
from pydantic_core import from_json

from errand.aws.damage import DamagedAnswer, check_sum
from errand.aws.signature import sign

_FAILED = 300


class Calls:
    """In place of a client's `_make_api_call`.

    Nothing is tried twice, or added to parameters: a transaction brings its ClientRequestToken.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._service = client.meta.service_model
        protocol = self._service.metadata
        if self._service.resolved_protocol != "json":
            raise NotImplementedError(f"DynamoDB now speaks {self._service.resolved_protocol}")
        self._target = protocol["targetPrefix"]
        request: Any = {"url_path": "/", "query_string": "", "headers": {}}
        # One address for all operations: any of them will do.
        address, *_ = client._resolve_endpoint_ruleset(self._model("GetItem"), {}, {})  # noqa: SLF001 - botocore has no other way to it
        user_agent = client._user_agent_creator.to_string()  # noqa: SLF001 - as above
        prepare_request_dict(request, endpoint_url=address, user_agent=user_agent)
        self._url = request["url"]
        self._headers = {
            "Content-Type": f"application/x-amz-json-{protocol['jsonVersion']}",
            **request["headers"],
        }

    def __call__(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Raises ClientError; HTTPClientError, DamagedAnswer among them, if there is no answer."""
        request = self._request(operation, parameters)
        answer: Any = None
        try:
            response = self._response(operation, request)
            check_sum(response.headers, response.content)
            is_failed = response.status_code >= _FAILED
            answer = self._failure(operation, response) if is_failed else _read(response.content)
        finally:
            self._tell("response-received", operation, parsed_response=answer)
        if is_failed:
            code = answer.get("Error", {}).get("Code")
            raise self._client.exceptions.from_code(code)(answer, operation)
        return answer  # type: ignore[no-any-return] # nor is it None

    def _request(self, operation: str, parameters: dict[str, Any]) -> AWSPreparedRequest:
        body = json.dumps(parameters).encode()
        headers: Any = {"X-Amz-Target": f"{self._target}.{operation}", **self._headers}
        request = AWSPreparedRequest("POST", self._url, headers, body, stream_output=False)
        sign(self._client, request)
        headers["Content-Length"] = str(len(body))
        return request

    def _response(self, operation: str, request: AWSPreparedRequest) -> Any:
        """Of whoever answers in DynamoDB's place, if somebody does."""
        instead = first_non_none_response(self._tell("before-send", operation, request=request))
        session = self._client._endpoint.http_session  # noqa: SLF001 - as above
        return session.send(request) if instead is None else instead

    def _failure(self, operation: str, response: Any) -> dict[str, Any]:
        model = self._model(operation)
        told, parser = convert_to_response_dict(response, model), _PlainParser()
        failure: dict[str, Any] = parser.parse(told, model.output_shape)
        code = failure.get("Error", {}).get("Code")
        if fields := code and self._service.shape_for_error_code(code):
            failure.update(parser.parse(told, fields))
        return failure

    def _model(self, operation: str) -> Any:
        return self._service.operation_model(operation)

    def _tell(self, step: str, operation: str, **what: Any) -> Any:
        return self._client.meta.events.emit(f"{step}.dynamodb.{operation}", **what)


class _PlainParser(JSONParser):
    def _parse_shape(self, _shape: object, node: Any) -> Any:
        return node

    def _parse_body_as_json(self, body: bytes) -> Any:
        return _read(body)


def _read(body: bytes) -> dict[str, Any]:
    """Raises DamagedAnswer."""
    try:
        # Two thirds of the time of json.loads: 3 % of a page's CPU.
        content = from_json(body, cache_strings="keys")
    except ValueError:
        try:
            # Reads a few things more, halves of characters among them.
            content = json.loads(body)
        except (ValueError, RecursionError):
            content = None
    if not isinstance(content, dict):
        raise DamagedAnswer(error="no JSON object")
    return content


def use_own_calls(client: Any) -> None:
    client._make_api_call = Calls(client)  # noqa: SLF001 - what all of its operations call
