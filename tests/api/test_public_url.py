"""Behind a proxy or an API mapping: what is relative, what is absolute, and whose word counts."""

from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from errand_api.app import create_app
from errand_api.dependencies import _address
from errand_api.gateway import lambda_handler
from errand_api.services import Services
from errand_testkit.depth import times
from errand_testkit.lambda_client import to_event
from errand_testkit.visitors import Connect

pytestmark = pytest.mark.both_transports
DISCOVERY = "/.well-known/oauth-authorization-server"
PUBLIC = "https://errand.example/v1"


@pytest.fixture(scope="module")
def mapped_app() -> FastAPI:
    nothing: Any = object()
    return create_app(nothing, public_url=PUBLIC)


@pytest.fixture
def mapped(
    mapped_app: FastAPI, services: Services, connect: Connect, john: httpx2.Client
) -> httpx2.Client:
    """John at a deployment whose API mapping has the base path /v1."""
    mapped_app.state.services = services
    client = connect(mapped_app)
    client.headers["Authorization"] = john.headers["Authorization"]
    return client


def test_links_are_relative_as_locations_are(john: httpx2.Client) -> None:
    for title in ("Buy milk", "Buy oats"):
        assert john.post("/tasks", json={"title": title}).headers["Location"].startswith("/tasks/")
    page = john.get("/tasks?limit=1&order=asc&completed=false", headers={"Host": "evil.example"})
    link = page.links["next"]["url"]
    assert link.startswith("/tasks?limit=1&order=asc&completed=false&cursor=")
    assert [task["title"] for task in john.get(link).json()] == ["Buy oats"]


@pytest.mark.parametrize("prefix", ["/v1", ""])
def test_a_base_path_is_taken_off_and_put_before_what_is_told(
    mapped: httpx2.Client, prefix: str
) -> None:
    """The address of the gateway itself, without a mapping, goes on working."""
    for title in ("Buy milk", "Buy oats"):
        created = mapped.post(f"{prefix}/tasks", json={"title": title})
        location = created.headers["Location"]
        assert location.startswith("/v1/tasks/")
        assert mapped.get(location).json() == created.json()
    link = mapped.get(f"{prefix}/tasks?limit=1").links["next"]["url"]
    assert link.startswith("/v1/tasks?limit=1&cursor=")
    assert [task["title"] for task in mapped.get(link).json()] == ["Buy milk"]
    assert mapped.get(f"{prefix}/").status_code == 200
    assert mapped.get(prefix or "/").status_code == 200


@pytest.mark.parametrize("path", ["/v1tasks", "/v2/tasks", "/v1/v1/tasks", "/v1/nope"])
def test_what_only_looks_like_a_base_path_leads_nowhere(mapped: httpx2.Client, path: str) -> None:
    assert mapped.get(path).status_code == 404


@pytest.mark.deep
def test_openapi_and_the_pages_have_the_base_path(mapped: httpx2.Client) -> None:
    assert mapped.get("/v1/openapi.json").json()["servers"][0]["url"] == "/v1"
    assert 'href="/v1/static/' in mapped.get("/v1/docs").text


def test_without_a_mapping_the_server_is_the_root(john: httpx2.Client) -> None:
    assert john.get("/openapi.json").json()["servers"][0]["url"] == "/"


def test_issuer_is_the_public_url_whatever_host_was_asked(mapped: httpx2.Client) -> None:
    for host in ("evil.example", "[::1", "a b"):
        told = mapped.get(f"/v1{DISCOVERY}", headers={"Host": host}).json()
        assert told["issuer"] == PUBLIC
        assert told["token_endpoint"] == f"{PUBLIC}/token"


@pytest.mark.parametrize("transport", ["asgi"])
@pytest.mark.parametrize("host", ["[::1", "a b", "a/b", "a:b:c", "é".encode(), "", "a:99999999"])
def test_without_a_public_url_a_host_that_is_none_is_refused(
    client: httpx2.Client, host: str
) -> None:
    answer = client.get(DISCOVERY, headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


@pytest.mark.parametrize("transport", ["lambda"])
@settings(
    max_examples=times(5, deep=60), suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    headers=st.dictionaries(
        st.sampled_from(
            ["host", "x-forwarded-port", "x-forwarded-proto", "x-forwarded-for", "forwarded"]
        ),
        st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=12)
        | st.sampled_from(["a:b:c", "[::1", "[::1]:x", "65536", "-1", "²", "http, http"]),
    )
)
def test_no_header_about_the_server_stops_a_request(
    app: FastAPI, connect: Connect, headers: dict[str, str]
) -> None:
    connect(app)  # sets the loop
    event = to_event(httpx2.Request("GET", "https://example.com/health"), request_id="id")
    event["headers"] |= headers
    nothing: Any = None
    assert lambda_handler(app)(event, nothing)["statusCode"] == 200


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("::FFFF:cb00:7107", "203.0.113.7"),
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("::ffff:127.0.0.1", None),
        ("127.0.0.1", None),
        ("testclient", None),
        ("fe80::1%eth0", "fe80::/64"),
        ("", None),
    ],
)
def test_an_ipv4_address_is_one_however_it_is_written(host: str, address: str | None) -> None:
    assert _address(host) == address
