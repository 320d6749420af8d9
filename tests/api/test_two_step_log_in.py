"""Two-step log-in: an authenticator app (RFC 6238) beside the password, and codes for its loss."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from errand.identity.mfa.model import OTP_CHECK, PENDING_SECONDS, RECOVERY_CODES
from errand.identity.throttling.model import LOG_IN_ACCOUNT
from errand_testkit.fakes import ManualClock
from errand_testkit.mfa import app_code
from errand_testkit.people import PASSWORD
from errand_testkit.visitors import acts, bearer, log_in, security_log, works

PATH = "/users/me/mfa/totp"


class App:
    """John's authenticator."""

    def __init__(self, secret: str, clock: ManualClock) -> None:
        self.codes: list[str] = []  # for its loss
        self._secret = secret
        self._clock = clock

    def shown(self, *, steps: int = 0) -> str:
        return app_code(self._secret, self._clock, steps=steps)

    def wrong(self) -> str:
        near = {self.shown(steps=steps) for steps in (-2, -1, 0, 1, 2)}
        return next(code for code in map("{:06}".format, range(10)) if code not in near)


@pytest.fixture
def enrolled(john: httpx2.Client, clock: ManualClock) -> App:
    """Not confirmed yet."""
    answer = john.post(PATH, json={"password": PASSWORD}).json()
    return App(answer["secret"], clock)


@pytest.fixture
def authenticator(john: httpx2.Client, enrolled: App, clock: ManualClock) -> App:
    """Confirmed, and showing the next code."""
    answer = john.post(f"{PATH}/confirm", json={"otp": enrolled.shown()})
    enrolled.codes = answer.json()["recovery_codes"]
    clock.advance(30)
    return enrolled


def disable(john: httpx2.Client, otp: str, password: str = PASSWORD) -> httpx2.Response:
    return john.request("DELETE", PATH, json={"password": password, "otp": otp})


def problem(answer: httpx2.Response) -> tuple[int, str, str | None]:
    content: dict[str, Any] = answer.json()
    return answer.status_code, content["code"], content.get("error")


def test_enrolling_shows_a_secret_and_its_uri(john: httpx2.Client) -> None:
    answer = john.post(PATH, json={"password": PASSWORD})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    enrolment = answer.json()
    uri = urlsplit(enrolment["otpauth_uri"])
    assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/Errand:johndoe")
    assert parse_qs(uri.query) == {"secret": [enrolment["secret"]], "issuer": ["Errand"]}


def test_enrolling_asks_for_the_password(john: httpx2.Client) -> None:
    answer = john.post(PATH, json={"password": "wrong password"})
    assert problem(answer) == (400, "incorrect_password", None)


@pytest.mark.usefixtures("enrolled")
def test_nothing_changes_before_it_is_confirmed(john: httpx2.Client, client: httpx2.Client) -> None:
    assert john.get("/users/me").json()["mfa_enabled"] is False
    assert log_in(client).status_code == 200


def test_confirming_switches_it_on(john: httpx2.Client, enrolled: App) -> None:
    answer = john.post(f"{PATH}/confirm", json={"otp": enrolled.shown()})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(set(answer.json()["recovery_codes"])) == RECOVERY_CODES
    assert john.get("/users/me").json()["mfa_enabled"] is True
    assert acts(john) == ["mfa_enabled"]


def test_a_wrong_code_confirms_nothing(john: httpx2.Client, enrolled: App) -> None:
    for otp in (enrolled.wrong(), enrolled.shown(steps=-2), enrolled.shown(steps=2), "abcdef"):
        answer = john.post(f"{PATH}/confirm", json={"otp": otp})
        assert problem(answer) == (400, "invalid_otp", None)
    assert john.get("/users/me").json()["mfa_enabled"] is False


def test_guesses_at_a_code_have_to_wait(john: httpx2.Client, enrolled: App) -> None:
    for _ in range(OTP_CHECK.free + 1):
        answer = john.post(f"{PATH}/confirm", json={"otp": enrolled.wrong()})
        assert answer.status_code == 400
    answer = john.post(f"{PATH}/confirm", json={"otp": enrolled.shown()})
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "1"


def test_an_enrolment_is_good_for_an_hour(
    john: httpx2.Client, client: httpx2.Client, enrolled: App, clock: ManualClock
) -> None:
    clock.advance(PENDING_SECONDS)
    john.headers |= bearer(log_in(client).json())
    answer = john.post(f"{PATH}/confirm", json={"otp": enrolled.shown()})
    assert problem(answer) == (422, "invalid_input", None)


def test_the_latest_enrolment_counts(john: httpx2.Client, enrolled: App) -> None:
    john.post(PATH, json={"password": PASSWORD})
    assert john.post(f"{PATH}/confirm", json={"otp": enrolled.shown()}).status_code == 400


@pytest.mark.usefixtures("authenticator")
def test_who_is_enrolled_does_not_enrol_again(john: httpx2.Client) -> None:
    assert problem(john.post(PATH, json={"password": PASSWORD})) == (422, "invalid_input", None)


@pytest.mark.usefixtures("authenticator")
def test_the_password_alone_is_not_enough(client: httpx2.Client) -> None:
    answer = log_in(client)
    assert problem(answer) == (401, "mfa_required", "invalid_grant")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert "access_token" not in answer.text


def test_nobody_learns_of_the_second_step_without_the_password(
    client: httpx2.Client, authenticator: App
) -> None:
    for otp in ("", authenticator.shown(), authenticator.codes[0]):
        answer = log_in(client, password="wrong password", otp=otp)
        assert problem(answer) == (401, "invalid_credentials", "invalid_grant")
    # Nothing of it was used up.
    assert log_in(client, otp=authenticator.shown()).status_code == 200


@pytest.mark.parametrize("written", ["{0}{1}", "{0} {1}", " {0}-{1} "])
def test_both_steps_log_in(client: httpx2.Client, authenticator: App, written: str) -> None:
    code = authenticator.shown()
    answer = log_in(client, otp=written.format(code[:3], code[3:]))
    assert answer.status_code == 200
    assert works(client, answer.json())


def test_clocks_may_be_half_a_minute_off(client: httpx2.Client, authenticator: App) -> None:
    assert log_in(client, otp=authenticator.shown(steps=1)).status_code == 200


WRONG: dict[str, Callable[[App], str]] = {
    "another": App.wrong,
    "of a minute ago": lambda app: app.shown(steps=-2),
    "of the next minute": lambda app: app.shown(steps=2),
    "too short": lambda app: app.shown()[:5],
    "too long": lambda app: app.shown() + "0",
    "no digits": lambda _: "abcdef",
    "a recovery code of somebody": lambda _: "aaaa-aaaa-aaaa-aaaa",
    "a part of a recovery code": lambda app: app.codes[0][:-1],
}


@pytest.mark.parametrize("typed", WRONG.values(), ids=WRONG)
def test_a_wrong_code_does_not_log_in(
    client: httpx2.Client, authenticator: App, typed: Callable[[App], str]
) -> None:
    answer = log_in(client, otp=typed(authenticator))
    assert problem(answer) == (400, "invalid_otp", "invalid_grant")


def test_a_code_is_good_once(client: httpx2.Client, authenticator: App, clock: ManualClock) -> None:
    code = authenticator.shown()
    assert log_in(client, otp=code).status_code == 200
    assert problem(log_in(client, otp=code)) == (400, "invalid_otp", "invalid_grant")
    clock.advance(30)
    assert log_in(client, otp=code).status_code == 400
    assert log_in(client, otp=authenticator.shown()).status_code == 200


def test_the_code_that_confirmed_it_does_not_log_in(
    john: httpx2.Client, client: httpx2.Client, enrolled: App
) -> None:
    code = enrolled.shown()
    john.post(f"{PATH}/confirm", json={"otp": code})
    assert problem(log_in(client, otp=code)) == (400, "invalid_otp", "invalid_grant")


def test_guesses_at_the_second_step_have_to_wait(client: httpx2.Client, authenticator: App) -> None:
    for _ in range(LOG_IN_ACCOUNT.free + 1):
        assert log_in(client, otp=authenticator.wrong()).status_code == 400
    assert log_in(client, otp=authenticator.shown()).status_code == 429


@pytest.mark.usefixtures("authenticator")
def test_asking_for_the_second_step_counts_as_no_guess(client: httpx2.Client) -> None:
    for _ in range(LOG_IN_ACCOUNT.free + 3):
        assert log_in(client).json()["code"] == "mfa_required"


def test_a_recovery_code_logs_in_once(client: httpx2.Client, authenticator: App) -> None:
    code = authenticator.codes[3]
    assert log_in(client, otp=code).status_code == 200
    assert problem(log_in(client, otp=code)) == (400, "invalid_otp", "invalid_grant")
    other = authenticator.codes[4].replace("-", "").upper()
    assert log_in(client, otp=other).status_code == 200


def test_the_app_goes_on_after_a_recovery_code(client: httpx2.Client, authenticator: App) -> None:
    log_in(client, otp=authenticator.codes[0])
    assert log_in(client, otp=authenticator.shown()).status_code == 200


def test_a_recovery_code_is_put_on_record(
    john: httpx2.Client, client: httpx2.Client, authenticator: App
) -> None:
    answer = log_in(client, otp=authenticator.codes[0])
    logged_in, used = security_log(john)[:2]
    assert (logged_in["act"], used["act"]) == ("logged_in", "recovery_code_used")
    assert logged_in["request_id"] == used["request_id"] == answer.headers["X-Request-Id"]


def test_a_wrong_code_is_put_on_record(
    john: httpx2.Client, client: httpx2.Client, authenticator: App
) -> None:
    log_in(client, otp=authenticator.wrong())
    failed = security_log(john)[0]
    assert (failed["act"], failed["actor"]) == ("log_in_failed", None)


def test_switching_off_asks_for_both(
    john: httpx2.Client, client: httpx2.Client, authenticator: App
) -> None:
    wrong = disable(john, authenticator.shown(), password="wrong password")
    assert problem(wrong) == (400, "incorrect_password", None)
    assert problem(disable(john, authenticator.wrong())) == (400, "invalid_otp", None)
    assert john.get("/users/me").json()["mfa_enabled"] is True

    assert disable(john, authenticator.shown()).status_code == 204
    assert john.get("/users/me").json()["mfa_enabled"] is False
    assert log_in(client).status_code == 200
    assert acts(john) == ["mfa_enabled", "password_check_failed", "mfa_disabled", "logged_in"]


def test_a_recovery_code_switches_it_off(john: httpx2.Client, authenticator: App) -> None:
    assert disable(john, authenticator.codes[0]).status_code == 204


def test_what_is_off_cannot_be_switched_off(john: httpx2.Client) -> None:
    assert problem(disable(john, "123456")) == (422, "invalid_input", None)


def test_codes_of_an_earlier_enrolment_are_of_no_use(
    john: httpx2.Client, client: httpx2.Client, authenticator: App, clock: ManualClock
) -> None:
    disable(john, authenticator.codes[0])
    secret = john.post(PATH, json={"password": PASSWORD}).json()["secret"]
    john.post(f"{PATH}/confirm", json={"otp": App(secret, clock).shown()})
    for otp in (authenticator.codes[1], authenticator.shown()):
        assert log_in(client, otp=otp).json()["code"] == "invalid_otp"


@pytest.mark.usefixtures("authenticator")
def test_a_renewal_asks_for_no_code(client: httpx2.Client, authenticator: App) -> None:
    token = log_in(client, otp=authenticator.shown()).json()
    form = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
    assert client.post("/token", data=form).status_code == 200
