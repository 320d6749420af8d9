"""What strict clients of OAuth 2 make of /token and /token/revoke (RFC 6749, 5.2; RFC 7009)."""

import io
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
import requests
from authlib.integrations.base_client.errors import OAuthError  # type: ignore[import-untyped]
from authlib.integrations.requests_client import OAuth2Session as Authlib  # type: ignore[import-untyped]
from oauthlib.oauth2 import LegacyApplicationClient, OAuth2Error  # type: ignore[import-untyped]
from requests_oauthlib import OAuth2Session as RequestsOauthlib  # type: ignore[import-untyped]

from errand_testkit.people import PASSWORD

pytestmark = pytest.mark.usefixtures("john")
URL = "https://errand.example/token"
# RFC 6749, appendix A.8.
DESCRIPTION = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]+")


class Adapter(requests.adapters.BaseAdapter):
    """From requests to the application of this test."""

    def __init__(self, client: httpx2.Client) -> None:
        super().__init__()
        self._client = client

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        body: Any = request.body or b""
        headers: Any = dict(request.headers)
        path = urlsplit(str(request.url)).path
        answer = self._client.request(str(request.method), path, content=body, headers=headers)
        response = requests.Response()
        response.status_code, response.request, response.url = answer.status_code, request, URL
        response.headers.update(answer.headers)
        response.raw = io.BytesIO(answer.content)
        return response

    def close(self) -> None:
        """Nothing is open."""


def with_authlib(client: httpx2.Client, **form: str) -> dict[str, Any]:
    session: Any = Authlib("web", token_endpoint_auth_method="none")
    session.mount("https://", Adapter(client))
    token: dict[str, Any] = session.fetch_token(URL, grant_type="password", **form)
    return token


def with_requests_oauthlib(client: httpx2.Client, **form: str) -> dict[str, Any]:
    session: Any = RequestsOauthlib(client=LegacyApplicationClient("web"))
    session.mount("https://", Adapter(client))
    token: dict[str, Any] = session.fetch_token(URL, include_client_id=True, **form)
    return token


clients = pytest.mark.parametrize("fetch", [with_authlib, with_requests_oauthlib])
type Fetch = Callable[..., dict[str, Any]]


@clients
def test_tokens_are_understood(client: httpx2.Client, fetch: Fetch) -> None:
    token = fetch(client, username="johndoe", password=PASSWORD)
    assert token["token_type"] == "bearer"
    assert token["access_token"]
    assert token["refresh_token"]


@clients
@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"username": "johndoe", "password": "wrong horse"}, "invalid_grant"),
        ({"username": "", "password": PASSWORD}, "invalid_request"),
        ({"username": "j" * 51, "password": PASSWORD}, "invalid_request"),
        ({"username": "johndoe", "password": PASSWORD, "scope": "all"}, "invalid_scope"),
    ],
)
def test_refusals_are_understood(
    client: httpx2.Client, fetch: Fetch, form: dict[str, str], error: str
) -> None:
    with pytest.raises((OAuthError, OAuth2Error)) as raised:
        fetch(client, **form)
    assert raised.value.error == error
    assert raised.value.description


FORM = {"username": "johndoe", "password": PASSWORD}
KIND = {"Content-Type": "application/x-www-form-urlencoded"}
REQUESTS: dict[str, Callable[[httpx2.Client], httpx2.Response]] = {
    "wrong": lambda client: client.post("/token", data=FORM | {"password": "wrong horse"}),
    "odd text": lambda client: client.post("/token", data=FORM | {"scope": 'é"\\\n'}),
    "nothing": lambda client: client.post("/token"),
    "no field": lambda client: client.post("/token", data={"username": "johndoe"}),
    "no grant": lambda client: client.post("/token", data=FORM | {"grant_type": "é"}),
    "JSON": lambda client: client.post("/token", json=FORM),
    "not UTF-8": lambda client: client.post("/token", content=b"username=\xff&a=%ff", headers=KIND),
    "many": lambda client: client.post("/token", content=b"a=1&" * 2000, headers=KIND),
    "large": lambda client: client.post("/token", content=b"a" * 300_000, headers=KIND),
    "zipped": lambda client: client.post(
        "/token", content=b"x", headers=KIND | {"Content-Encoding": "gzip"}
    ),
    "refresh": lambda client: client.post(
        "/token", data={"grant_type": "refresh_token", "refresh_token": "é"}
    ),
    "revoke nothing": lambda client: client.post("/token/revoke"),
    "revoke JSON": lambda client: client.post("/token/revoke", json={"token": "x"}),
    "revoke too long": lambda client: client.post("/token/revoke", data={"token": "x" * 3000}),
}


@pytest.mark.both_transports
@pytest.mark.parametrize("name", REQUESTS)
def test_every_refusal_is_json_that_names_its_error(client: httpx2.Client, name: str) -> None:
    answer = REQUESTS[name](client)
    assert answer.status_code in {400, 401, 413, 415}
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    told = json.loads(answer.content)
    assert re.fullmatch(r"(invalid|unsupported)_[a-z_]+", told["error"])
    assert DESCRIPTION.fullmatch(told["error_description"])
    # And all that the errors of the other operations have.
    assert told["status"] == answer.status_code
    assert told["code"]


@pytest.mark.parametrize("broken", [True, False], ids=["unexpected", "no database"])
def test_what_is_our_own_fault_is_told_as_such(
    client: httpx2.Client, app: Any, monkeypatch: pytest.MonkeyPatch, *, broken: bool
) -> None:
    if broken:
        app.state.services = None
    else:
        monkeypatch.setattr("errand_api.features.sessions.LogInService.log_in", unavailable)
    answer = client.post("/token", data=FORM)
    expected = (500, "server_error") if broken else (503, "temporarily_unavailable")
    assert (answer.status_code, answer.json()["error"]) == expected


def unavailable(*_: object, **__: object) -> None:
    from errand.errors import StorageUnavailable  # noqa: PLC0415 - only here

    raise StorageUnavailable
