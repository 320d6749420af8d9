"""What OpenAPI says beyond what FastAPI makes of the routes; imported when somebody asks for it."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema

from errand.errors import ErrandError
from errand.identity.scopes import Scope
from errand_api.problems import status_of
from errand_api.responses import problems

DESCRIPTION = """Tasks of many users. Register, log in with **Authorize**, manage your tasks.

Every error is an `application/problem+json` (RFC 9457) with a stable `code`."""
CONTACT = {"name": "Whoever runs this deployment"}


def servers(base_path: str) -> list[dict[str, Any]]:
    return [{"url": base_path or "/", "description": "Where this document came from"}]


_CODE = "ProblemCode"
_BEARER = "Token"
_FASTAPIS = "Successful Response"
_EXAMPLE = {
    "type": "urn:errand:problem:not_found",
    "title": "Not Found",
    "status": 404,
    "detail": "Task not found",
    "instance": "/tasks/06h08q0rf9qcv4e83s3ndg2tl8",
    "code": "not_found",
}
# Of problems that are no ErrandError: a defect, and requests that reach no service.
_OTHER_CODES = {"internal_error", "validation_error"} | {
    "bad_request",
    "content_too_large",
    "not_through_edge",
    "method_not_allowed",
    "unsupported_media_type",
}


class FieldError(BaseModel):
    """A field that was refused."""

    loc: Annotated[list[str | int], Field(description="Where: body, query, path or header, a name")]
    msg: Annotated[str, Field(description="What is wrong, for people")]
    type: Annotated[str, Field(description="What is wrong, for programs")]


class Problem(BaseModel):
    """What went wrong; `code` is stable and meant for programs, `detail` for people.

    `error` and `error_description` are there for clients of OAuth 2 (RFC 6749, section 5.2).
    """

    type: Annotated[str, Field(description="urn:errand:problem: and the code")]
    title: Annotated[str, Field(description="The name of the status")]
    status: Annotated[int, Field(description="The status of the answer")]
    detail: Annotated[str, Field(description="What went wrong, for people")]
    instance: Annotated[str, Field(description="The path of the request")]
    code: Annotated[str, Field(description="What went wrong, for programs")]
    errors: Annotated[
        list[FieldError] | SkipJsonSchema[None],
        Field(description="Of a validation_error, the first 20"),
    ] = None
    error: Annotated[
        str | SkipJsonSchema[None],
        Field(description="Of /token and /token/revoke (RFC 6749, section 5.2)"),
    ] = None
    error_description: Annotated[
        str | SkipJsonSchema[None], Field(description="With error: the detail in ASCII")
    ] = None


def _header(description: str, **schema: Any) -> dict[str, Any]:
    return {"description": description, "schema": schema}


_RETRY_AFTER = {"Retry-After": _header("Seconds to wait", type="integer", minimum=1)}
_CHALLENGE = {"WWW-Authenticate": _header("What a token must be (RFC 6750)", type="string")}
# Of answers whose status alone tells that they have them, or may have them.
_HEADERS: dict[str, dict[str, Any]] = {
    "304": {"ETag": _header("The version of the resource", type="string")},
    "401": _CHALLENGE,
    "403": _CHALLENGE,
    "409": _RETRY_AFTER,
    "429": _RETRY_AFTER,
    "503": _RETRY_AFTER,
}


def complete(schema: dict[str, Any]) -> None:
    """In place: our problems instead of FastAPI's, and what is true of every operation."""
    # Whichever router happened to be built first.
    schema["paths"] = dict(sorted(schema["paths"].items()))
    models = schema["components"]["schemas"]
    models |= _problem_models()
    del models["HTTPValidationError"], models["ValidationError"]
    for operation in _operations(schema):
        _complete_answers(operation)
        # Or generators would not know that none is needed.
        needed = operation.setdefault("security", [])
        if needed:
            needed.append({_BEARER: []})
    schema["components"]["securitySchemes"][_BEARER] = {
        "type": "http",
        "scheme": "bearer",
        "description": "To paste a personal access token, or the access token of a log-in",
    }
    for model in models.values():
        # FastAPI leaves out every null, also those of examples.
        for example in model.get("examples", ()):
            example |= {name: None for name in model.get("required", ()) if name not in example}


def _complete_answers(operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if "application/json" in responses.get("422", {}).get("content", ()):
        del responses["422"]
    for status, answer in responses.items():
        if answer["description"] == _FASTAPIS:
            answer["description"] = "Done" if status == "204" else "What was asked for"
    if _is_counted(operation):
        more = problems(429, 507)
        responses.setdefault("429", more[429])
        responses.setdefault("507", more[507])
    for status, headers in _HEADERS.items():
        if status in responses:
            responses[status].setdefault("headers", {}).update(headers)


def _is_counted(operation: dict[str, Any]) -> bool:
    """Whether it is one of the writes of which there are so many in a minute."""
    needed = operation.get("security", ())
    return any(Scope.TASKS_WRITE in scopes for one in needed for scopes in one.values())


def _operations(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in schema["paths"].values():
        yield from methods.values()


def _problem_models() -> dict[str, Any]:
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    described = {"description": problem["properties"]["code"]["description"]}
    for told in problem["properties"].values():
        told.pop("default", None)
    problem["examples"] = [_EXAMPLE]
    problem["properties"]["code"] = {"$ref": f"#/components/schemas/{_CODE}"} | described
    code = {"type": "string", "enum": _codes(), "title": _CODE, "description": "What went wrong."}
    return {**problem.pop("$defs"), "Problem": problem, _CODE: code}


def _codes() -> list[str]:
    answered = {
        kind.code
        for kind in _below(ErrandError)
        if status_of(kind) != HTTPStatus.INTERNAL_SERVER_ERROR
    }
    return sorted(answered | _OTHER_CODES)


def _below(kind: type[ErrandError]) -> Iterator[type[ErrandError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)
