"""The member `error`, which clients of OAuth 2 read instead of our code (RFC 6749, 5.2)."""

import httpx2
import pytest

from errand_testkit.fakes import ManualClock
from errand_testkit.stored import change_account
from errand_testkit.visitors import account_named, log_in

pytestmark = pytest.mark.both_transports

pytestmark = pytest.mark.usefixtures("john")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"password": "wrong password"}, "invalid_grant"),
        ({"username": "nobody"}, "invalid_grant"),
        ({"scope": "nonsense"}, "invalid_scope"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
        ({"password": ""}, "invalid_request"),
        ({"username": "j" * 51}, "invalid_request"),
    ],
)
def test_a_request_for_tokens(client: httpx2.Client, form: dict[str, str], error: str) -> None:
    assert log_in(client, **form).json()["error"] == error


def test_an_account_that_is_disabled(client: httpx2.Client, clock: ManualClock) -> None:
    change_account(account_named("johndoe"), now=clock(), disabled=True)
    answer = log_in(client)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_second_step(client: httpx2.Client, clock: ManualClock) -> None:
    change_account(account_named("johndoe"), now=clock(), mfa_enabled=True)
    assert log_in(client).json()["error"] == "invalid_grant"
    assert log_in(client, otp="123456").json()["error"] == "invalid_grant"


def test_elsewhere_there_is_none(john: httpx2.Client) -> None:
    answers = [
        john.post("/password-reset", json={"token": "x", "new_password": "battery horse"}),
        john.post("/users/me/mfa/totp/confirm", json={"otp": "123456"}),
        john.post("/tasks", json={}),
    ]
    for answer in answers:
        assert answer.status_code in {400, 422}
        assert "error" not in answer.json()
