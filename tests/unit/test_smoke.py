"""`make smoke`: what went wrong is told in lines, whatever it was."""

import httpx
import pytest
from tools import smoke

from errand.smoke import Failed


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "http://[",
        "http://a:b",
        "http://127.0.0.1:1",
        "ftp://a",
        "http://a..b",
        "http://" + "a" * 64,
    ],
)
def test_url_that_leads_nowhere_is_told(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert smoke.main([url]) == 1
    told = capsys.readouterr().err.splitlines()
    assert told
    assert all(line.startswith("smoke: ") for line in told)


@pytest.mark.parametrize("kind", [Failed, httpx.ReadTimeout])
def test_first_failure_is_told_and_what_may_be_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: type[Exception]
) -> None:
    def walk(*_: object) -> None:
        failure = kind("lists: GET /tasks is 500")
        failure.add_note("smoke-1 may be left: no answer")
        raise failure

    monkeypatch.setattr(smoke, "walk", walk)
    assert smoke.main(["http://127.0.0.1:1"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "smoke: lists: GET /tasks is 500",
        "smoke: smoke-1 may be left: no answer",
    ]
