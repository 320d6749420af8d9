"""The OpenAPI document: complete, consistent, and true."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx2
import jsonschema_rs
import pytest
from fastapi import FastAPI

from errand import errors, text
from errand.fields import By, table_of
from errand.tasks.model import Task
from errand_api.openapi import Problem
from errand_api.problems import MEDIA_TYPE, status_of
from errand_testkit.visitors import PUBLIC

# Whose errors are those of RFC 6749, section 5.2.
OAUTH = {"log_in", "revoke_token"}
WITHOUT_A_TABLE = {"authorization_server", "health", "welcome"}
# They decide on what they have read, and give up when others are always faster.
CONTENDED = {
    "confirm_totp",
    "delete_account",
    "disable_totp",
    "end_other_sessions",
    "log_in",
    "patch_task",
    "put_task",
    "reset_password",
    "snooze_reminder",
    "unsubscribe",
    "update_account",
    "update_user",
    "verify_email",
}


@pytest.fixture
def transport() -> str:
    return "asgi"


@pytest.fixture
def schema(shared_app: FastAPI) -> dict[str, Any]:
    return shared_app.openapi()


@pytest.fixture
def operations(schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        operation["operationId"]: operation
        for methods in schema["paths"].values()
        for operation in methods.values()
    }


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def parts(of: Any) -> Iterator[dict[str, Any]]:
    if isinstance(of, dict):
        yield of
    for value in of.values() if isinstance(of, dict) else of if isinstance(of, list) else ():
        yield from parts(value)


def test_what_it_is(schema: dict[str, Any]) -> None:
    assert schema["openapi"].startswith("3.1")
    assert schema["info"]["title"] == "Errand"
    assert schema["info"]["license"]["identifier"] == "MIT"


def test_every_operation_has_a_name_of_its_own(operations: dict[str, Any]) -> None:
    assert sorted(operations) == [
        "ask_to_snooze",
        "ask_to_unsubscribe",
        "authorization_server",
        "cancel_import",
        "complete_task",
        "confirm_totp",
        "create_comment",
        "create_feed",
        "create_filter",
        "create_import",
        "create_label",
        "create_project",
        "create_section",
        "create_socket_ticket",
        "create_task",
        "create_token",
        "create_webhook",
        "delete_account",
        "delete_comment",
        "delete_feed",
        "delete_filter",
        "delete_label",
        "delete_project",
        "delete_push_subscription",
        "delete_section",
        "delete_task",
        "delete_task_for_good",
        "delete_token",
        "delete_webhook",
        "disable_totp",
        "end_other_sessions",
        "end_session",
        "enrol_totp",
        "export_account",
        "export_tasks",
        "health",
        "import_tasks",
        "list_activity",
        "list_comments",
        "list_completions",
        "list_deliveries",
        "list_feeds",
        "list_filters",
        "list_imports",
        "list_labels",
        "list_occurrences",
        "list_projects",
        "list_push_subscriptions",
        "list_sections",
        "list_security_log",
        "list_sessions",
        "list_task_history",
        "list_tasks",
        "list_tokens",
        "list_trash",
        "list_users",
        "list_webhooks",
        "log_in",
        "move_occurrence",
        "move_task",
        "patch_task",
        "preview_links",
        "put_task",
        "quick_add_task",
        "read_account",
        "read_calendar",
        "read_comment",
        "read_filter",
        "read_import",
        "read_import_report",
        "read_label",
        "read_project",
        "read_push_key",
        "read_section",
        "read_task",
        "read_webhook",
        "redeliver",
        "register",
        "register_push_subscription",
        "request_email_verification",
        "request_password_recovery",
        "reset_password",
        "restore_task",
        "revoke_token",
        "rotate_webhook_secret",
        "search_tasks",
        "send_commands",
        "skip_occurrence",
        "snooze_reminder",
        "stream_events",
        "sync",
        "test_webhook",
        "undo_completion",
        "undo_task",
        "unsubscribe",
        "update_account",
        "update_comment",
        "update_filter",
        "update_label",
        "update_project",
        "update_section",
        "update_user",
        "update_webhook",
        "verify_email",
        "welcome",
    ]


def test_every_operation_has_a_summary_and_a_tag(operations: dict[str, Any]) -> None:
    for operation in operations.values():
        assert operation["summary"]
        assert len(operation["tags"]) == 1


def test_every_reference_leads_somewhere(schema: dict[str, Any]) -> None:
    models = {f"#/components/schemas/{name}" for name in schema["components"]["schemas"]}
    used = set(references(schema))
    assert used <= models
    assert models <= used


def test_every_error_is_a_problem(operations: dict[str, Any]) -> None:
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for name, operation in operations.items():
        kind = "application/json" if name in OAUTH else MEDIA_TYPE
        for status, answer in operation["responses"].items():
            assert answer["description"]
            if int(status) >= 400:
                assert answer["content"] == {kind: problem}


def test_nothing_of_fastapis_errors_is_left(schema: dict[str, Any]) -> None:
    assert "ValidationError" not in str(schema)
    assert "Successful Response" not in str(schema)


def test_every_operation_names_its_errors(operations: dict[str, Any]) -> None:
    for name, operation in operations.items():
        statuses = {int(status) for status in operation["responses"]}
        if name not in WITHOUT_A_TABLE:
            assert statuses >= {500, 503}, name
        if name not in PUBLIC:
            assert statuses >= {400, 401, 403}, name
        if "requestBody" in operation:
            assert statuses >= {400, 413, 415, 400 if name in OAUTH else 422}, name
        if any(parameter["name"] == "if-match" for parameter in operation.get("parameters", ())):
            assert statuses >= {412, 422}
        if name in CONTENDED:
            assert 409 in statuses, name
        assert (429 in statuses) >= (507 in statuses), name
    assert 507 in {int(status) for status in operations["create_task"]["responses"]}


def test_everything_has_a_description(schema: dict[str, Any], operations: dict[str, Any]) -> None:
    told = {"the service": schema["info"], "its address": schema["servers"][0]}
    for name, model in schema["components"]["schemas"].items():
        told[name] = model
        told |= {f"{name}.{one}": prop for one, prop in model.get("properties", {}).items()}
    for name, operation in operations.items():
        told[name] = operation
        told |= {f"{name}({one['name']})": one for one in operation.get("parameters", ())}
        for status, answer in operation["responses"].items():
            told[f"{name} {status}"] = answer
            told |= {f"{name} {one}": head for one, head in answer.get("headers", {}).items()}
    assert len(told) > 500
    assert [name for name, part in told.items() if not part.get("description", "").strip()] == []


def test_a_field_has_one_description_wherever_clients_set_or_read_it(
    schema: dict[str, Any],
) -> None:
    models = schema["components"]["schemas"]
    for column in table_of(Task).set_by(By.CLIENT):
        for name in ("Task", "TaskCreate", "TaskUpdate"):
            told = models[name]["properties"][column.name]["description"]
            assert told == column.meaning, (name, column.name)


def test_public_operations_ask_for_no_token(operations: dict[str, Any]) -> None:
    assert {name for name, told in operations.items() if told["security"] == []} == PUBLIC


def test_contact_and_address_name_nobody(schema: dict[str, Any]) -> None:
    assert schema["info"]["contact"] == {"name": "Whoever runs this deployment"}
    assert [server["url"] for server in schema["servers"]] == ["/"]


def test_every_operation_names_a_refusal(operations: dict[str, Any]) -> None:
    for name, operation in operations.items():
        assert any(status.startswith("4") for status in operation["responses"]), name


def examples(part: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """Each with the schema that it is an example of, wherever either stands."""
    if isinstance(part, dict):
        shape = part.get("schema", part)
        for example in part.get("examples", ()) if isinstance(part.get("examples"), list) else ():
            yield shape, example
        if "example" in part:
            yield shape, part["example"]
        for value in part.values():
            yield from examples(value)
    elif isinstance(part, list):
        for value in part:
            yield from examples(value)


def test_every_example_is_valid(schema: dict[str, Any]) -> None:
    found = list(examples(schema["components"])) + list(examples(schema["paths"]))
    assert len(found) >= 40
    components = {"components": schema["components"]}
    registry = jsonschema_rs.Registry([("urn:document", components)])
    for shape, example in found:
        told = json.loads(json.dumps(shape).replace('"#/', '"urn:document#/'))
        jsonschema_rs.Draft202012Validator(told, registry=registry, validate_formats=True).validate(
            example
        )


def test_everything_that_is_sent_or_answered_has_an_example(
    schema: dict[str, Any], operations: dict[str, Any]
) -> None:
    bodies = {
        name
        for operation in operations.values()
        for content in operation.get("requestBody", {}).get("content", {}).values()
        # A file is no shape.
        if "$ref" in content["schema"]
        for name in [content["schema"]["$ref"].rpartition("/")[2]]
    }
    assert len(bodies) == 38
    models = schema["components"]["schemas"]
    assert {name for name in bodies if not models[name].get("examples")} == set()
    for name in ("Task", "User", "Token", "NewToken", "TokenView", "LinkPreview", "Problem"):
        assert models[name]["examples"], name


def test_shapes_say_nothing_that_makes_generators_send_more_or_twice(
    schema: dict[str, Any],
) -> None:
    for name, model in schema["components"]["schemas"].items():
        for prop, told in model.get("properties", {}).items():
            # Of the other two some generators make a second type of each shape.
            assert not {"default", "readOnly", "writeOnly"} & told.keys(), (name, prop)


def test_rules_are_those_of_json_schema(schema: dict[str, Any]) -> None:
    """Pydantic writes down under its own names what it cannot translate: no reader knows them."""
    own = {"ge", "gt", "le", "lt", "max_length", "min_length", "multiple_of", "strict"}
    assert [part for part in parts(schema) if own & part.keys()] == []


def test_shapes_are_flat_and_have_names(schema: dict[str, Any]) -> None:
    """Generators of clients make `unknown`, or a name of their own, of anything else."""

    def inline(part: Any) -> Iterator[Any]:
        if isinstance(part, dict):
            if "enum" in part or part.get("type") == "object":
                yield part
            for value in part.values():
                yield from inline(value)
        elif isinstance(part, list):
            for value in part:
                yield from inline(value)

    for name, model in schema["components"]["schemas"].items():
        assert not {"anyOf", "oneOf", "allOf"} & model.keys(), name
        parts = [model.get("properties", {}), model.get("items", {})]
        assert list(inline(parts)) == [], name
        # A property named as its class is hidden by it, or hides it.
        assert name.casefold() not in {
            prop.replace("_", "") for prop in model.get("properties", ())
        }
    assert list(inline(schema["paths"])) == []


def test_codes_are_those_of_the_tree_and_of_http(schema: dict[str, Any]) -> None:
    codes = schema["components"]["schemas"]["ProblemCode"]["enum"]
    answered = {
        kind.code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.ErrandError)
        if status_of(kind) != 500
    }
    assert answered <= set(codes)
    assert codes == sorted(set(codes))
    assert "error" not in codes
    assert "answered_before" not in codes


def test_problems_without_an_error_of_ours_have_a_code_of_the_enum(
    schema: dict[str, Any], client: httpx2.Client
) -> None:
    codes = schema["components"]["schemas"]["ProblemCode"]["enum"]
    answers = [
        client.get("/nowhere"),
        client.post("/health"),
        client.post("/register", content="{", headers={"Content-Type": "application/json"}),
        client.post("/register", json={}),
        client.post("/register", content="x", headers={"Content-Type": "text/plain"}),
        client.post("/register", content=b" " * 300_000),
        client.get("/health", headers={"Content-Length": "x"}),
    ]
    assert {answer.json()["code"] for answer in answers} <= set(codes)
    assert len({answer.status_code for answer in answers}) == 6


def test_every_header_that_matters_is_documented(operations: dict[str, Any]) -> None:
    def headers(operation: str, status: int) -> set[str]:
        return set(operations[operation]["responses"][str(status)].get("headers", ()))

    assert headers("create_task", 201) == headers("register", 201) == {"ETag", "Location"}
    for name in ("read_task", "put_task", "patch_task", "read_account", "update_account"):
        assert headers(name, 200) == {"ETag"}
    explained = {"X-Query-Plan", "X-Items-Read", "X-Consumed-Capacity"}
    assert headers("list_tasks", 200) == {"Link", "X-Total-Count", *explained}
    for name in ("list_users", "list_security_log", "export_account"):
        assert headers(name, 200) == {"Link"}
    for name, operation in operations.items():
        for status in {"409", "429", "503"} & operation["responses"].keys():
            assert headers(name, int(status)) == {"Retry-After"}
        if name not in PUBLIC:
            assert headers(name, 401) == {"WWW-Authenticate"}
        if "304" in operation["responses"]:
            assert headers(name, 304) == {"ETag"}
            assert "if-none-match" in {one["name"] for one in operation["parameters"]}


def test_answers_are_what_the_document_says(schema: dict[str, Any], john: httpx2.Client) -> None:
    def check(answer: httpx2.Response, path: str) -> None:
        method = answer.request.method.lower()
        documented = schema["paths"][path][method]["responses"][str(answer.status_code)]
        content = documented["content"][answer.headers["Content-Type"]]["schema"]
        jsonschema_rs.validate(content | {"components": schema["components"]}, answer.json())

    created = john.post("/tasks", json={"title": "Buy milk", "links": ["https://example.com/"]})
    address = created.headers["Location"]
    check(created, "/tasks")
    check(john.get("/"), "/")
    check(john.get("/health"), "/health")
    check(john.get("/users/me"), "/users/me")
    check(john.patch("/users/me", json={"full_name": "John"}), "/users/me")
    check(john.get("/tasks"), "/tasks")
    check(john.get("/tasks?skip=201"), "/tasks")
    check(john.get(address), "/tasks/{task_id}")
    check(john.put(address, json={"completed": True}), "/tasks/{task_id}")
    check(john.put(address, json={"title": "x"}), "/tasks/{task_id}")
    check(john.get(f"{address}/links"), "/tasks/{task_id}/links")
    check(john.get("/tasks/x"), "/tasks/{task_id}")
    check(john.post("/token", data={"username": "x", "password": "y"}), "/token")


def test_the_problem_is_the_one_that_is_sent(schema: dict[str, Any]) -> None:
    documented = schema["components"]["schemas"]["Problem"]
    assert documented["properties"].keys() == Problem.model_fields.keys()


def test_it_is_made_once(client: httpx2.Client, schema: dict[str, Any]) -> None:
    for path in ("/openapi.json", "/openapi.json/"):
        assert client.get(path).json() == schema


def test_patterns_mean_the_white_space_that_is_trimmed() -> None:
    pattern = re.compile(f"[{text._SPACE}]")
    assert {c for c in map(chr, range(0x10FFFF)) if pattern.match(c)} == set(text._SPACES)


@pytest.mark.parametrize("title", ["买菜", "週一", "x한", "Buy", " 买菜\n", "買菜!", "Buy milk"])
def test_pattern_takes_what_is_long_enough(title: str) -> None:
    pattern = text.ONE_LINE_3["pattern"]
    assert re.search(pattern, title)
    assert jsonschema_rs.is_valid({"pattern": pattern}, title)


@pytest.mark.parametrize("title", ["", "ab", " ab ", "買", "\u0110\u11bd", "Buy\nmilk"], ids=ascii)
def test_pattern_refuses_what_is_too_short(title: str) -> None:
    assert not re.search(text.ONE_LINE_3["pattern"], title)


def test_bounds_of_numbers_are_documented(operations: dict[str, Any]) -> None:
    bounds = {
        (name, parameter["name"]): (schema.get("minimum"), schema.get("maximum"))
        for name, operation in operations.items()
        for parameter in operation.get("parameters", ())
        if (schema := parameter["schema"]).get("type") == "integer"
    }
    assert bounds == {
        ("list_tasks", "limit"): (1, 100),
        ("list_completions", "limit"): (1, 100),
        ("list_trash", "limit"): (1, 100),
        ("list_task_history", "limit"): (1, 100),
        ("list_activity", "limit"): (1, 100),
        ("sync", "limit"): (1, 100),
        ("list_projects", "limit"): (1, 100),
        ("search_tasks", "limit"): (1, 100),
        ("list_sections", "limit"): (1, 100),
        ("list_labels", "limit"): (1, 100),
        ("list_comments", "limit"): (1, 100),
        ("list_filters", "limit"): (1, 100),
        ("list_imports", "limit"): (1, 100),
        ("list_webhooks", "limit"): (1, 100),
        ("list_deliveries", "limit"): (1, 100),
        ("list_occurrences", "limit"): (1, 50),
        ("list_tasks", "skip"): (0, 200),
        ("list_tasks", "priority"): (1, 3),
        ("list_users", "limit"): (1, 100),
        ("list_security_log", "limit"): (1, 100),
        ("stream_events", "cursor"): (0, 10**15 - 1),
    }
