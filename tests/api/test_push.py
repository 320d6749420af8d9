"""Browsers that show reminders, as their owner sees them: also what becomes of a shared one."""

from dataclasses import replace
from typing import Any

import httpx2
import pytest

from errand.identity.sessions.model import IDLE_SECONDS
from errand.keys import KeyRing
from errand.push.model import FRESH_MS, SUBSCRIPTIONS_MAX
from errand.storage.kinds import SUBSCRIPTION
from errand_api.services import Services
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.push import ENDPOINT, Browser, KeptAsking, in_base64url
from errand_testkit.stored import session_token, sessions_of, store_push_key
from errand_testkit.visitors import account_named, bearer, make_token

PATH = "/push/subscriptions"
BROWSER = Browser()
# NIST's generator, one off the curve.
OFF = b"\x04" + bytes.fromhex(
    "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f6"
)


def register(client: httpx2.Client, browser: Browser = BROWSER, **changes: Any) -> httpx2.Response:
    return client.post(PATH, json=browser.to_json(**changes))


def listed(client: httpx2.Client) -> list[str]:
    return [one["id"] for one in client.get(PATH).json()]


def browser_at(number: int) -> Browser:
    return replace(BROWSER, endpoint=f"{ENDPOINT}{number}")


def test_key_is_the_one_that_is_published(john: httpx2.Client, clock: ManualClock) -> None:
    store_push_key("BP4z9KsN6nGR", now=clock())
    assert john.get("/push/key").json() == {"public_key": "BP4z9KsN6nGR"}


def test_first_who_asks_for_the_key_has_it_made(
    john: httpx2.Client, asking: KeptAsking, clock: ManualClock
) -> None:
    answer = john.get("/push/key")
    assert (answer.status_code, answer.json()["code"]) == (503, "push_key_not_ready")
    assert answer.headers["Retry-After"] == "1"
    assert asking.times == 1
    store_push_key("BP4z9KsN6nGR", now=clock())
    assert john.get("/push/key").status_code == 200
    assert asking.times == 1


def test_key_that_nobody_keeps_anew_is_asked_for(
    john: httpx2.Client, asking: KeptAsking, clock: ManualClock
) -> None:
    store_push_key("BP4z9KsN6nGR", now=clock() - 31 * 24 * 60 * 60 * 1000)
    assert john.get("/push/key").status_code == 503
    assert asking.times == 1


@pytest.mark.parametrize("method", ["key", "register"])
def test_deployment_that_sends_nothing_says_so(
    john: httpx2.Client, services: Services, method: str
) -> None:
    services.asking = None
    answer = john.get("/push/key") if method == "key" else register(john)
    assert (answer.status_code, answer.json()["code"]) == (501, "push_not_configured")
    assert john.get(PATH).json() == []


def test_browser_is_registered_and_shown_without_what_reaches_it(john: httpx2.Client) -> None:
    answer = register(john)
    assert answer.status_code == 201
    shown = answer.json()
    [session] = sessions_of(account_named("johndoe"))
    assert shown == {
        "id": shown["id"],
        "session_id": session.id,
        "created_at": "2026-11-22T08:30:00.000Z",
        "last_sent_at": None,
        "last_failed_at": None,
        "last_failure": None,
        "expires_at": "2027-11-22T08:30:00.000Z",
        "push_service": "push.example.com",
    }
    assert john.get(PATH).json() == [shown]
    exported = john.get("/users/me/export")
    assert exported.json()["push_subscriptions"] == [shown]
    keys = BROWSER.to_json()["keys"]
    for told in (answer, exported, john.get(PATH), john.get("/users/me/security-log")):
        for secret in ("f3q1-mUcw", keys["p256dh"], keys["auth"]):
            assert secret not in told.text


def test_browser_that_comes_again_is_the_same(
    john: httpx2.Client, ring: KeyRing, clock: ManualClock
) -> None:
    first = register(john).json()
    clock.advance(FRESH_MS / 1000)
    john.headers |= bearer(session_token(account_named("johndoe"), ring=ring, clock=clock))
    again = register(john)
    assert again.status_code == 200
    [session, _] = sessions_of(account_named("johndoe"))
    later = {"expires_at": "2027-11-23T08:30:00.000Z", "session_id": session.id}
    assert again.json() == first | later
    assert john.get(PATH).json() == [again.json()]


def test_registration_that_says_nothing_new_writes_nothing(
    john: httpx2.Client, dynamodb: FakeDynamo
) -> None:
    first = register(john).json()
    dynamodb.operations.clear()
    assert register(john).json() == first
    assert dynamodb.operations == ["BatchGetItem"]


def test_new_keys_of_a_browser_take_the_place_of_its_old_ones(
    john: httpx2.Client, dynamodb: FakeDynamo
) -> None:
    register(john)
    newer = Browser(auth=b"another sixteen.")
    assert register(john, newer).status_code == 200
    key = SUBSCRIPTION.key(account_named("johndoe").id, listed(john)[0])
    item = dynamodb.items["EphemeralTable"][key]
    assert item["au"] == {"S": "YW5vdGhlciBzaXh0ZWVuLg=="}


def test_browser_is_of_who_registered_it_last(john: httpx2.Client, jane: httpx2.Client) -> None:
    first = register(john).json()
    second = register(jane)
    # What John was reminded of there is nothing that Jane learns of.
    assert second.status_code == 201
    assert (listed(john), listed(jane)) == ([], [first["id"]])
    assert jane.delete(f"{PATH}/{first['id']}").status_code == 204
    assert register(john).status_code == 201
    assert (listed(john), listed(jane)) == ([first["id"]], [])


def test_of_two_who_register_a_browser_at_once_one_has_it(
    john: httpx2.Client, jane: httpx2.Client, dynamodb: FakeDynamo
) -> None:
    dynamodb.interferences.append(lambda: register(jane))
    assert register(john).status_code == 201
    assert (len(listed(john)), listed(jane)) == (1, [])


def test_browser_that_was_taken_over_is_not_to_be_deleted(
    john: httpx2.Client, jane: httpx2.Client
) -> None:
    subscription_id = register(john).json()["id"]
    register(jane)
    assert john.delete(f"{PATH}/{subscription_id}").status_code == 404
    assert listed(jane) == [subscription_id]


def test_deleted_browser_is_gone_and_can_come_again(john: httpx2.Client) -> None:
    subscription_id = register(john).json()["id"]
    assert john.delete(f"{PATH}/{subscription_id}").status_code == 204
    assert listed(john) == []
    assert john.delete(f"{PATH}/{subscription_id}").status_code == 404
    assert john.delete(f"{PATH}/nothing").status_code == 404
    assert register(john).status_code == 201


@pytest.fixture
def phone(john: httpx2.Client, ring: KeyRing, clock: ManualClock) -> dict[str, str]:
    """What a second session of John's sends."""
    assert john
    return bearer(session_token(account_named("johndoe"), ring=ring, clock=clock))


def test_browser_ends_with_its_session(john: httpx2.Client, phone: dict[str, str]) -> None:
    [here] = [one for one in john.get("/users/me/sessions").json() if one["current"]]
    register(john, browser_at(1))
    there = john.post(PATH, json=BROWSER.to_json(), headers=phone).json()
    assert len(listed(john)) == 2
    assert john.delete(f"/users/me/sessions/{there['session_id']}").status_code == 204
    [left] = john.get(PATH).json()
    assert left["session_id"] == here["id"]


def test_browsers_end_with_all_other_sessions(john: httpx2.Client, phone: dict[str, str]) -> None:
    register(john)
    assert john.delete("/users/me/sessions", headers=phone).status_code == 204
    assert john.get(PATH, headers=phone).json() == []


def test_of_too_many_browsers_those_of_ended_sessions_make_room(
    john: httpx2.Client, ring: KeyRing, clock: ManualClock
) -> None:
    for number in range(SUBSCRIPTIONS_MAX):
        assert register(john, browser_at(number)).status_code == 201
    refused = register(john)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")
    assert "at most 20 browsers" in refused.json()["detail"]
    # One that is known is no more than there were.
    assert register(john, browser_at(7)).status_code == 200
    clock.advance(IDLE_SECONDS)
    later = bearer(session_token(account_named("johndoe"), ring=ring, clock=clock))
    assert john.post(PATH, json=BROWSER.to_json(), headers=later).status_code == 201
    assert len(john.get(PATH, headers=later).json()) == 1


def test_browser_ends_when_it_says_so(john: httpx2.Client, clock: ManualClock) -> None:
    ends = clock() + 60_000
    assert register(john, expirationTime=ends + 0.5).json()["expires_at"] == (
        "2026-11-22T08:31:00.000Z"
    )
    clock.advance(60)
    assert listed(john) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"endpoint": "https://ada@push.example.com/"}, "endpoint"),
        ({"endpoint": "https://push.example.com/#there"}, "endpoint"),
        ({"endpoint": f"https://push.example.com/{'x' * 2083}"}, "endpoint"),
        ({"endpoint": "mailto:ada@example.com"}, "endpoint"),
        ({"keys": {"p256dh": in_base64url(OFF), "auth": "BTBZMqHH6r4Tts7J_aSIgg"}}, "p256dh"),
        ({"keys": {"p256dh": in_base64url(b"\x04" + bytes(64)), "auth": "B" * 22}}, "p256dh"),
        ({"keys": {"p256dh": in_base64url(b"\x02" + bytes(32)), "auth": "B" * 22}}, "p256dh"),
        ({"keys": {"p256dh": "B" * 86 + "!", "auth": "B" * 22}}, "p256dh"),
        ({"keys": {"p256dh": "", "auth": "B" * 22}}, "p256dh"),
        ({"keys": {"p256dh": BROWSER.to_json()["keys"]["p256dh"], "auth": "B" * 21}}, "auth"),
        ({"keys": {"p256dh": BROWSER.to_json()["keys"]["p256dh"], "auth": "B" * 24}}, "auth"),
        ({"keys": None}, "keys"),
        ({"expirationTime": -1}, "expirationTime"),
        ({"expirationTime": 1e300}, "expirationTime"),
        ({"expirationTime": "1"}, "expirationTime"),
        ({"options": {}}, "options"),
    ],
)
def test_what_no_browser_says_is_refused(
    john: httpx2.Client, changes: dict[str, Any], field: str
) -> None:
    answer = register(john, **changes)
    assert answer.status_code == 422
    assert any(field in error["loc"] for error in answer.json()["errors"])
    assert listed(john) == []


def test_endpoint_is_https_but_for_development(john: httpx2.Client, services: Services) -> None:
    plain = replace(BROWSER, endpoint="http://127.0.0.1:8099/send/1")
    answer = register(john, plain)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
    services.loopback_webhooks = True
    services._made.clear()
    assert register(john, plain).status_code == 201


def test_keys_are_taken_with_padding_too(john: httpx2.Client) -> None:
    keys = {name: f"{text}=" for name, text in BROWSER.to_json()["keys"].items()}
    assert register(john, keys=keys).status_code == 201


def test_script_registers_nothing(john: httpx2.Client) -> None:
    script = bearer(make_token(john, "account:write", "tasks:read"))
    answer = john.post(PATH, json=BROWSER.to_json(), headers=script)
    assert (answer.status_code, answer.json()["code"]) == (403, "session_required")


def test_registered_and_deleted_browsers_are_in_the_security_log(john: httpx2.Client) -> None:
    subscription_id = register(john).json()["id"]
    register(john)
    john.delete(f"{PATH}/{subscription_id}")
    acts = [(one["act"], one["about"]) for one in john.get("/users/me/security-log").json()]
    assert acts[:2] == [("push_removed", subscription_id), ("push_registered", subscription_id)]


def test_reminders_are_shown_until_their_owner_says_no(john: httpx2.Client) -> None:
    assert john.get("/users/me").json()["reminder_push"] is True
    john.patch("/users/me", json={"reminder_push": False})
    assert john.get("/users/me").json()["reminder_push"] is False
