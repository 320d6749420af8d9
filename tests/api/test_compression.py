"""Answers are gzip for clients that take it, and the same to whoever reads them."""

import json
from typing import Any

import httpx2
import pytest
from starlette.datastructures import Headers

from errand_api.compression import LEAST_BYTES, takes_gzip
from errand_testkit.people import PASSWORD

pytestmark = pytest.mark.both_transports

GZIP = {"Accept-Encoding": "gzip"}
PLAIN = {"Accept-Encoding": "identity"}
LONG = {"title": "Read", "description": "All of it, and then once more. " * 60}


@pytest.fixture
def address(john: httpx2.Client) -> str:
    """Of a task that is long."""
    location: str = john.post("/tasks", json=LONG).headers["Location"]
    return location


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("br, gzip", True),
        ("gzip;q=0.001", True),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        ("*", True),
        ("identity, *;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip;q=0.0, *", False),
        ("*;q=0", False),
        ("identity", False),
        ("br", False),
        ("", False),
        ("gzip;q=nan", False),
        ("gzip;q=-1", False),
        ("gzip;q=one", False),
        ("xgzip", False),
        (",;,", False),
    ],
)
def test_who_takes_it(accepted: str, *, expected: bool) -> None:
    assert takes_gzip(Headers({"accept-encoding": accepted})) == expected


def test_who_does_not_say_gets_it_plain() -> None:
    assert not takes_gzip(Headers({}))


@pytest.mark.parametrize("path", ["/tasks", "/openapi.json", "/users/me/export"])
@pytest.mark.usefixtures("address")
def test_what_is_long_is_compressed(john: httpx2.Client, path: str) -> None:
    plain, short = john.get(path, headers=PLAIN), john.get(path, headers=GZIP)
    assert "Content-Encoding" not in plain.headers
    assert short.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in short.headers["Vary"]
    assert len(short.content) == len(plain.content)
    assert int(short.headers["Content-Length"]) < len(plain.content) / 2


def test_what_is_short_is_not(john: httpx2.Client) -> None:
    for path in ("/", "/users/me", "/tasks", "/nope"):
        assert "Content-Encoding" not in john.get(path, headers=GZIP).headers


def test_the_bound_is_one_of_bytes(john: httpx2.Client) -> None:
    location = john.post("/tasks", json={"title": "Read", "description": "x"}).headers["Location"]
    size = len(john.get(location, headers=PLAIN).content)
    for missing, encoding in ((1, None), (0, "gzip")):
        description = "x" * (1 + LEAST_BYTES - size - missing)
        john.patch(location, json={"description": description})
        answer = john.get(location, headers=GZIP)
        assert len(answer.content) == LEAST_BYTES - missing
        assert answer.headers.get("Content-Encoding") == encoding


def test_each_form_has_its_tag_and_either_names_the_version(
    john: httpx2.Client, address: str
) -> None:
    plain, short = (john.get(address, headers=form).headers["ETag"] for form in (PLAIN, GZIP))
    assert (plain, short) == ('"1"', '"1-gzip"')
    for tag in (plain, short):
        for form in (PLAIN, GZIP):
            answer = john.get(address, headers=form | {"If-None-Match": f"W/{tag}"})
            assert (answer.status_code, answer.headers["ETag"]) == (304, tag)
    for number, tag in enumerate((plain, short), 1):
        known = {"If-Match": tag.replace("1", str(number))}
        assert john.patch(address, json={"completed": True}, headers=known).status_code == 200
        assert john.patch(address, json={"completed": True}, headers=known).status_code == 412
    known = {"If-None-Match": '"3-gzip"'}
    assert john.patch(address, json={"completed": False}, headers=known).status_code == 412


@pytest.mark.parametrize("tag", ['"1-gzip-gzip"', '"-gzip"', '"1-br"', '"1gzip"'])
def test_other_tags_name_no_version(john: httpx2.Client, address: str, tag: str) -> None:
    answer = john.patch(address, json={"completed": True}, headers={"If-Match": tag})
    assert answer.status_code == 412


def test_head_tells_what_get_would(john: httpx2.Client, address: str) -> None:
    for form in (PLAIN, GZIP):
        head, get = john.head(address, headers=form), john.get(address, headers=form)
        assert head.content == b""
        for name in ("Content-Length", "ETag"):
            assert head.headers[name] == get.headers[name]
        assert head.headers.get("Content-Encoding") == get.headers.get("Content-Encoding")


def test_no_secret_is_compressed(john: httpx2.Client, client: httpx2.Client) -> None:
    """They are in answers to POST, none of which is, whatever is reflected beside them."""
    long = {"title": "Read", "description": "Once more. " * 400}
    form = {"username": "johndoe", "password": PASSWORD, "device_name": "x" * 100}
    token = {"name": "Backup", "scopes": ["tasks:read"], "current_password": PASSWORD}
    for answer in (
        john.post("/tasks", json=long, headers=GZIP),
        client.post("/token", data=form, headers=GZIP),
        john.post("/users/me/tokens", json=token, headers=GZIP),
    ):
        assert answer.status_code in {200, 201}
        assert "Content-Encoding" not in answer.headers


def test_it_is_of_the_last_layer_and_errors_stay_readable(john: httpx2.Client, app: Any) -> None:
    app.state.services = None
    answer = john.get("/tasks", headers=GZIP)
    assert answer.status_code == 500
    assert json.loads(answer.content)["code"] == "internal_error"
