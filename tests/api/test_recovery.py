"""A forgotten password, and the proof of an e-mail address: mailed tokens, good for one use."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from errand.identity.accounts.model import Undeliverable
from errand.identity.recovery.model import LIFETIME_SECONDS
from errand.keys import KeyRing
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.mails import KeptOutbox
from errand_testkit.people import PASSWORD
from errand_testkit.postman import Postman
from errand_testkit.stored import change_account, remove_account
from errand_testkit.visitors import (
    Connect,
    account_named,
    acts,
    bearer,
    log_in,
    make_token,
    other_instance,
    renew,
    security_log,
    works,
)

EMAIL = "johndoe@example.com"
NEW = "battery horse correct"

pytestmark = pytest.mark.usefixtures("john")


@pytest.fixture
def postman(outbox: KeptOutbox, dynamodb: FakeDynamo, clock: ManualClock) -> Postman:
    return Postman(outbox, dynamodb=dynamodb, clock=clock)


@pytest.fixture
def ask(client: httpx2.Client, postman: Postman, clock: ManualClock) -> Callable[[], str]:
    """Asks for a new password; the token of the mail that comes."""

    def ask() -> str:
        clock.advance(60)
        assert client.post("/password-recovery", json={"email": EMAIL}).status_code == 202
        return postman.token()

    return ask


def reset(client: httpx2.Client, token: str, password: str = NEW) -> httpx2.Response:
    return client.post("/password-reset", json={"token": token, "new_password": password})


def is_refused(answer: httpx2.Response) -> bool:
    problem = answer.json()
    return (answer.status_code, problem["code"]) == (400, "invalid_grant")


def test_a_mail_brings_a_token(client: httpx2.Client, postman: Postman) -> None:
    answer = client.post("/password-recovery", json={"email": EMAIL})
    assert (answer.status_code, answer.content) == (202, b"")
    ((address, token),) = postman.deliver()
    assert address == EMAIL
    assert reset(client, token).status_code == 204


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com", "janedoe@example.com"])
def test_known_and_unknown_addresses_are_answered_alike(
    client: httpx2.Client, outbox: KeptOutbox, email: str
) -> None:
    answer = client.post("/password-recovery", json={"email": email})
    assert (answer.status_code, answer.content) == (202, b"")
    assert len(outbox.requests) == 1


def test_nobody_gets_no_mail(client: httpx2.Client, postman: Postman) -> None:
    client.post("/password-recovery", json={"email": "nobody@example.com"})
    assert postman.deliver() == []


@pytest.mark.parametrize("body", [{}, {"email": "x"}, {"email": None}, {"email": EMAIL, "id": 1}])
def test_what_is_no_address_is_not_valid(client: httpx2.Client, body: dict[str, Any]) -> None:
    assert client.post("/password-recovery", json=body).status_code == 422


def test_the_new_password_is_the_one(client: httpx2.Client, ask: Callable[[], str]) -> None:
    answer = reset(client, ask())
    assert (answer.status_code, answer.content) == (204, b"")
    assert log_in(client).status_code == 401
    assert log_in(client, password=NEW).status_code == 200


def test_a_reset_ends_all_sessions(
    john: httpx2.Client, client: httpx2.Client, ask: Callable[[], str]
) -> None:
    phone = log_in(client).json()
    token = ask()
    assert works(client, phone)
    reset(client, token)
    assert john.get("/users/me").status_code == 401
    assert not works(client, phone)
    assert renew(client, phone["refresh_token"]).status_code == 400


def test_a_reset_proves_the_address(
    client: httpx2.Client, ask: Callable[[], str], clock: ManualClock
) -> None:
    reset(client, ask())
    clock.advance(1)
    token = log_in(client, password=NEW).json()
    assert client.get("/users/me", headers=bearer(token)).json()["email_verified"] is True


def test_a_reset_is_put_on_record(
    client: httpx2.Client, ask: Callable[[], str], clock: ManualClock
) -> None:
    answer = reset(client, ask())
    clock.advance(1)
    token = log_in(client, password=NEW).json()
    record = security_log(client, **bearer(token))[1]
    assert record["act"] == "password_reset"
    assert record["request_id"] == answer.headers["X-Request-Id"]


def test_a_token_is_good_once(client: httpx2.Client, ask: Callable[[], str]) -> None:
    token = ask()
    assert reset(client, token).status_code == 204
    assert is_refused(reset(client, token, "another one altogether"))
    assert log_in(client, password=NEW).status_code == 200


def test_one_reset_spends_every_token_mailed_before(
    client: httpx2.Client, ask: Callable[[], str]
) -> None:
    first, second = ask(), ask()
    assert reset(client, second).status_code == 204
    assert is_refused(reset(client, first, "another one altogether"))


def test_a_token_is_good_for_an_hour(
    client: httpx2.Client, ask: Callable[[], str], clock: ManualClock
) -> None:
    late, in_time = ask(), ask()
    clock.advance(LIFETIME_SECONDS - 60)
    assert is_refused(reset(client, late))
    clock.advance(59.999)
    assert reset(client, in_time).status_code == 204


@pytest.mark.parametrize("password", ["short", "password123", EMAIL, "johndoejohndoe", "x" * 257])
def test_a_weak_password_is_refused_and_the_token_is_still_good(
    client: httpx2.Client, ask: Callable[[], str], password: str
) -> None:
    token = ask()
    assert reset(client, token, password).status_code == 422
    assert reset(client, token).status_code == 204


def _change_email() -> None:
    account = account_named("johndoe")
    change_account(account, now=account.updated_at, email="john@example.com")


def _disable() -> None:
    account = account_named("johndoe")
    change_account(account, now=account.updated_at, disabled=True)


def _remove() -> None:
    remove_account(account_named("johndoe"))


@pytest.mark.parametrize("meanwhile", [_change_email, _disable, _remove])
def test_a_token_is_for_the_account_as_it_was(
    client: httpx2.Client, ask: Callable[[], str], meanwhile: Callable[[], None]
) -> None:
    token = ask()
    meanwhile()
    assert is_refused(reset(client, token))


def test_made_up_tokens_are_refused(client: httpx2.Client, ask: Callable[[], str]) -> None:
    token = ask()
    for made_up in (token[:-1], token + "A", "A" * 64, "garbage", "t\xf6k\xe9n", "\0"):
        assert is_refused(reset(client, made_up)), made_up
    assert is_refused(client.post("/email/verify", json={"token": token}))
    assert reset(client, token).status_code == 204


def test_a_reset_leaves_the_second_step_in_place(
    john: httpx2.Client, client: httpx2.Client, ask: Callable[[], str], clock: ManualClock
) -> None:
    account = account_named("johndoe")
    change_account(account, now=clock(), mfa_enabled=True)
    reset(client, ask())
    assert log_in(client, password=NEW).json()["code"] == "mfa_required"
    assert john.get("/users/me").status_code == 401


def test_an_address_that_bounced_is_proven_anew(
    john: httpx2.Client, client: httpx2.Client, postman: Postman, clock: ManualClock
) -> None:
    john.post("/users/me/email/verification")
    client.post("/email/verify", json={"token": postman.token()})
    clock.now += 1000
    bounced = {"undeliverable_since": clock(), "undeliverable_reason": Undeliverable.BOUNCE}
    change_account(account_named("johndoe"), now=clock(), **bounced)
    john.headers |= bearer(log_in(client).json())
    account = john.get("/users/me").json()
    assert account["undeliverable_reason"] == "bounce"
    assert account["undeliverable_since"].endswith("Z")
    assert john.post("/users/me/email/verification").status_code == 202
    assert client.post("/email/verify", json={"token": postman.token()}).status_code == 204
    account = john.get("/users/me").json()
    assert account["email_verified"] is True
    assert (account["undeliverable_since"], account["undeliverable_reason"]) == (None, None)


def test_an_address_is_proven(john: httpx2.Client, client: httpx2.Client, postman: Postman) -> None:
    answer = john.post("/users/me/email/verification")
    assert (answer.status_code, answer.content) == (202, b"")
    assert john.get("/users/me").json()["email_verified"] is False
    ((address, token),) = postman.deliver()
    assert address == EMAIL
    assert client.post("/email/verify", json={"token": token}).status_code == 204
    john.headers |= bearer(log_in(client).json())
    assert john.get("/users/me").json()["email_verified"] is True
    assert acts(john) == ["email_verified", "logged_in"]
    assert is_refused(client.post("/email/verify", json={"token": token}))


def test_another_address_is_another_proof(
    john: httpx2.Client, client: httpx2.Client, postman: Postman
) -> None:
    john.post("/users/me/email/verification")
    first = postman.token()
    new = {"email": "john@example.com", "current_password": PASSWORD}
    assert john.patch("/users/me", json=new).status_code == 200
    assert is_refused(client.post("/email/verify", json={"token": first}))
    john.post("/users/me/email/verification")
    ((address, second),) = postman.deliver()
    assert address == "john@example.com"
    assert client.post("/email/verify", json={"token": second}).status_code == 204
    john.headers |= bearer(log_in(client).json())
    # Back to the first one, which nobody proved.
    john.patch("/users/me", json={"email": EMAIL, "current_password": PASSWORD})
    assert john.get("/users/me").json()["email_verified"] is False


@pytest.fixture
def squatter(john: httpx2.Client, client: httpx2.Client) -> Callable[[], list[bool]]:
    """Registered an address that is not his: whether what he was given before still works."""
    phone, script = log_in(client).json(), make_token(john, "account:read")

    def works_still() -> list[bool]:
        return [
            works(client, phone),
            works(client, script),
            john.get("/users/me").status_code == 200,
            renew(client, phone["refresh_token"]).status_code == 200,
        ]

    return works_still


def test_the_first_proof_of_an_address_ends_whatever_was_issued_before(
    john: httpx2.Client, client: httpx2.Client, postman: Postman, squatter: Callable[[], list[bool]]
) -> None:
    assert squatter() == [True] * 4
    john.post("/users/me/email/verification")
    assert client.post("/email/verify", json={"token": postman.token()}).status_code == 204
    assert squatter() == [False] * 4


def test_another_proof_of_the_same_address_ends_nothing(
    john: httpx2.Client, client: httpx2.Client, postman: Postman
) -> None:
    john.post("/users/me/email/verification")
    john.post("/users/me/email/verification")
    (_, first), (_, second) = postman.deliver()
    account = account_named("johndoe")
    change_account(account, now=account.updated_at, email_verified=True)
    for token in (first, second):
        assert client.post("/email/verify", json={"token": token}).status_code == 204
    assert john.get("/users/me").status_code == 200


def test_proofs_mailed_before_the_first_are_spent_with_it(
    john: httpx2.Client, client: httpx2.Client, postman: Postman, ask: Callable[[], str]
) -> None:
    john.post("/users/me/email/verification")
    proof, recovery = postman.token(), ask()
    assert client.post("/email/verify", json={"token": proof}).status_code == 204
    assert is_refused(reset(client, recovery))


@pytest.mark.parametrize("is_proved", [False, True])
def test_a_reset_ends_whatever_was_issued_before(
    client: httpx2.Client,
    squatter: Callable[[], list[bool]],
    ask: Callable[[], str],
    *,
    is_proved: bool,
) -> None:
    account = account_named("johndoe")
    change_account(account, now=account.updated_at, email_verified=is_proved)
    assert reset(client, ask()).status_code == 204
    assert squatter() == [False] * 4


def test_ending_sessions_does_not_keep_the_owner_from_recovering(
    john: httpx2.Client, client: httpx2.Client, ask: Callable[[], str], clock: ManualClock
) -> None:
    token = ask()
    clock.advance(1)
    # As a thief would, with a stolen access token.
    assert john.delete("/users/me/sessions").status_code == 204
    assert reset(client, token).status_code == 204


def test_a_proof_resets_no_password(john: httpx2.Client, postman: Postman) -> None:
    john.post("/users/me/email/verification")
    assert is_refused(reset(john, postman.token()))


def test_without_an_address_there_is_nothing_to_prove(
    jane: httpx2.Client, outbox: KeptOutbox
) -> None:
    answer = jane.post("/users/me/email/verification")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    assert outbox.requests == []


def test_a_deployment_without_mail_says_so(
    connect: Connect, ring: KeyRing, clock: ManualClock, transport: Any, john: httpx2.Client
) -> None:
    mailless = other_instance(connect, ring=ring, clock=clock, transport=transport)
    answers = [
        mailless.post("/password-recovery", json={"email": EMAIL}),
        mailless.post("/users/me/email/verification", headers=dict(john.headers)),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (501, "mail_not_configured")
