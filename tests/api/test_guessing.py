"""Guessing: who tries too often waits, and the owner on a known device or address does not."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from pyotp import TOTP

from errand.identity.mfa.model import LOG_IN_OTP, Factor, Pending
from errand.identity.throttling.model import (
    LOG_IN_ACCOUNT,
    LOG_IN_ADDRESS,
    LOG_IN_KNOWN,
    LOG_IN_KNOWN_ALL,
    PASSWORD_CHECK,
    RECOVER_ACCOUNT,
    RECOVER_ADDRESS,
    REGISTER_ADDRESS,
    Policy,
)
from errand_testkit.fakes import ManualClock
from errand_testkit.mails import KeptOutbox
from errand_testkit.people import PASSWORD
from errand_testkit.stored import store_factor, store_pending_factor
from errand_testkit.visitors import Connect, account_named, acts, client_at, log_in

type At = Callable[[str], httpx2.Client]
type Try = Callable[[], httpx2.Response]

HOME, OFFICE, BOTNET = "198.51.100.7", "192.0.2.20", "192.0.2.66"
WRONG = {"password": "wrong password"}
DAY = 24 * 60 * 60
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def at(
    connect: Connect,  # noqa: ARG001 - made for its loop
    app: FastAPI,
    transport: Any,
) -> Any:
    """A client at an address."""
    with ExitStack() as stack:
        yield lambda address: stack.enter_context(client_at(address, app, transport))


def until_refused(attempt: Try, policy: Policy) -> httpx2.Response:
    """The first answer that asks to wait; those before it did not."""
    for _ in range(policy.free + 1):
        assert attempt().status_code != 429
    return attempt()


def asks_to_wait(answer: httpx2.Response, seconds: int) -> bool:
    problem = answer.json()
    return (answer.status_code, problem["code"], answer.headers["Retry-After"]) == (
        429,
        "too_many_attempts",
        str(seconds),
    )


@pytest.mark.usefixtures("john")
@pytest.mark.parametrize("name", ["johndoe", "nobody"])
def test_guesses_at_a_name_have_to_wait(at: At, name: str) -> None:
    guesser = at(BOTNET)
    answer = until_refused(lambda: log_in(guesser, name, **WRONG), LOG_IN_ACCOUNT)
    assert asks_to_wait(answer, LOG_IN_ACCOUNT.first_pause)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.usefixtures("john")
def test_names_that_nobody_has_are_answered_alike(at: At) -> None:
    def seen(name: str, address: str) -> list[tuple[int, Any, Any]]:
        guesser = at(address)
        answers = [log_in(guesser, name, **WRONG) for _ in range(LOG_IN_ACCOUNT.free + 3)]
        return [
            (answer.status_code, answer.json(), answer.headers.get("Retry-After"))
            for answer in answers
        ]

    known = seen("johndoe", HOME)
    assert known == seen("nobody", OFFICE)
    assert [status for status, _, _ in known] == [401] * 6 + [429] * 2


@pytest.mark.usefixtures("john")
def test_pauses_double(at: At, clock: ManualClock) -> None:
    guesser = at(BOTNET)
    until_refused(lambda: log_in(guesser, **WRONG), LOG_IN_ACCOUNT)
    for pause in (1, 2, 4, 8, 16):
        assert asks_to_wait(log_in(guesser, **WRONG), pause)
        clock.advance(pause)
        assert log_in(guesser, **WRONG).status_code == 401


@pytest.mark.usefixtures("john")
def test_a_guess_too_early_is_not_looked_at(at: At) -> None:
    guesser = at(BOTNET)
    until_refused(lambda: log_in(guesser, **WRONG), LOG_IN_ACCOUNT)
    assert log_in(guesser).status_code == 429


@pytest.mark.usefixtures("john")
@pytest.mark.parametrize("name", ["JOHNDOE", "\uff4aohndoe"])
def test_spellings_of_a_name_are_one_name(at: At, name: str) -> None:
    guesser = at(BOTNET)
    until_refused(lambda: log_in(guesser, **WRONG), LOG_IN_ACCOUNT)
    assert log_in(guesser, name).status_code == 429


@pytest.mark.usefixtures("john")
def test_other_addresses_share_the_accounts_run(at: At) -> None:
    one, other = at(BOTNET), at(HOME)
    until_refused(lambda: log_in(one, **WRONG), LOG_IN_ACCOUNT)
    assert log_in(other).status_code == 429


@pytest.mark.usefixtures("john", "jane")
def test_names_do_not_share(at: At) -> None:
    guesser = at(BOTNET)
    until_refused(lambda: log_in(guesser, **WRONG), LOG_IN_ACCOUNT)
    assert log_in(guesser, "janedoe").status_code == 200


@pytest.mark.usefixtures("john")
def test_a_run_is_forgotten_after_a_day(at: At, clock: ManualClock) -> None:
    guesser = at(BOTNET)
    until_refused(lambda: log_in(guesser, **WRONG), LOG_IN_ACCOUNT)
    clock.advance(DAY)
    assert log_in(guesser, **WRONG).status_code == 401


@pytest.mark.usefixtures("john")
def test_the_right_password_ends_a_run(at: At) -> None:
    owner = at(HOME)
    for _ in range(3):
        for _ in range(LOG_IN_ACCOUNT.free):
            assert log_in(owner, **WRONG).status_code == 401
        assert log_in(owner).status_code == 200


@pytest.mark.parametrize("home", [HOME, "2001:db8:1:2:3::7"])
def test_the_owner_is_let_in_from_a_known_address(
    at: At, john: httpx2.Client, clock: ManualClock, home: str
) -> None:
    assert log_in(at(home)).status_code == 200
    attack(at, clock)
    assert log_in(at(home)).status_code == 200
    assert "logged_in" in acts(john)


def attack(at: At, clock: ManualClock) -> None:
    """A long one, that goes on."""
    guesser = at(BOTNET)
    until_refused(lambda: log_in(guesser, **WRONG), LOG_IN_ACCOUNT)
    for _ in range(4):
        clock.advance(int(log_in(guesser, **WRONG).headers["Retry-After"]))
        assert log_in(guesser, **WRONG).status_code == 401
    assert log_in(at(OFFICE)).status_code == 429


@pytest.mark.both_transports
@pytest.mark.usefixtures("john")
def test_a_household_is_one_address(at: At, clock: ManualClock) -> None:
    assert log_in(at("2001:db8:1:2::1")).status_code == 200
    attack(at, clock)
    assert log_in(at("2001:db8:1:3::1")).status_code == 429
    assert log_in(at("2001:db8:1:2:ffff::9")).status_code == 200


@pytest.mark.both_transports
@pytest.mark.usefixtures("john")
def test_the_owner_is_let_in_on_a_known_device(at: At, clock: ManualClock) -> None:
    device = log_in(at(HOME)).json()["device_token"]
    attack(at, clock)
    answer = log_in(at("203.0.113.99"), device_token=device)
    assert answer.status_code == 200
    assert log_in(at("203.0.113.99"), device_token=answer.json()["device_token"]).status_code == 200


@pytest.mark.usefixtures("john", "jane")
def test_devices_of_others_and_made_up_ones_are_not_known(at: At, clock: ManualClock) -> None:
    home = at(HOME)
    janes = log_in(home, "janedoe").json()
    attack(at, clock)
    for device in (janes["device_token"], janes["access_token"], "x", "."):
        assert log_in(home, device_token=device).status_code == 429


@pytest.mark.usefixtures("john")
def test_guesses_from_a_known_place_have_to_wait_too(at: At, clock: ManualClock) -> None:
    home = at(HOME)
    assert log_in(home).status_code == 200
    attack(at, clock)
    guess = until_refused(lambda: log_in(home, **WRONG), LOG_IN_KNOWN)
    assert asks_to_wait(guess, LOG_IN_KNOWN.first_pause)


@pytest.mark.deep
@pytest.mark.usefixtures("john")
def test_many_device_tokens_give_no_more_guesses_than_one_account_has(
    at: At, clock: ManualClock
) -> None:
    home = at(HOME)
    devices = []
    for _ in range(12):
        devices.append(log_in(home).json()["device_token"])
        clock.advance(1)
    tried = iter(devices * 10)
    guess = until_refused(
        lambda: log_in(at(BOTNET), **WRONG, device_token=next(tried)), LOG_IN_KNOWN_ALL
    )
    assert asks_to_wait(guess, LOG_IN_KNOWN_ALL.first_pause)


def _collected(client: httpx2.Client, clock: ManualClock) -> list[str]:
    """Three for each of eleven log-ins: what a squatter could have of a name."""
    devices = []
    for _ in range(11):
        devices += [log_in(client).json()["device_token"]] * 3
        clock.advance(1)
    return devices


def _guessed(client: httpx2.Client, devices: list[str]) -> int:
    """How many guesses at johndoe are let through with these."""
    answers = [log_in(client, **WRONG, device_token=device) for device in devices]
    return sum(answer.status_code == 401 for answer in answers)


@pytest.mark.deep
def test_device_tokens_of_a_squatter_are_of_no_use_against_who_has_the_name_then(
    at: At, john: httpx2.Client, register: Callable[..., httpx2.Response], clock: ManualClock
) -> None:
    devices = _collected(at(BOTNET), clock)
    renamed = {"username": "squatter", "current_password": PASSWORD}
    assert john.patch("/users/me", json=renamed).status_code == 200
    clock.advance(DAY)
    assert register("johndoe").status_code == 201
    assert _guessed(at(BOTNET), devices) == LOG_IN_ACCOUNT.free + 1


@pytest.mark.deep
def test_nor_after_the_account_is_deleted(
    at: At, john: httpx2.Client, register: Callable[..., httpx2.Response], clock: ManualClock
) -> None:
    devices = _collected(at(BOTNET), clock)
    assert john.request("DELETE", "/users/me", json={"password": PASSWORD}).status_code == 204
    clock.advance(DAY)
    assert register("johndoe").status_code == 201
    assert _guessed(at(BOTNET), devices) == LOG_IN_ACCOUNT.free + 1


@pytest.mark.deep
def test_nor_after_another_password(at: At, john: httpx2.Client, clock: ManualClock) -> None:
    devices = _collected(at(BOTNET), clock)
    new = {"password": "battery horse correct", "current_password": PASSWORD}
    assert john.patch("/users/me", json=new).status_code == 200
    clock.advance(DAY)
    assert _guessed(at(BOTNET), devices) == LOG_IN_ACCOUNT.free + 1


@pytest.mark.usefixtures("john")
def test_second_steps_have_a_bound_that_no_device_token_raises(at: At, clock: ManualClock) -> None:
    devices = _collected(at(HOME), clock)
    account = account_named("johndoe")
    store_pending_factor(account, Pending(secret=SECRET, expires_at=clock() // 1000 + 60))
    factor = Factor(secret=SECRET, recovery_digests=frozenset(), last_step=0)
    store_factor(account, factor, now=clock())
    fresh = [log_in(at(HOME), otp=TOTP(SECRET).at(clock() // 1000)).json()["device_token"]]
    assert fresh
    guesser, tried = at(BOTNET), iter([*fresh, *devices] * 9)
    guess = until_refused(
        lambda: log_in(guesser, otp="000000", device_token=next(tried)), LOG_IN_OTP
    )
    assert asks_to_wait(guess, LOG_IN_OTP.first_pause)


@pytest.mark.both_transports
def test_an_address_that_tries_many_names_has_to_wait_whatever_it_says_it_is(at: At) -> None:
    guesser, numbers = at(BOTNET), iter(range(250))

    def guess() -> httpx2.Response:
        number = next(numbers)
        guesser.headers["X-Forwarded-For"] = guesser.headers["X-Real-Ip"] = f"198.51.100.{number}"
        return log_in(guesser, f"user-{number}", **WRONG)

    assert asks_to_wait(until_refused(guess, LOG_IN_ADDRESS), LOG_IN_ADDRESS.first_pause)
    assert log_in(at(HOME), "nobody").status_code == 401


def register(client: httpx2.Client, name: str) -> httpx2.Response:
    return client.post("/register", json={"username": name, "password": PASSWORD})


@pytest.mark.usefixtures("john")
def test_registrations_from_one_address_have_to_wait(at: At, clock: ManualClock) -> None:
    many = at(BOTNET)
    answer = until_refused(lambda: register(many, "johndoe"), REGISTER_ADDRESS)
    assert asks_to_wait(answer, REGISTER_ADDRESS.first_pause)
    assert register(at(HOME), "jim").status_code == 201
    clock.advance(REGISTER_ADDRESS.first_pause)
    assert register(many, "jack").status_code == 201


def recover(client: httpx2.Client, email: str) -> httpx2.Response:
    return client.post("/password-recovery", json={"email": email})


@pytest.mark.both_transports
@pytest.mark.usefixtures("john")
@pytest.mark.parametrize("email", ["johndoe@example.com", "nobody@example.com"])
def test_mails_to_one_address_have_to_wait(at: At, outbox: KeptOutbox, email: str) -> None:
    places = iter(range(1, 200))
    answer = until_refused(lambda: recover(at(f"192.0.2.{next(places)}"), email), RECOVER_ACCOUNT)
    assert asks_to_wait(answer, RECOVER_ACCOUNT.first_pause)
    assert len(outbox.requests) == RECOVER_ACCOUNT.free + 1
    assert recover(at(BOTNET), email.upper()).status_code == 429


def test_an_address_that_asks_for_many_mails_has_to_wait(at: At, outbox: KeptOutbox) -> None:
    asker, names = at(BOTNET), iter(range(1000))
    answer = until_refused(
        lambda: recover(asker, f"user-{next(names)}@example.com"), RECOVER_ADDRESS
    )
    assert asks_to_wait(answer, RECOVER_ADDRESS.first_pause)
    assert len(outbox.requests) == RECOVER_ADDRESS.free + 1


def _change(john: httpx2.Client) -> httpx2.Response:
    new = {"password": "battery horse correct", "current_password": "wrong password"}
    return john.patch("/users/me", json=new)


def _delete(john: httpx2.Client) -> httpx2.Response:
    return john.request("DELETE", "/users/me", json={"password": "wrong password"})


def _enrol(john: httpx2.Client) -> httpx2.Response:
    return john.post("/users/me/mfa/totp", json={"password": "wrong password"})


@pytest.mark.parametrize("ask", [_change, _delete, _enrol])
def test_a_stolen_token_cannot_guess_the_password(
    john: httpx2.Client, ask: Callable[[httpx2.Client], httpx2.Response]
) -> None:
    answer = until_refused(lambda: ask(john), PASSWORD_CHECK)
    assert asks_to_wait(answer, PASSWORD_CHECK.first_pause)
    # They share a run: whoever is stopped here does not go on there.
    assert _change(john).status_code == _delete(john).status_code == 429
    assert john.get("/users/me").status_code == 200
