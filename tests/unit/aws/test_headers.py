"""Headers are those that botocore would have kept, whatever is done to them."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore import awsrequest
from botocore.awsrequest import AWSRequest, AWSResponse, HeadersDict
from hypothesis import given
from hypothesis import strategies as st

from errand.aws.headers import Headers, use_plain_headers

NAMES = st.sampled_from(["Host", "host", "HOST", "X-Amz-Date", "x-amz-date", "Content-Length"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("set"), NAMES, st.sampled_from(["1", "2", b"3"])),
        st.tuples(st.just("delete"), NAMES, st.none()),
    )
)


def after(headers: Any, steps: list[tuple[str, str, Any]]) -> Any:
    for step, name, value in steps:
        if step == "set":
            # As a mail's headers, of which botocore deletes the one before.
            headers.pop(name, None)
            headers[name] = value
        elif name in headers:
            del headers[name]
    return headers


@given(steps=STEPS)
def test_they_are_what_botocores_are(steps: list[tuple[str, str, Any]]) -> None:
    theirs, ours = after(HeadersDict(), steps), after(Headers(), steps)
    assert [*ours.items()] == [*theirs.items()]
    assert [*ours] == [*ours.keys()] == [*theirs]
    assert [*ours.values()] == [*theirs.values()]
    assert (len(ours), bool(ours)) == (len(theirs), bool(theirs))
    for name in ("Host", "hOST", "x-Amz-date", "Other"):
        assert (name in ours, ours.get(name)) == (name in theirs, theirs.get(name))
        assert ours.get(name, "none") == theirs.get(name, "none")
    assert [*ours.copy().items()] == [*theirs.copy().items()]
    assert [*Headers(theirs).items()] == [*HeadersDict(ours.items()).items()]


def test_a_name_stands_once() -> None:
    headers = Headers([("Host", "a"), ("host", "b")])
    headers["HOST"] = "c"
    headers.replace_header("HOST", "d")
    assert headers.items() == [("HOST", "d")]


def test_what_is_not_there() -> None:
    headers = Headers()
    with pytest.raises(KeyError):
        headers["Host"]
    del headers["Host"]


@pytest.fixture
def _plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        for name in ("HeadersDict", "HTTPHeaders"):
            patch.setattr(awsrequest, name, getattr(awsrequest, name))
        use_plain_headers()
        yield


@pytest.mark.usefixtures("_plain")
def test_requests_and_answers_have_them() -> None:
    nothing: Any = None
    given: Any = {"X-B": "2"}
    request: Any = AWSRequest("POST", "https://a.test/", {"X-A": "1"}, data=b"{}")
    prepared, answer = request.prepare(), AWSResponse("", 200, given, nothing)
    found = [type(one.headers) for one in (request, prepared, answer)]
    assert found == [Headers] * 3
    assert prepared.headers.items() == [("X-A", "1"), ("Content-Length", "2")]
    assert answer.headers["x-b"] == "2"
